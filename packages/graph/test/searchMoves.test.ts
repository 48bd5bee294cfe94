import { createRandom } from '@nasbench/foundation/random';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  editDistance,
  encodingA,
  enumerateCells,
  indexOfCell,
  isIsomorphic,
  isValid,
  moduleHash,
  mutateCell,
  mutateCellNotebook,
  NASBENCH_101,
  neighborCells,
  parseCell,
  randomCell,
  randomUniqueCell,
  randomValidCell,
  uniqueNeighborCells,
} from '../src/index.ts';
import { BEST_CELL, INCEPTION_LIKE, INVALID } from './support.ts';

const SMALL = { maxVertices: 4, maxEdges: 9, operations: NASBENCH_101.operations };
const TINY = { maxVertices: 3, maxEdges: 2, operations: ['a'] };

/** Pearson's statistic against equal shares. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('sampling', () => {
  test('by encoding is uniform over points and may be invalid', () => {
    const random = createRandom(4, 'encoding');
    const draws = Array.from({ length: 20_000 }, () => randomCell(random));
    const share = (accept: (cell: Cell) => boolean): number => draws.filter(accept).length / draws.length;
    expect(share((cell) => isValid(cell))).toBeCloseTo(0.7334, 1.7);
    expect(share((cell) => isValid(cell, NASBENCH_101, 'raw-edges'))).toBeCloseTo(0.2735, 1.7);
    // The finding that makes two distributions necessary (SPEC 1.3).
    expect(share((cell) => isValid(cell) && cell.pruned?.matrix.length === 7)).toBeLessThan(0.01);
    const counts = encodingA()
      .encode(draws[0])
      .map(() => 0);
    for (const cell of draws)
      encodingA()
        .encode(cell)
        .slice(0, 21)
        .forEach((edge, i) => {
          counts[i] += edge;
        });
    for (const count of counts.slice(0, 21)) expect(Math.abs(count / draws.length - 0.5)).toBeLessThan(0.02);
  });

  test('of valid cells gives valid cells under the rule', () => {
    const random = createRandom(4, 'valid');
    for (const rule of ['prune-first', 'raw-edges'] as const) {
      for (let i = 0; i < 300; i++)
        expect(isValid(randomValidCell(random, NASBENCH_101, rule), NASBENCH_101, rule)).toBe(true);
    }
  });

  test('by unique cell is uniform over an enumeration', () => {
    const cells = enumerateCells(SMALL);
    const random = createRandom(4, 'unique');
    const counts = Array.from({ length: cells.count }, () => 0);
    for (let i = 0; i < 9100; i++) counts[indexOfCell(cells, randomUniqueCell(random, cells))]++;
    expect(cells.count).toBe(91);
    expect(chiSquare(counts)).toBeLessThan(150); // 90 degrees of freedom: beyond the 99.99 % quantile
  });

  test('the same seed draws the same cells', () => {
    const draw = (): unknown[] => {
      const random = createRandom('again');
      return [
        randomCell(random),
        randomValidCell(random),
        mutateCell(BEST_CELL, random),
        mutateCellNotebook(BEST_CELL, random),
      ];
    };
    expect(draw()).toEqual(draw());
  });
});

describe("the paper's mutation", () => {
  test('changes one of the 26 parameters of the original form, each equally often', () => {
    const random = createRandom(5, 'paper');
    const parent = encodingA().encode(INCEPTION_LIKE);
    const counts = parent.map(() => 0);
    for (let i = 0; i < 5200; i++) {
      const child = encodingA().encode(mutateCell(INCEPTION_LIKE, random));
      const changed = child.flatMap((value, k) => (value === parent[k] ? [] : [k]));
      expect(changed).toHaveLength(1);
      counts[changed[0]]++;
    }
    expect(chiSquare(counts)).toBeLessThan(65); // 25 degrees of freedom
  });

  test('reaches both other operations', () => {
    const random = createRandom(5, 'operations');
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) seen.add(mutateCell(BEST_CELL, random).original.operations[1]);
    expect(seen).toEqual(new Set(NASBENCH_101.operations));
  });

  test('may give invalid cells and starts from invalid ones', () => {
    const random = createRandom(5, 'invalid');
    const children = Array.from({ length: 200 }, () => mutateCell(BEST_CELL, random));
    expect(children.some((child) => isValid(child))).toBe(true);
    expect(children.some((child) => !isValid(child))).toBe(true);
    expect(mutateCell(INVALID, random).original.matrix).toHaveLength(7);
  });

  test('a space with one operation flips edges only', () => {
    const random = createRandom(5, 'one');
    for (let i = 0; i < 30; i++) {
      expect(editDistance(mutateCell(parseCell('010/001/000:a'), random, TINY), parseCell('010/001/000:a'), TINY)).toBe(
        1,
      );
    }
  });
});

describe("the notebook's mutation", () => {
  test('gives valid children with the expected number of changes', () => {
    // A parent whose children are mostly valid, so that drawing again hardly shifts the means: 21 / 7 edges, 5 / 5 operations.
    const random = createRandom(6, 'notebook');
    const parent = encodingA().encode(
      parseCell(
        '0000001/0000000/0000000/0000000/0000000/0000000/0000000:maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3',
      ),
    );
    const cell = encodingA().decode(parent);
    let edges = 0;
    let operations = 0;
    let kept = 0;
    const runs = 4000;
    for (let i = 0; i < runs; i++) {
      const mutant = mutateCellNotebook(cell, random);
      expect(isValid(mutant)).toBe(true);
      const child = encodingA().encode(mutant);
      edges += child.slice(0, 21).filter((value, k) => value !== parent[k]).length;
      operations += child.slice(21).filter((value, k) => value !== parent[21 + k]).length;
      kept += child[5];
    }
    expect(operations / runs).toBeCloseTo(1, 1);
    expect(kept / runs).toBeGreaterThan(0.9);
    expect(edges / runs).toBeGreaterThan(2.6);
    expect(edges / runs).toBeLessThan(3.1);
  });

  test('a higher rate changes more, under the rule that was asked for', () => {
    const random = createRandom(6, 'rate');
    const mean = (rate: number): number => {
      let sum = 0;
      for (let i = 0; i < 500; i++) {
        const child = mutateCellNotebook(BEST_CELL, random, { rate, rule: 'raw-edges' });
        expect(isValid(child, NASBENCH_101, 'raw-edges')).toBe(true);
        sum += editDistance(child, BEST_CELL);
      }
      return sum / 500;
    };
    expect(mean(0.5)).toBeLessThan(mean(2));
  });

  test('a rate that is no positive number is refused', () => {
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => mutateCellNotebook(BEST_CELL, createRandom(0), { rate })).toThrow('rate must be a positive number');
    }
  });
});

describe('neighbours', () => {
  test('are the valid cells at distance 1, all of them', () => {
    const neighbors = neighborCells(INCEPTION_LIKE);
    for (const neighbor of neighbors) {
      expect(isValid(neighbor)).toBe(true);
      expect(editDistance(neighbor, INCEPTION_LIKE)).toBe(1);
    }
    const encoding = encodingA();
    const own = encoding.encode(INCEPTION_LIKE);
    const expected = encoding.parameters.flatMap((parameter, i) =>
      [0, 1, 2].flatMap((value) => {
        if (parameter.kind !== 'categorical' || value === own[i] || value >= parameter.choices) return [];
        const cell = encoding.decode([...own.slice(0, i), value, ...own.slice(i + 1)]);
        return isValid(cell) ? [cell] : [];
      }),
    );
    expect(neighbors).toEqual(expected);
    expect(encoding.encode(INCEPTION_LIKE)).toEqual(own);
  });

  test('under raw-edges are fewer for a cell with 9 edges', () => {
    const rawEdges = neighborCells(BEST_CELL, NASBENCH_101, 'raw-edges');
    expect(rawEdges.length).toBeLessThan(31);
    expect(rawEdges.every((cell) => isValid(cell, NASBENCH_101, 'raw-edges'))).toBe(true);
  });

  test('unique ones differ from each other and from the cell', () => {
    const cell = parseCell('0110/0001/0001/0000:conv3x3,conv3x3');
    const all = neighborCells(cell);
    const unique = uniqueNeighborCells(cell);
    const hashes = unique.map((neighbor) => moduleHash(neighbor));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(unique.some((neighbor) => isIsomorphic(neighbor, cell))).toBe(false);
    expect(new Set(all.map((neighbor) => moduleHash(neighbor)))).toEqual(new Set([...hashes, moduleHash(cell)]));
    expect(unique.length).toBeLessThan(all.length);
  });

  test('of an invalid cell are valid', () => {
    expect(neighborCells(INVALID).every((cell) => isValid(cell))).toBe(true);
    expect(uniqueNeighborCells(INVALID).length).toBeGreaterThan(0);
  });

  test('distance counts edges and operations', () => {
    expect(editDistance(BEST_CELL, BEST_CELL)).toBe(0);
    expect(editDistance(parseCell('010/001/000:conv3x3'), parseCell('011/000/000:maxpool3x3'))).toBe(3);
  });
});
