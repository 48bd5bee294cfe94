import { INK, MUTED, type SeriesStyle, type ThemedColor } from './colors.ts';
import type { Block } from './frame.ts';
import { element, type SvgElement } from './svg.ts';
import { textLine, textWidth, truncateText } from './text.ts';

const SIZE = 12;
const ROW = 18;
const SWATCH = 26;

/** Samples of lines or markers with their names, in as many rows as the width needs, after an optional word on all. */
export function seriesLegend(
  width: number,
  entries: readonly { readonly label: string; readonly sample: (x: number, y: number) => SvgElement }[],
  lead = '',
): Block {
  const children: SvgElement[] = lead === '' ? [] : [textLine(lead, 0, 12, { size: SIZE, fill: MUTED.light })];
  let x = lead === '' ? 0 : textWidth(lead, SIZE) + 14;
  let y = 0;
  for (const { label, sample } of entries) {
    const text = truncateText(label, width - SWATCH - 6, SIZE);
    const needed = SWATCH + 6 + textWidth(text, SIZE);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += ROW;
    }
    children.push(sample(x, y + 8), textLine(text, x + SWATCH + 6, y + 12, { size: SIZE, fill: INK.light }));
    x += needed + 16;
  }
  return { element: element('g', {}, ...children), height: y + ROW + 4 };
}

/** A sample of a line for `seriesLegend`. */
export function lineSample({ color, dash }: SeriesStyle): (x: number, y: number) => SvgElement {
  return (x, y) =>
    element('line', {
      x1: x,
      x2: x + SWATCH,
      y1: y,
      y2: y,
      stroke: color.light,
      'stroke-width': 2.25,
      ...(dash && { 'stroke-dasharray': dash }),
    });
}

/**
 * The steps of a colour ramp from low to high with the limits between them.
 *
 * @param limits one fewer than colours
 */
export function rampLegend(
  width: number,
  label: string,
  colors: readonly ThemedColor[],
  limits: readonly string[],
): Block {
  const labelWidth = textWidth(label, SIZE) + 10;
  const beside = labelWidth + 200 <= width;
  const x0 = beside ? labelWidth : 0;
  const y0 = beside ? 2 : ROW;
  const step = Math.min(34, (width - x0) / colors.length);
  const every = Math.ceil((Math.max(0, ...limits.map((limit) => textWidth(limit, 10.5))) + 4) / step);
  const children = [
    textLine(label, 0, 12, { size: SIZE, fill: INK.light }),
    ...colors.map(({ light }, i) => element('rect', { x: x0 + i * step, y: y0, width: step, height: 12, fill: light })),
    ...limits.flatMap((limit, i) =>
      i % every === 0
        ? [textLine(limit, x0 + (i + 1) * step, y0 + 24, { size: 10.5, fill: MUTED.light, anchor: 'middle' })]
        : [],
    ),
  ];
  return { element: element('g', {}, ...children), height: y0 + 32 };
}
