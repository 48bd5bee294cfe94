import { inflateSync } from 'node:zlib';
import { NasbenchError } from '@nasbench/foundation/errors';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../src/drawing/text.ts';
import { toPng } from '../src/node.ts';
import { FIGURES } from './gallery.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"';

describe('toPng', () => {
  it('draws at twice the size by default, the same bytes every time', () => {
    const { svg, width, height } = FIGURES['ecdf']();
    const png = toPng(svg);
    expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    expect(size(png)).toEqual([width * 2, height * 2]);
    expect(size(toPng(svg, { scale: 1 }))).toEqual([width, height]);
    expect(Buffer.compare(toPng(svg), png)).toBe(0);
  });

  it('brings its font: letters leave marks', () => {
    const blank = toPng(`${SVG}/>`);
    const text = toPng(`${SVG}><text x="2" y="15" font-family="Inter">nas</text></svg>`);
    const unknownFont = toPng(`${SVG}><text x="2" y="15" font-family="No Such Font">nas</text></svg>`);
    expect(ink(text)).toBeGreaterThan(ink(blank) + 100);
    expect(unknownFont).toEqual(text);
  });

  it('refuses what is no svg, and absurd scales', () => {
    expect(() => toPng('hello')).toThrow(NasbenchError);
    expect(() => toPng(`${SVG}/>`, { scale: 0 })).toThrow(/above 0 and at most 8, got 0$/);
    expect(() => toPng(`${SVG}/>`, { scale: 100 })).toThrow(NasbenchError);
  });
});

describe('textWidth', () => {
  it.each([400, 600] as const)('knows the widths of the bundled font at weight %d', (weight) => {
    const directory = weight === 400 ? '400Regular/Inter_400Regular' : '600SemiBold/Inter_600SemiBold';
    const fontFiles = [import.meta.dirname + `/../node_modules/@expo-google-fonts/inter/${directory}.ttf`];
    for (const text of [
      'training time (s)',
      'n = 423\u202f624 cells · 108 epochs',
      'max-pool 3×3',
      'WAVE 0123456789',
    ]) {
      // Bars at both ends, so that the box of what is drawn has the advance width between them.
      const line = `<text y="20" font-size="20" font-weight="${weight}" font-family="Inter">|${text}|</text>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="30">${line}</svg>`;
      const box = new Resvg(svg, { font: { loadSystemFonts: false, fontFiles } }).getBBox();
      const expected = textWidth(`|${text}|`, 20, weight);
      expect(Math.abs((box?.width ?? 0) - expected)).toBeLessThan(expected * 0.05 + 4);
    }
  });
});

function size(png: Uint8Array): number[] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/** Number of bytes of the decompressed rows that are not 0; in an empty, transparent picture only the rows' filter types. */
function ink(png: Uint8Array): number {
  const view = new DataView(png.buffer, png.byteOffset);
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at))
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  let count = 0;
  for (const byte of inflateSync(Uint8Array.from(parts.flatMap((part) => [...part])))) if (byte !== 0) count++;
  return count;
}
