import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearAxis, linearTicks, logAxis, positionOnAxis } from '../src/drawing/axis.ts';
import { COUNT_RAMP, operationColors, RAMP, seriesStyle } from '../src/drawing/colors.ts';
import { dodge, placeLabels } from '../src/drawing/labels.ts';
import { formatInteger, formatNumber, formatPercent, formatTick } from '../src/drawing/numbers.ts';
import { element, escapeMarkup, serialize } from '../src/drawing/svg.ts';
import { textWidth, truncateText, wrapText } from '../src/drawing/text.ts';
import { quantile, ranks, sorted, spearman, withoutTail } from '../src/figures/statistics.ts';

describe('svg', () => {
  it('escapes, rounds, sorts', () => {
    const node = element('text', { y: 1 / 3, x: -0.001, 'aria-label': '"<&' }, 'a<b', element('g', {}));
    expect(serialize(node)).toBe('<text aria-label="&quot;&lt;&amp;" x="0" y="0.33">a&lt;b<g/></text>');
  });

  it('never lets a character through that XML forbids', () => {
    expect(escapeMarkup('a\u0000b\u001fc\ud800d\udc00e\ufffef😀')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf😀');
  });
});

describe('text', () => {
  it('wraps into lines that fit and loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 20, max: 400 }), (text, width) => {
        const lines = wrapText(text, width, 12);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.split(/[ \n\t]+/).join(''));
        for (const line of lines) expect(textWidth(line, 12) <= width || line.length === 1).toBe(true);
      }),
      { seed: 1 },
    );
  });

  it('truncates with an ellipsis', () => {
    expect(truncateText('short', 100, 12)).toBe('short');
    const cut = truncateText('a long line that does not fit', 60, 12);
    expect(cut).toMatch(/^a long.*…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
  });
});

describe('numbers', () => {
  it('prints them as people read them', () => {
    expect([1234, 12_345, 423_624, -1_000_000].map(formatInteger)).toEqual([
      '1234',
      '12\u202f345',
      '423\u202f624',
      '-1\u202f000\u202f000',
    ]);
    expect([0.123456, 12.3456, 1234.56, 98_765.4, 0].map((value) => formatNumber(value))).toEqual([
      '0.1235',
      '12.35',
      '1235',
      '98\u202f765',
      '0',
    ]);
    expect(formatPercent(0.943175752957662)).toBe('94.32\u202f%');
    expect([0, 0.001, 500, 5000, 20_000, 300_000, 5e7, 2e9].map(formatTick)).toEqual([
      '0',
      '0.001',
      '500',
      '5000',
      '20k',
      '300k',
      '50M',
      '2G',
    ]);
  });
});

describe('axes', () => {
  it('have ticks inside, ascending, round, between 2 and about the wanted number', () => {
    const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        for (const { ticks, domain } of [linearAxis('x', low, high), logAxis('x', low, high)]) {
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(18);
          const slack = 1e-6 * (domain[1] - domain[0]);
          expect(ticks.every((tick) => tick >= domain[0] - slack && tick <= domain[1] + slack)).toBe(true);
          expect([...new Set(ticks)].toSorted((x, y) => x - y)).toEqual(ticks);
        }
      }),
      { seed: 2 },
    );
  });

  it('place values in proportion', () => {
    expect(linearTicks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    const log = logAxis('x', 1, 100, { air: 0 });
    expect(log.ticks).toEqual([1, 3, 10, 30, 100]);
    expect(positionOnAxis(log, 10)).toBeCloseTo(0.5, 12);
    expect(positionOnAxis(linearAxis('x', 0, 10, { air: 0 }), 2.5)).toBe(0.25);
  });
});

describe('labels', () => {
  it('never overlap, never leave the bounds, never lie on a line', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(
        fc.array(fc.array(point, { minLength: 2, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        (lines) => {
          const requests = lines.map((anchors, line) => ({ width: 50, height: 12, anchors, line }));
          const boxes = placeLabels(requests, lines, { x: 0, y: 0, width: 400, height: 300 }, 4) ?? [];
          for (const [i, box] of boxes.entries()) {
            expect(box.x >= 0 && box.y >= 0 && box.x + 50 <= 400 && box.y + 12 <= 300).toBe(true);
            for (const other of boxes.slice(i + 1))
              expect(Math.abs(box.x - other.x) >= 50 || Math.abs(box.y - other.y) >= 12).toBe(true);
            for (const { x, y } of lines.flat())
              expect(x > box.x && x < box.x + 50 && y > box.y && y < box.y + 12).toBe(false);
          }
        },
      ),
      { seed: 3 },
    );
  });

  it('give up when there is no room', () => {
    const crowd = Array.from({ length: 30 }, () => ({ width: 90, height: 20, anchors: [{ x: 50, y: 50 }], line: 0 }));
    expect(placeLabels(crowd, [], { x: 0, y: 0, width: 100, height: 100 }, 4)).toBeUndefined();
  });

  it('dodge: apart, in order, inside', () => {
    expect(dodge([50, 10, 52], 16, 0, 100)).toEqual([50, 10, 66]);
    expect(dodge([98, 99, 100], 16, 0, 100)).toEqual([68, 84, 100]);
  });
});

describe('statistics', () => {
  it('ranks ties at their mean', () => {
    expect([...ranks([3, 1, 3, 2])]).toEqual([2.5, 0, 2.5, 1]);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBe(-1);
    expect(spearman([1, 1], [1, 2])).toBeNaN();
  });

  it('interpolates quantiles as numpy does', () => {
    expect([0, 0.25, 0.5, 1].map((p) => quantile(sorted([4, 1, 3, 2]), p))).toEqual([1, 1.75, 2.5, 4]);
  });

  it('cuts only long tails of large samples', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i < 4 ? 0 : 1 + i / 1e4));
    expect(withoutTail(sorted(values))).toBeGreaterThan(1);
    expect(withoutTail(sorted(values.slice(0, 90)))).toBe(0);
    expect(withoutTail(sorted(Array.from({ length: 400 }, (_, i) => i)))).toBe(0);
  });
});

describe('colours', () => {
  it('get darker step by step on white and lighter on black, so that ramps read in grey', () => {
    for (const ramp of [RAMP, COUNT_RAMP])
      for (let i = 1; i < ramp.length; i++) {
        expect(luminance(ramp[i].light)).toBeLessThan(luminance(ramp[i - 1].light));
        expect(luminance(ramp[i].dark)).toBeGreaterThan(luminance(ramp[i - 1].dark));
      }
  });

  it('let series be told apart from the page (3:1) and from one another by dash', () => {
    const styles = Array.from({ length: 16 }, (_, i) => seriesStyle(i));
    for (const { color } of styles) {
      expect(contrast(color.light, '#ffffff')).toBeGreaterThan(3);
      expect(contrast(color.dark, '#15181d')).toBeGreaterThan(3);
    }
    expect(new Set(styles.map(({ color, dash }) => `${color.light} ${dash}`)).size).toBe(16);
  });

  it('are fixed for an operation, also for one that nobody knows', () => {
    expect(operationColors('my-own-op')).toBe(operationColors('my-own-op'));
    expect(operationColors('constructor')).toHaveProperty('fill.light');
    const known = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3', 'bottleneck3x3', 'bottleneck5x5', 'identity'];
    expect(new Set(known.map((name) => operationColors(name).fill.light)).size).toBe(known.length);
  });
});

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
