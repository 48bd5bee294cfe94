import { createRandom } from '@nasbench/foundation/random';
import {
  type Cell,
  type CellSpace,
  canonicalForm,
  cellAt,
  countEncodings,
  depth,
  encodingA,
  enumerateCells,
  indexOfCell,
  isValid,
  NASBENCH_101,
  neighborCells,
  parseCell,
  randomUniqueCell,
  uniqueNeighborCells,
  unpackCell,
  type ValidityRule,
  width,
} from '@nasbench/graph';
import { describe, expect, it } from 'vitest';
import {
  autocorrelation,
  cellDepths,
  cellWidths,
  distanceToCells,
  graphDistances,
  localOptima,
  type NeighborGraph,
  neighborGraph,
  operationEffects,
  packedCells,
  pearson,
  randomEncodingWalks,
  randomWalks,
  shareWithin,
} from '../src/analyses/index.ts';
import { buildTable } from '../src/index.ts';
import { METADATA, run } from './samples.ts';

/** Small enough to look at every point, with an edge limit that bites. */
const SPACE: CellSpace = { ...NASBENCH_101, maxVertices: 5, maxEdges: 6, operations: ['a', 'b'] };
const RULES: readonly ValidityRule[] = ['prune-first', 'raw-edges'];
const cells = enumerateCells(SPACE);

interface Point {
  readonly coordinates: readonly number[];
  /** Row of the cell, -1 if the point is invalid. */
  readonly row: number;
}

/** Every point of encoding A. */
function allPoints(rule: ValidityRule): Point[] {
  const encoding = encodingA(SPACE);
  return Array.from({ length: 2 ** 10 * 2 ** 3 }, (_, code) => {
    const coordinates = Array.from({ length: 13 }, (__, i) => (code >>> i) & 1);
    const cell = encoding.decode(coordinates);
    return { coordinates, row: isValid(cell, SPACE, rule) ? indexOfCell(cells, cell) : -1 };
  });
}

const hamming = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + Number(value !== b[i]), 0);

const neighborsOf = ({ starts, neighbors }: NeighborGraph, row: number): number[] => [
  ...neighbors.subarray(starts[row], starts[row + 1]),
];

