import { describe, expect, test } from 'vitest';
import {
  type CellSpace,
  canonicalForm,
  cellAt,
  countEncodings,
  encodingA,
  enumerateCells,
  InvalidCellError,
  isValid,
  parseCell,
  type ValidityRule,
} from '../src/index.ts';
import { BEST_CELL, INVALID } from './support.ts';

const RULES: readonly ValidityRule[] = ['prune-first', 'raw-edges'];

test('the best cell has 4 encodings', () => {
  expect(RULES.map((rule) => countEncodings(BEST_CELL, rule))).toEqual([4, 4]);
});

test('over all cells of NAS-Bench-101 they add up to the number of valid points', () => {
  const cells = enumerateCells();
  const sums = [0, 0];
  for (let i = 0; i < cells.count; i++) {
    const cell = cellAt(cells, i);
    RULES.forEach((rule, k) => {
      sums[k] += countEncodings(cell, rule);
    });
  }
  const labelings = 3 ** 5;
  expect(sums).toEqual(countValidMatrices().map((matrices) => matrices * labelings));
});

/** Valid 7-vertex matrices under either rule, by looking at all 2^21. */
function countValidMatrices(): [pruneFirst: number, rawEdges: number] {
  let pruneFirst = 0;
  let rawEdges = 0;
  const bitCount = (mask: number): number => {
    let count = 0;
    for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
    return count;
  };
  const successors = new Int32Array(7);
  for (let matrix = 0; matrix < 2 ** 21; matrix++) {
    // Row-major here, unlike the code under test: row x has 6 - x bits.
    for (let x = 0, rest = matrix; x < 6; x++) {
      successors[x] = (rest & ((1 << (6 - x)) - 1)) << (x + 1);
      rest >>= 6 - x;
    }
    let reached = 1;
    for (let v = 0; v < 7; v++) if ((reached >> v) & 1) reached |= successors[v];
    if (reached < 64) continue;
    let leading = 64;
    for (let v = 6; v >= 0; v--) if (successors[v] & leading) leading |= 1 << v;
    const kept = reached & leading;
    let edges = 0;
    for (let v = 0; v < 7; v++) if ((kept >> v) & 1) edges += bitCount(successors[v] & kept);
    if (edges > 9) continue;
    pruneFirst++;
    if (bitCount(matrix) <= 9) rawEdges++;
  }
  expect(pruneFirst / 2 ** 21).toBeCloseTo(0.7334, 4);
  expect(rawEdges / 2 ** 21).toBeCloseTo(0.2735, 4);
  return [pruneFirst, rawEdges];
}

describe('each count equals the number of points found one by one', () => {
  test.each<[CellSpace, ValidityRule]>(
    [
      { maxVertices: 5, maxEdges: 6, operations: ['a', 'b'] },
      { maxVertices: 4, maxEdges: 4, operations: ['a', 'b', 'c'] },
      { maxVertices: 6, maxEdges: 7, operations: ['a'] },
    ].flatMap((space) => RULES.map((rule): [CellSpace, ValidityRule] => [space, rule])),
  )('%j %s', (space, rule) => {
    const encoding = encodingA(space);
    const counts = new Map<string, number>();
    const key = (form: object): string => JSON.stringify(form);
    const visit = (point: number[]): void => {
      const parameter = encoding.parameters[point.length];
      if (parameter !== undefined) {
        const choices = parameter.kind === 'categorical' ? parameter.choices : 0;
        for (let value = 0; value < choices; value++) visit([...point, value]);
        return;
      }
      const cell = encoding.decode(point);
      if (!isValid(cell, space, rule)) return;
      const form = key(canonicalForm(cell, space));
      counts.set(form, (counts.get(form) ?? 0) + 1);
    };
    visit([]);
    const cells = enumerateCells(space);
    expect(counts.size).toBe(cells.count);
    for (let i = 0; i < cells.count; i++) {
      const cell = cellAt(cells, i);
      expect(countEncodings(cell, rule, space)).toBe(counts.get(key(canonicalForm(cell, space))));
    }
  });
});

test('counts the cell, whatever its original form', () => {
  const dressed = parseCell('0110/0000/0001/0000:maxpool3x3,conv3x3');
  const bare = parseCell('010/001/000:conv3x3');
  for (const rule of RULES) expect(countEncodings(dressed, rule)).toBe(countEncodings(bare, rule));
});

test('refuses cells outside the space', () => {
  expect(() => countEncodings(INVALID, 'prune-first')).toThrow(InvalidCellError);
  const complete = parseCell('01111/00111/00011/00001/00000:conv3x3,conv3x3,conv3x3');
  expect(() => countEncodings(complete, 'prune-first')).toThrow('too many edges after pruning: got 10');
});
