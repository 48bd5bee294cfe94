import { createRequire } from 'node:module';
import { NasbenchError } from '@nasbench/foundation/errors';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
const FONT_FILES = [
  require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  require.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
];

export interface PngOptions {
  /** Pixels of the PNG for one of the SVG; default 2, at most 8. */
  readonly scale?: number;
}

/**
 * Renders an SVG of this package as PNG. The font comes with the package and the system's are not looked at, so that
 * every machine draws the same bytes.
 *
 * @throws NasbenchError when the text is not an SVG, or the scale out of range
 */
export function toPng(svg: string, { scale = 2 }: PngOptions = {}): Uint8Array {
  if (!(scale > 0 && scale <= 8)) throw new NasbenchError(`scale of a png must be above 0 and at most 8, got ${scale}`);
  let renderer: Resvg;
  try {
    renderer = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: scale },
      font: { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
    });
  } catch (error) {
    throw new NasbenchError(`not an svg picture: ${error instanceof Error ? error.message : String(error)}`);
  }
  return renderer.render().asPng();
}