describe('a small space, against every point of its encoding', () => {
  const graph = neighborGraph(cells);
  const random = createRandom('values');
  // Few different values: plateaus and ties.
  const values = Float64Array.from({ length: cells.count }, (_, row) => (row % 50 === 7 ? Number.NaN : random.int(40)));

  it.each(RULES)('neighbours are cells with encodings one edit apart (%s)', (rule) => {
    const points = allPoints(rule);
    const expected = Array.from({ length: cells.count }, () => new Set<number>());
    points.forEach(({ row }, code) => {
      if (row === -1) return;
      for (let i = 0; i < 13; i++) {
        const other = points[code ^ (1 << i)].row;
        if (other !== -1 && other !== row) expected[row].add(other);
      }
    });
    expect(Array.from(expected, (set) => [...set].toSorted((a, b) => a - b))).toEqual(
      Array.from({ length: cells.count }, (_, row) => neighborsOf(graph, row)),
    );
  });

  it.each(RULES)('distances are the smallest over all encodings (%s)', (rule) => {
    const points = allPoints(rule);
    const targets = [cells.count - 1, 3, 40];
    const targetPoints = points.filter(({ row }) => targets.includes(row));
    const valid = new Float64Array(14);
    const all = new Float64Array(14);
    const rows = new Uint8Array(cells.count).fill(255);
    for (const { coordinates, row } of points) {
      const distance = Math.min(...targetPoints.map((target) => hamming(target.coordinates, coordinates)));
      all[distance]++;
      if (row === -1) continue;
      valid[distance]++;
      rows[row] = Math.min(rows[row], distance);
    }
    const progress: number[] = [];
    const found = distanceToCells(cells, targets, { rule, onProgress: (done) => progress.push(done) });
    expect(found).toEqual({ encodings: targetPoints.length, validPoints: valid, allPoints: all, rows });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(found.encodings).toBe(
      targets.reduce((sum, row) => sum + countEncodings(cellAt(cells, row), rule, SPACE), 0),
    );
    expect(shareWithin(valid, 1)).toBe((valid[0] + valid[1]) / valid.reduce((sum, count) => sum + count, 0));
  });

  it('effects of operations are means over all replacements', () => {
    const time = values.map((value) => value + 1);
    const sums = new Map<string, number[]>();
    for (let row = 0; row < cells.count; row++) {
      const { matrix, operations } = cellAt(cells, row).original;
      for (let v = 1; v < operations.length - 1; v++) {
        const to = operations[v] === 'a' ? 'b' : 'a';
        const replaced: Cell = neighbor(matrix, operations.with(v, to));
        const other = indexOfCell(cells, replaced);
        const change = [values[other] - values[row], (time[other] - time[row]) / time[row]];
        if (change.some(Number.isNaN)) continue;
        const [count, accuracy, relative] = sums.get(`${operations[v]} ${to}`) ?? [0, 0, 0];
        sums.set(`${operations[v]} ${to}`, [count + 1, accuracy + change[0], relative + change[1]]);
      }
    }
    const effects = operationEffects(cells, { accuracy: values, time });
    expect(effects.map(({ from, to }) => `${from} ${to}`)).toEqual(['a b', 'b a']);
    for (const effect of effects) {
      const [count, accuracy, relative] = sums.get(`${effect.from} ${effect.to}`) ?? [];
      expect(effect.replacements).toBe(count);
      expect(effect.accuracyChange).toBeCloseTo(accuracy / count, 12);
      expect(effect.relativeTimeChange).toBeCloseTo(relative / count, 12);
    }
    expect(() => operationEffects(cells, { accuracy: values, time: [1] })).toThrow('expected columns of the same rows');
  });

  it('local optima are where steepest ascent ends', () => {
    const { optima, basinSizes, optimumOf, steps } = localOptima(graph, values);
    for (let row = 0; row < cells.count; row++) {
      let at = row;
      let taken = 0;
      for (;;) {
        const better = neighborsOf(graph, at)
          .filter((other) => values[other] > values[at])
          .toSorted((a, b) => values[b] - values[a] || a - b);
        if (better.length === 0) break;
        [at] = better;
        taken++;
      }
      expect([optimumOf[row], steps[row]]).toEqual(Number.isNaN(values[row]) ? [-1, 0] : [at, taken]);
    }
    const isOptimum = (row: number): boolean => optimumOf[row] === row;
    expect([...optima].toSorted((a, b) => a - b)).toEqual([...values.keys()].filter(isOptimum));
    expect([...basinSizes]).toEqual(Array.from(optima, (row) => optimumOf.filter((end) => end === row).length));
    expect(optima.length).toBeGreaterThan(1);
    expect(() => localOptima(graph, [1])).toThrow(`expected 1 values`.replace('1', `${cells.count}`));
    const own = optima.map((row) => values[row]);
    expect([...own]).toEqual([...own].toSorted((a, b) => b - a));
  });

  it('graph distances are shortest ways', () => {
    const distances = graphDistances(graph, [5, 9]);
    for (let row = 0; row < cells.count; row++) {
      const expected = [5, 9].includes(row) ? 0 : 1 + Math.min(...neighborsOf(graph, row).map((r) => distances[r]));
      expect(distances[row]).toBe(expected);
    }
    expect(() => graphDistances(graph, [cells.count])).toThrow(`expected a row of 0 to ${cells.count - 1}`);
  });

  it('walks go from neighbour to neighbour, the same for the same seed', () => {
    const walks = randomWalks(graph, { seed: 1, walks: 20, steps: 30 });
    expect(walks).toEqual(randomWalks(graph, { seed: 1, walks: 30, steps: 30 }).slice(0, 20));
    expect(walks).not.toEqual(randomWalks(graph, { seed: 2, walks: 20, steps: 30 }));
    for (const rows of walks) {
      expect(rows.length).toBe(31);
      for (let i = 1; i < rows.length; i++) expect(neighborsOf(graph, rows[i - 1])).toContain(rows[i]);
    }
    expect(() => randomWalks(graph, { seed: 1, steps: 0 })).toThrow('steps must be a positive integer, found 0');
  });

  it.each(RULES)('walks over encodings visit cells as often as they have points and valid neighbours (%s)', (rule) => {
    const walks = randomEncodingWalks(cells, { seed: 1, walks: 400, steps: 200, rule });
    for (const rows of walks.slice(0, 20)) {
      for (let i = 1; i < rows.length; i++) {
        expect([rows[i - 1], ...neighborsOf(graph, rows[i - 1])]).toContain(rows[i]);
      }
    }
    // The stationary share of a point is in proportion to its number of valid neighbours.
    const points = allPoints(rule);
    const weights = new Float64Array(cells.count);
    points.forEach(({ row }, code) => {
      if (row === -1) return;
      for (let i = 0; i < 13; i++) weights[row] += Number(points[code ^ (1 << i)].row !== -1);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const visits = new Float64Array(cells.count);
    for (const rows of walks) for (const row of rows) visits[row]++;
    expect(pearson(weights, visits)).toBeGreaterThan(0.99);
    expect(visits[0] / (400 * 201)).toBeCloseTo(weights[0] / total, 1);
  });

  it('autocorrelation is the correlation of values some steps apart', () => {
    const walks = randomWalks(graph, { seed: 3, walks: 10, steps: 12 });
    const found = autocorrelation(values, walks, { maxLag: 5 });
    expect(found.length).toBe(6);
    expect(found[0]).toBeCloseTo(1, 12);
    for (let lag = 1; lag <= 5; lag++) {
      const before = walks.flatMap((rows) => [...rows.subarray(0, rows.length - lag)].map((row) => values[row]));
      const after = walks.flatMap((rows) => [...rows.subarray(lag)].map((row) => values[row]));
      expect(found[lag]).toBeCloseTo(pearson(before, after), 12);
    }
    expect(autocorrelation(values, walks).length).toBe(7);
    expect(() => autocorrelation(values, walks, { maxLag: 13 })).toThrow('an integer of 0 to 12, found 13');
  });

  it('refuses what is not a table of different cells', () => {
    const twice = { space: SPACE, count: 2, vertices: [2, 2], edges: [1, 1], operations: [0, 0] };
    expect(() => neighborGraph(twice)).toThrow('rows 0 and 1 hold the same cell');
    expect(() => neighborGraph({ ...twice, edges: [0, 1] })).toThrow('row 0 does not hold a pruned cell: edge mask 0');
    expect(() => distanceToCells(cells, [], { rule: 'raw-edges' })).toThrow('expected at least one target');
    const wide = { ...twice, count: 1, space: { ...SPACE, maxVertices: 8 } };
    expect(() => distanceToCells(wide, [0], { rule: 'raw-edges' })).toThrow('up to 7 vertices, found 8');
    const alone = neighborGraph({ ...twice, count: 1 });
    expect(() => randomWalks(alone, { seed: 1 })).toThrow('no cell of the table has a neighbour');
  });
});

function neighbor(matrix: Cell['original']['matrix'], operations: readonly string[]): Cell {
  const encoding = encodingA(SPACE);
  return encoding.decode(encoding.encode({ original: { matrix, operations }, pruned: { matrix, operations } }));
}

describe('a table', () => {
  it('gives packed cells in its own row order, whatever the form they are stored in', () => {
    const table = buildTable(
      Array.from({ length: 91 }, (_, i) => run(i, 4, 0)),
      METADATA,
    );
    const packed = packedCells(table);
    const inOrder = Array.from({ length: 91 }, (_, row) => {
      const cell = unpackCell({
        vertices: packed.vertices[row],
        edges: packed.edges[row],
        operations: packed.operations[row],
      });
      expect(canonicalForm(cell)).toEqual(canonicalForm(table.cell(row)));
      return cell;
    });
    expect([...cellDepths(packed)]).toEqual(inOrder.map((cell) => depth(cell)));
    expect([...cellWidths(packed)]).toEqual(inOrder.map((cell) => width(cell)));
    const official = enumerateCells({ ...NASBENCH_101, maxVertices: 4 });
    const rowOf = inOrder.map((cell) => indexOfCell(official, cell));
    const expected = neighborGraph(official);
    const graph = neighborGraph(packed);
    inOrder.forEach((_, row) => {
      expect(
        neighborsOf(graph, row)
          .map((other) => rowOf[other])
          .toSorted((a, b) => a - b),
      ).toEqual(neighborsOf(expected, rowOf[row]));
    });
  });
});

describe('all of NAS-Bench-101', { timeout: 180_000 }, () => {
  const everything = enumerateCells();
  const best = parseCell(
    '0110011/0000010/0001000/0000100/0000010/0000001/0000000:conv1x1,conv3x3,maxpool3x3,conv3x3,conv3x3',
  );
  const bestRow = indexOfCell(everything, best);
  it('has neighbours at least where a form of the cell has them, and both ways', () => {
    const graph = neighborGraph(everything);
    const random = createRandom('neighbours');
    for (let i = 0; i < 50; i++) {
      const cell = randomUniqueCell(random, everything);
      const row = indexOfCell(everything, cell);
      for (const other of uniqueNeighborCells(cell)) {
        const otherRow = indexOfCell(everything, other);
        expect(neighborsOf(graph, row)).toContain(otherRow);
        expect(neighborsOf(graph, otherRow)).toContain(row);
      }
    }
    const distances = graphDistances(graph, [bestRow]);
    expect(distances.includes(-1)).toBe(false);
    expect(distances.reduce((largest, distance) => Math.max(largest, distance), 0)).toBe(6);
  });

  it.each([
    ['prune-first', 0.7334],
    ['raw-edges', 0.2735],
  ] as const)('counts all 510 million points by their distance to the best cell (%s)', (rule, validShare) => {
    const { encodings, validPoints, allPoints: points, rows } = distanceToCells(everything, [bestRow], { rule });
    expect(encodings).toBe(4);
    const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
    expect(total(points)).toBe(2 ** 21 * 3 ** 5);
    expect(total(validPoints) / total(points)).toBeCloseTo(validShare, 4);
    // The four encodings differ in more than two places, so no point is next to two of them.
    expect([...points.subarray(0, 2)]).toEqual([4, 4 * 31]);
    expect([...validPoints.subarray(0, 2)]).toEqual([4, 4 * neighborCells(best, NASBENCH_101, rule).length]);
    expect(rows[bestRow]).toBe(0);
    expect(rows.reduce((sum, distance) => sum + Number(distance === 0), 0)).toBe(1);
    for (const other of uniqueNeighborCells(best)) expect(rows[indexOfCell(everything, other)]).toBe(1);
    expect(shareWithin(points, 6)).toBeCloseTo(0.0060664, 7);
    expect(shareWithin(validPoints, 6)).toBeCloseTo(rule === 'raw-edges' ? 0.0101061 : 0.0057613, 7);
  });
});
