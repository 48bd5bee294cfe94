import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vertexChannels } from '../src/index.ts';
import { CELLS, cell } from './cells.ts';

function matrixOf(edges: string, interior: number) {
  return cell(edges, ...Array.from({ length: interior }, () => 'identity')).original.matrix;
}

describe('vertexChannels', () => {
  test.each([
    { name: 'two vertices', edges: '0-1', interior: 0, io: [3, 8], expected: [3, 8] },
    { name: 'linear', edges: '0-1 1-2 2-3', interior: 2, io: [8, 16], expected: [8, 16, 16, 16] },
    { name: 'diamond, odd', edges: '0-1 0-2 1-3 2-3', interior: 2, io: [8, 15], expected: [8, 8, 7, 15] },
    { name: 'three parallel', edges: '0-1 0-2 0-3 1-4 2-4 3-4', interior: 3, io: [8, 8], expected: [8, 3, 3, 2, 8] },
    {
      name: 'remainder goes to the first that feed the output',
      edges: '0-1 1-2 1-3 1-4 2-5 3-5 4-5',
      interior: 4,
      io: [16, 17],
      expected: [16, 6, 6, 6, 5, 17],
    },
  ])('$name', ({ edges, interior, io, expected }) => {
    expect(vertexChannels(io[0], io[1], matrixOf(edges, interior))).toEqual(expected);
  });

  test('shares add up, and a vertex has as many channels as its widest successor', () => {
    const matrix = fc.integer({ min: 3, max: 7 }).chain((vertices) =>
      fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }).map((bits) => {
        const rows = Array.from({ length: vertices }, () => Array.from({ length: vertices }, () => 0));
        let bit = 0;
        for (let y = 1; y < vertices; y++) for (let x = 0; x < y; x++) rows[x][y] = bits[bit++] ? 1 : 0;
        // Every interior vertex gets a way in and a way out.
        for (let v = 1; v < vertices; v++) if (rows.every((row) => row[v] === 0)) rows[v - 1][v] = 1;
        for (let v = 0; v < vertices - 1; v++) if (!rows[v].includes(1)) rows[v][v + 1] = 1;
        return rows;
      }),
    );
    fc.assert(
      fc.property(matrix, fc.integer({ min: 8, max: 600 }), (rows, outputChannels) => {
        const output = rows.length - 1;
        const channels = vertexChannels(5, outputChannels, rows);
        const feeds = (v: number) => v > 0 && v < output && rows[v][output] === 1;
        const shares = channels.filter((_, v) => feeds(v));
        const total = shares.reduce((a, b) => a + b, 0);
        expect(total).toBe(shares.length === 0 ? 0 : outputChannels);
        expect(shares.toSorted((a, b) => b - a)).toEqual(shares);
        expect((shares[0] ?? 0) - (shares.at(-1) ?? 0)).toBeLessThanOrEqual(1);
        for (let v = 1; v < output; v++) {
          const widest = Math.max(0, ...channels.filter((_, w) => w < output && rows[v][w] === 1));
          // Only a vertex that feeds the output may be narrower than its successors, by one channel.
          expect(channels[v] === widest || feeds(v)).toBe(true);
          expect(channels[v]).toBeGreaterThanOrEqual(widest - 1);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each([
    [
      () => vertexChannels(3, 2, matrixOf('0-1 0-2 0-3 1-4 2-4 3-4', 3)),
      /^too few channels: 3 vertices feed the output and share 2/,
    ],
    [
      () => vertexChannels(0, 8, CELLS.direct.original.matrix),
      /^input channels are 0, expected an integer of 1 or more$/,
    ],
    [() => vertexChannels(3, 1.5, CELLS.direct.original.matrix), /^output channels are 1.5/],
    [() => vertexChannels(3, 8, matrixOf('0-1 0-2', 1)), /^cell is not pruned/],
    [() => vertexChannels(3, 8, [[0, 1]]), /^adjacency matrix is not square/],
  ])('refuses %s', (call, message) => {
    expect(call).toThrow(message);
  });
});
