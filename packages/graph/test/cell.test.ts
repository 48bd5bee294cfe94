import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertValid, type CellGraph, cellFromMatrix, isValid, type Matrix, NASBENCH_101 } from '../src/index.ts';
import { anyCell, BEST_CELL, INCEPTION_LIKE, INVALID, prunedGraph, refusal, SEEDED } from './support.ts';

const LABELS = ['input', 'conv3x3-bn-relu', 'output'];
const PATH: Matrix = [
  [0, 1, 0],
  [0, 0, 1],
  [0, 0, 0],
];

describe('cellFromMatrix refuses', () => {
  const withEntry = (x: number, y: number, value: unknown): Matrix =>
    PATH.map((row, i) => row.map((entry, j) => (i === x && j === y ? value : entry))) as Matrix;
  const huge = Array.from({ length: 10_000 }, () => [0]);
  test.each<[name: string, matrix: unknown, operations: unknown, reason: string]>([
    ['no matrix', undefined, LABELS, 'not-square'],
    ['a text', '011/001/000', LABELS, 'not-square'],
    ['rows that are no arrays', ['011', '001', '000'], LABELS, 'not-square'],
    ['a missing row', PATH.slice(0, 2), LABELS, 'not-square'],
    [
      'a short row',
      [
        [0, 1, 0],
        [0, 0],
        [0, 0, 0],
      ],
      LABELS,
      'not-square',
    ],
    ['a hole', [[0, 1, 0], undefined, [0, 0, 0]], LABELS, 'not-square'],
    ['no vertex', [], [], 'too-few-vertices'],
    ['one vertex', [[0]], ['input'], 'too-few-vertices'],
    ['10 000 rows', huge, LABELS, 'too-many-vertices'],
    ['33 rows', huge.slice(0, 33), LABELS, 'too-many-vertices'],
    ['0.5', withEntry(0, 2, 0.5), LABELS, 'not-binary'],
    ['2', withEntry(0, 2, 2), LABELS, 'not-binary'],
    ['-1', withEntry(0, 2, -1), LABELS, 'not-binary'],
    ['NaN', withEntry(0, 2, Number.NaN), LABELS, 'not-binary'],
    ['a string', withEntry(0, 1, '1'), LABELS, 'not-binary'],
    ['a boolean', withEntry(0, 1, true), LABELS, 'not-binary'],
    ['null', withEntry(0, 1, null), LABELS, 'not-binary'],
    ['a long string', withEntry(0, 1, 'x'.repeat(1e6)), LABELS, 'not-binary'],
    ['an edge to itself', withEntry(1, 1, 1), LABELS, 'not-upper-triangular'],
    ['an edge backwards', withEntry(2, 0, 1), LABELS, 'not-upper-triangular'],
    ['too few labels', PATH, LABELS.slice(1), 'label-count'],
    ['too many labels', PATH, [...LABELS, 'output'], 'label-count'],
    ['labels that are no array', PATH, 'input', 'label-count'],
    ['a label that is no string', PATH, ['input', 3, 'output'], 'unknown-operation'],
  ])('%s', (_name, matrix, operations, reason) => {
    const error = refusal(() => cellFromMatrix(matrix as Matrix, operations as string[]));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/^[^\n]{1,200}$/);
  });

  test('a huge matrix without reading it', () => {
    const start = performance.now();
    expect(refusal(() => cellFromMatrix(huge, LABELS)).reason).toBe('too-many-vertices');
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe('a cell', () => {
  test('is independent of what it was made from, and frozen', () => {
    const matrix = PATH.map((row) => [...row]);
    const labels = [...LABELS];
    const cell = cellFromMatrix(matrix, labels);
    matrix[0][2] = 1;
    labels[1] = 'maxpool3x3';
    expect(cell.original).toEqual({ matrix: PATH, operations: LABELS });
    expect(() => {
      (cell.original.matrix as number[][])[0][2] = 1;
    }).toThrow(TypeError);
    expect(() => {
      (cell.original.operations as string[])[1] = 'maxpool3x3';
    }).toThrow(TypeError);
  });

  test('keeps the original beside the pruned form', () => {
    // 1 dangles from the input, 3 leads to the output from nowhere.
    const cell = cellFromMatrix(
      [
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
      ],
      ['input', 'a', 'b', 'c', 'output'],
    );
    expect(cell.original.operations).toEqual(['input', 'a', 'b', 'c', 'output']);
    expect(cell.pruned).toEqual({ matrix: PATH, operations: ['input', 'b', 'output'] });
  });

  test('has no pruned form if the output cannot be reached', () => {
    expect(INVALID.pruned).toBeUndefined();
  });

  test('of 32 vertices is accepted', () => {
    const size = 32;
    const matrix = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(y === x + 1)));
    const cell = cellFromMatrix(matrix, ['input', ...Array.from({ length: size - 2 }, () => 'a'), 'output']);
    expect(cell.pruned).toBe(cell.original);
  });
});

/** Depth-first search from each end, as the reference does it (`model_spec.py`, `_prune`). */
function pruneBySearch({ matrix, operations }: CellGraph): CellGraph | undefined {
  const reach = (start: number, leads: (from: number, to: number) => boolean): Set<number> => {
    const found = new Set([start]);
    for (const v of found) matrix.forEach((_, w) => leads(v, w) && found.add(w));
    return found;
  };
  const fromInput = reach(0, (v, w) => matrix[v][w] === 1);
  const toOutput = reach(matrix.length - 1, (v, w) => matrix[w][v] === 1);
  if (!fromInput.has(matrix.length - 1)) return undefined;
  const kept = matrix.map((_, v) => v).filter((v) => fromInput.has(v) && toOutput.has(v));
  return { matrix: kept.map((x) => kept.map((y) => matrix[x][y])), operations: kept.map((v) => operations[v]) };
}

describe('pruning', () => {
  test('agrees with a search from both ends', () => {
    fc.assert(
      fc.property(anyCell(8), (cell) => {
        expect(cell.pruned).toEqual(pruneBySearch(cell.original));
      }),
      { ...SEEDED, numRuns: 500 },
    );
  });

  test('a pruned form prunes to itself', () => {
    fc.assert(
      fc.property(prunedGraph(8), (pruned) => {
        expect(cellFromMatrix(pruned.matrix, pruned.operations).pruned).toEqual(pruned);
      }),
      SEEDED,
    );
  });
});

describe('validity', () => {
  const complete = (size: number): Matrix =>
    Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(x < y)));
  const labels = (size: number): string[] => [
    'input',
    ...Array.from({ length: size - 2 }, () => 'maxpool3x3'),
    'output',
  ];
  const chain = (size: number): Matrix =>
    Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(y === x + 1)));

  test.each([
    ['Inception-like', INCEPTION_LIKE],
    ['best', BEST_CELL],
    [
      'input -> output',
      cellFromMatrix(
        [
          [0, 1],
          [0, 0],
        ],
        ['input', 'output'],
      ),
    ],
  ])('%s cell is valid under both rules', (_name, cell) => {
    expect(isValid(cell)).toBe(true);
    expect(isValid(cell, NASBENCH_101, 'raw-edges')).toBe(true);
    expect(() => assertValid(cell)).not.toThrow();
  });

  test.each<[string, CellGraph, string, RegExp]>([
    ['disconnected', INVALID.original, 'disconnected', /output cannot be reached/],
    ['eight vertices', { matrix: chain(8), operations: labels(8) }, 'too-many-vertices', /got 8, expected at most 7/],
    [
      'ten edges',
      { matrix: complete(5), operations: labels(5) },
      'too-many-edges',
      /after pruning: got 10, expected at most 9/,
    ],
    [
      'an unknown operation',
      { matrix: PATH, operations: ['input', 'conv5x5', 'output'] },
      'unknown-operation',
      /"conv5x5", expected one of conv3x3-bn-relu/,
    ],
    ['input inside', { matrix: PATH, operations: ['input', 'input', 'output'] }, 'unknown-operation', /"input"/],
    [
      'no input label',
      { matrix: PATH, operations: ['maxpool3x3', 'maxpool3x3', 'output'] },
      'input-output-labels',
      /got "maxpool3x3"/,
    ],
    [
      'no output label',
      { matrix: PATH, operations: ['input', 'maxpool3x3', 'input'] },
      'input-output-labels',
      /and "input"/,
    ],
  ])('%s is refused with its reason', (_name, graph, reason, message) => {
    const cell = cellFromMatrix(graph.matrix, graph.operations);
    expect(isValid(cell)).toBe(false);
    expect(refusal(() => assertValid(cell)).reason).toBe(reason);
    expect(() => assertValid(cell)).toThrow(message);
  });

  test('the rules differ in raw edges alone', () => {
    // Pruning leaves input -> output of these 10 edges: 1 -> 5 and all edges among 1 .. 4 hang in the air.
    const matrix = Array.from({ length: 6 }, (_, x) =>
      Array.from({ length: 6 }, (__, y) => Number((x > 0 && x < y) || (x === 0 && y === 5))),
    );
    const cell = cellFromMatrix(matrix, labels(6));
    expect(isValid(cell, NASBENCH_101, 'prune-first')).toBe(true);
    expect(isValid(cell, NASBENCH_101, 'raw-edges')).toBe(false);
    expect(() => assertValid(cell, NASBENCH_101, 'raw-edges')).toThrow('before pruning: got 11, expected at most 9');
  });

  test('a larger matrix that prunes into the space is valid', () => {
    const matrix = Array.from({ length: 12 }, (_, x) =>
      Array.from({ length: 12 }, (__, y) => Number(x === 0 && y > 0)),
    );
    expect(isValid(cellFromMatrix(matrix, labels(12)))).toBe(true);
  });

  test('other limits and operations', () => {
    const space = { maxVertices: 8, maxEdges: 7, operations: ['maxpool3x3'] };
    expect(isValid(cellFromMatrix(chain(8), labels(8)), space)).toBe(true);
    expect(isValid(INCEPTION_LIKE, space)).toBe(false);
  });

  test('an unknown rule is refused', () => {
    expect(() => isValid(BEST_CELL, NASBENCH_101, 'strict' as 'raw-edges')).toThrow(
      /must be prune-first or raw-edges, got "strict"/,
    );
  });
});
