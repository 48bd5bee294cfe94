import { NasbenchError } from '@nasbench/foundation/errors';
import { cellFromMatrix } from '@nasbench/graph';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutCell } from '../src/cells/layout.ts';
import { operationColors } from '../src/drawing/colors.ts';
import { drawCell, drawCells } from '../src/index.ts';
import { BEST, DISCONNECTED, HALF_USED, INCEPTION, ONE_EDGE, RESNET } from './gallery.ts';

const texts = (svg: string): string[] => [...svg.matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text);

describe('drawCell', () => {
  it('shows operations with their own colours', () => {
    const svg = drawCell(INCEPTION);
    expect(texts(svg).toSorted()).toEqual([
      'conv 1×1',
      'conv 3×3',
      'conv 3×3',
      'conv 3×3',
      'input',
      'max-pool 3×3',
      'output',
    ]);
    const fills = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'].map((name) => operationColors(name).fill.light);
    expect(fills.map((fill) => svg.split(`fill="${fill}"`).length - 1)).toEqual([3, 1, 1]);
  });

  it('shows channels and projections on request', () => {
    const drawn = texts(drawCell(INCEPTION, { channels: { input: 128, output: 130 } }));
    // Four vertices share 130 channels: the first two of them get one more.
    expect(drawn.filter((text) => text === '33 channels')).toHaveLength(2);
    expect(drawn.filter((text) => text === '32 channels')).toHaveLength(3);
    expect(drawn).toContain('33 + 33 + 32 + 32 = 130 channels');
    expect(drawn.filter((text) => text.startsWith('1×1 conv, '))).toHaveLength(4);
    expect(texts(drawCell(ONE_EDGE, { channels: { input: 1, output: 8 } }))).toEqual([
      '1×1 conv, 8',
      'input',
      '1 channel',
      'output',
      '8 channels',
    ]);
  });

  it('draws the pruned form by default and dashes what is unused in the original', () => {
    expect(texts(drawCell(HALF_USED))).not.toContain('max-pool 3×3');
    const original = drawCell(HALF_USED, { form: 'original' });
    expect(texts(original)).toContain('bottleneck 3×3');
    expect(original.match(/<rect[^>]*stroke-dasharray/g)).toHaveLength(2);
    expect(drawCell(DISCONNECTED)).toContain('conv 1×1');
  });

  it('escapes hostile names, shortens endless ones', () => {
    const names = ['input', '"><script>alert(1)</script>', 'x'.repeat(5000), 'output'];
    const cell = cellFromMatrix(
      [
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
      names,
    );
    const svg = drawCell(cell, { title: '<img src=x onerror=alert(1)>' });
    expect(svg).not.toMatch(/<(script|img)/);
    expect(svg).toContain('&lt;script&gt;');
    expect(texts(svg).every((text) => text.length < 100)).toBe(true);
  });

  it('refuses what does not exist', () => {
    expect(() => drawCell(DISCONNECTED, { form: 'pruned' })).toThrow(NasbenchError);
    expect(() => drawCell(HALF_USED, { form: 'original', channels: { input: 8, output: 8 } })).toThrow(/pruned form/);
    expect(() => drawCell(INCEPTION, { channels: { input: 8, output: 2 } })).toThrow(NasbenchError);
    expect(() => drawCells([])).toThrow(/at least one cell, got none$/);
    expect(() => drawCells([{ cell: BEST }], { columns: 0 })).toThrow(/whole number from 1 on, got 0$/);
  });
});

describe('drawCells', () => {
  it('puts cells into rows', () => {
    const size = (svg: string) => ({
      width: Number(/ width="(\d+)" xmlns/.exec(svg)?.[1]),
      height: Number(/height="(\d+)" role/.exec(svg)?.[1]),
    });
    const cells = [{ cell: RESNET }, { cell: RESNET }, { cell: RESNET }];
    const row = size(drawCells(cells));
    const column = size(drawCells(cells, { columns: 1 }));
    expect(row.width).toBeGreaterThan(2.5 * column.width);
    expect(column.height).toBeGreaterThan(2.5 * row.height);
  });
});

describe('layoutCell', () => {
  it('puts successors below, boxes apart, everything inside', () => {
    const upper = fc.integer({ min: 2, max: 9 }).chain((n) =>
      fc.array(fc.boolean(), { minLength: (n * (n - 1)) / 2, maxLength: (n * (n - 1)) / 2 }).map((bits) => {
        let next = 0;
        return Array.from({ length: n }, (_, x) =>
          Array.from({ length: n }, (__, y) => (y > x && bits[next++] ? 1 : 0)),
        );
      }),
    );
    fc.assert(
      fc.property(upper, fc.boolean(), (matrix, labelled) => {
        const { vertices, edges, width, height } = layoutCell(
          matrix,
          matrix.map((_, v) => ({ width: 80 + v, height: 30 })),
          (from) => (labelled && from === 0 ? { width: 60, height: 16 } : undefined),
        );
        for (const [v, box] of vertices.entries()) {
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(true);
          for (const other of vertices.slice(v + 1))
            expect(
              box.x + box.width <= other.x + 0.01 ||
                other.x + other.width <= box.x + 0.01 ||
                box.y + box.height <= other.y + 0.01 ||
                other.y + other.height <= box.y + 0.01,
            ).toBe(true);
        }
        for (const { from, to, points, label } of edges) {
          expect(vertices[from].y + vertices[from].height).toBeLessThan(vertices[to].y);
          expect(points.every(({ x, y }) => x >= 0 && x <= width && y >= 0 && y <= height)).toBe(true);
          expect(label === undefined).toBe(!labelled || from !== 0);
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
