import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CellGraph, cellFromMatrix, depth, parseCell, width } from '../src/index.ts';
import { BEST_CELL, INCEPTION_LIKE, INVALID, prunedGraph, SEEDED } from './support.ts';

const chain = (size: number) =>
  cellFromMatrix(
    Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(y === x + 1))),
    ['input', ...Array.from({ length: size - 2 }, () => 'maxpool3x3'), 'output'],
  );

/** All divisions into an input and an output side without an edge back. */
function slowWidth({ matrix }: CellGraph): number {
  const size = matrix.length;
  const edges = matrix.flatMap((row, x) => row.flatMap((value, y) => (value === 1 ? [[x, y]] : [])));
  let widest = 0;
  for (let interior = 0; interior < 2 ** (size - 2); interior++) {
    const onInputSide = (v: number): boolean => v === 0 || (v < size - 1 && ((interior >> (v - 1)) & 1) === 1);
    if (edges.some(([x, y]) => !onInputSide(x) && onInputSide(y))) continue;
    widest = Math.max(widest, edges.filter(([x, y]) => onInputSide(x) && !onInputSide(y)).length);
  }
  return widest;
}

function slowDepth({ matrix }: CellGraph, from = 0): number {
  return Math.max(
    0,
    ...matrix[from].map((value, to) => (value === 1 ? 1 + slowDepth({ matrix, operations: [] }, to) : 0)),
  );
}

describe('depth and width', () => {
  test.each([
    ['input -> output', chain(2), 1, 1],
    ['a chain of 7', chain(7), 6, 1],
    ['a chain of 20', chain(20), 19, 1],
    ['a residual chain', parseCell('0111/0010/0001/0000:conv3x3,conv3x3'), 3, 3],
    ['Inception-like', INCEPTION_LIKE, 3, 4],
    ['the best cell', BEST_CELL, 5, 4],
    ['the complete graph of 5', parseCell('01111/00111/00011/00001/00000:maxpool3x3,maxpool3x3,maxpool3x3'), 4, 6],
  ])('of %s', (_name, cell, expectedDepth, expectedWidth) => {
    expect([depth(cell), width(cell)]).toEqual([expectedDepth, expectedWidth]);
  });

  test('agree with trying all paths and all cuts', () => {
    fc.assert(
      fc.property(prunedGraph(8), (graph) => {
        const cell = cellFromMatrix(graph.matrix, graph.operations);
        expect(width(cell)).toBe(slowWidth(graph));
        expect(depth(cell)).toBe(slowDepth(graph));
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });

  test('do not see what pruning removes', () => {
    const dressed = parseCell('0110/0000/0001/0000:maxpool3x3,conv3x3');
    expect([depth(dressed), width(dressed)]).toEqual([2, 1]);
  });

  test('need a connected cell', () => {
    expect(() => depth(INVALID)).toThrow('cannot be reached');
    expect(() => width(INVALID)).toThrow('cannot be reached');
  });
});
