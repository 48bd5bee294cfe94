import { createRandom } from '@nasbench/foundation/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adjacencyOneHot,
  type Cell,
  type CellGraph,
  cellFromMatrix,
  type Encoding,
  encodingA,
  encodingB,
  encodingC,
  InvalidCellError,
  moduleHash,
  mutatePoint,
  parseCell,
  pathCount,
  pathEncoding,
  pathIndices,
  randomPoint,
} from '../src/index.ts';
import {
  anyCell,
  arrangements,
  BEST_CELL,
  cellOfSize,
  connectedCell,
  INCEPTION_LIKE,
  INVALID,
  SEEDED,
} from './support.ts';

const OTHER_SPACE = { maxVertices: 5, maxEdges: 6, operations: ['a', 'b', 'c', 'd'] };
const ENCODINGS = [
  encodingA(),
  encodingB(),
  encodingC(),
  encodingA(OTHER_SPACE),
  encodingB(OTHER_SPACE),
  encodingC(OTHER_SPACE),
];
const edgeCount = (graph: CellGraph): number => graph.matrix.flat().filter((value) => value === 1).length;

describe.each(
  ENCODINGS.map((encoding) => [`${encoding.name} of ${encoding.space.maxVertices} vertices`, encoding] as const),
)('encoding %s', (_name, encoding) => {
  const { space, parameters } = encoding;
  const inRange = (point: readonly number[]): boolean =>
    point.length === parameters.length &&
    parameters.every((parameter, i) => {
      const most =
        parameter.kind === 'categorical' ? parameter.choices - 1 : parameter.kind === 'integer' ? parameter.most : 1;
      return point[i] >= 0 && point[i] <= most && (parameter.kind === 'real' || Number.isInteger(point[i]));
    });

  test('has one operation per interior vertex at the end, and distinct names', () => {
    const names = parameters.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const interior = space.maxVertices - 2;
    expect(names.slice(-interior)).toEqual(Array.from({ length: interior }, (_, i) => `op_node_${i}`));
  });

  test('a cell of full size survives', () => {
    fc.assert(
      fc.property(cellOfSize(space.maxVertices, space.operations), (cell) => {
        const edges = edgeCount(cell.original);
        fc.pre(edges > 0 && edges <= space.maxEdges);
        const point = encoding.encode(cell);
        expect(inRange(point)).toBe(true);
        expect(encoding.decode(point)).toEqual(cell);
      }),
      SEEDED,
    );
  });

  test('a smaller cell prunes to the same cell', () => {
    fc.assert(
      fc.property(connectedCell(space.maxVertices - 1, space.operations), (cell) => {
        fc.pre(edgeCount(cell.original) <= space.maxEdges);
        const decoded = encoding.decode(encoding.encode(cell));
        expect(decoded.original.matrix).toHaveLength(space.maxVertices);
        expect(decoded.pruned).toEqual(cell.pruned);
      }),
      SEEDED,
    );
  });

  test('random points are in range, reproducible and spread over all values', () => {
    const random = createRandom(1, encoding.name);
    const points = Array.from({ length: 2000 }, () => randomPoint(encoding, random));
    expect(points.every(inRange)).toBe(true);
    expect(randomPoint(encoding, createRandom(1, encoding.name))).toEqual(points[0]);
    parameters.forEach((parameter, i) => {
      if (parameter.kind === 'real') return;
      const values = parameter.kind === 'categorical' ? parameter.choices : parameter.most + 1;
      const counts = Array.from({ length: values }, () => 0);
      for (const point of points) counts[point[i]]++;
      const expected = points.length / values;
      for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
    for (const point of points.slice(0, 50))
      expect(encoding.decode(point).original.matrix).toHaveLength(space.maxVertices);
  });

  test('a mutation changes one parameter, each of them sometimes', () => {
    const random = createRandom(2, encoding.name);
    const point = randomPoint(encoding, random);
    const changed = parameters.map(() => 0);
    for (let i = 0; i < 100 * parameters.length; i++) {
      const child = mutatePoint(encoding, point, random);
      expect(inRange(child)).toBe(true);
      const places = child.flatMap((value, k) => (value === point[k] ? [] : [k]));
      expect(places).toHaveLength(1);
      changed[places[0]]++;
    }
    for (const count of changed) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  test('malformed points are refused', () => {
    const point = randomPoint(encoding, createRandom(3));
    const last = point.length - 1;
    const withLast = (value: unknown): number[] => [...point.slice(0, -1), value as number];
    for (const bad of [
      [],
      point.slice(1),
      [...point, 0],
      withLast(-1),
      withLast(99),
      withLast(0.5),
      withLast(Number.NaN),
      withLast('0'),
    ]) {
      expect(() => encoding.decode(bad)).toThrow(InvalidCellError);
      expect(() => mutatePoint(encoding, bad, createRandom(0))).toThrow(InvalidCellError);
    }
    expect(() => encoding.decode(withLast(99))).toThrow(`${parameters[last].name} must be an integer of 0 to`);
    expect(() => encoding.decode('x' as unknown as number[])).toThrow('a point must be an array of');
    const first = parameters[0].kind === 'real' ? [1.5, Number.NaN] : [0.5, 1e9];
    for (const value of first) expect(() => encoding.decode([value, ...point.slice(1)])).toThrow('edge_0 must be');
  });

  test('cells that do not fit are refused', () => {
    const size = space.maxVertices + 1;
    const matrix = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(y === x + 1)));
    const chain = cellFromMatrix(matrix, [
      'input',
      ...Array.from({ length: size - 2 }, () => space.operations[0]),
      'output',
    ]);
    expect(() => encoding.encode(chain)).toThrow(`has ${space.maxVertices} vertices, got a graph of ${size}`);
    const unknown = parseCell('010/001/000:none');
    expect(() => encoding.encode(unknown)).toThrow('unknown operation "none"');
  });
});

describe('encoding A', () => {
  test('lists edges row by row', () => {
    const rows = ['110011', '00010', '1000', '100', '10', '1'];
    expect(encodingA().encode(BEST_CELL)).toEqual([...Array.from(rows.join(''), Number), 1, 0, 2, 0, 0]);
  });
});

describe('encoding B', () => {
  test('reads the list of bits as the reference does, most significant first', () => {
    const encoding = encodingB();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 9, maxLength: 9 }), (edges) => {
        const bits = Array.from({ length: 21 }, () => 0);
        for (const edge of edges) bits[edge] = 1;
        const number = Number.parseInt(bits.join(''), 2);
        const { matrix } = encoding.decode([...edges, 0, 0, 0, 0, 0]).original;
        for (let y = 1; y < 7; y++) {
          for (let x = 0; x < y; x++) expect(matrix[x][y]).toBe((number >> (x + (y * (y - 1)) / 2)) & 1);
        }
      }),
      SEEDED,
    );
    expect(encoding.decode([20, 20, 20, 20, 20, 20, 20, 20, 20, 0, 0, 0, 0, 0]).original.matrix[0][1]).toBe(1);
  });

  test('holds 1 to 9 edges', () => {
    const none = parseCell('000/000/000:conv3x3');
    expect(() => encodingB().encode(none)).toThrow('holds 1 to 9 edges, got 0');
    const ten = parseCell('01111/00111/00011/00001/00000:conv3x3,conv3x3,conv3x3');
    expect(() => encodingB().encode(ten)).toThrow('holds 1 to 9 edges, got 10');
    expect(() => encodingC().encode(ten)).toThrow('holds at most 9 edges, got 10');
    expect(encodingC().decode(encodingC().encode(none)).pruned).toBeUndefined();
  });
});

describe('encoding C', () => {
  const decode = (edges: readonly number[], count: number): Cell =>
    encodingC().decode([...edges, count, 0, 0, 0, 0, 0]);

  test('takes the largest values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 21, maxLength: 21 }),
        fc.integer({ min: 0, max: 9 }),
        (edges, count) => {
          const { matrix } = decode(edges, count).original;
          const taken = matrix.flatMap((row, x) => row.slice(x + 1));
          const least = Math.min(...edges.filter((_, i) => taken[i] === 1));
          const most = Math.max(...edges.filter((_, i) => taken[i] === 0));
          expect(taken.filter((value) => value === 1)).toHaveLength(count);
          expect(least).toBeGreaterThan(count === 0 ? 0 : most);
        },
      ),
      SEEDED,
    );
  });

  test('takes later edges first among equals', () => {
    const { matrix } = decode(
      Array.from({ length: 21 }, () => 0.5),
      2,
    ).original;
    expect([matrix[4][6], matrix[5][6], edgeCount({ matrix, operations: [] })]).toEqual([1, 1, 2]);
  });
});

test('encodings without a choice do not mutate', () => {
  const single: Encoding = encodingB({ maxVertices: 2, maxEdges: 1, operations: ['a'] });
  expect(mutatePoint(single, [0], createRandom(0))).toEqual([0]);
});

describe('adjacency one-hot', () => {
  test('of the best cell', () => {
    const vector = adjacencyOneHot(BEST_CELL.original);
    expect(vector).toHaveLength(36);
    expect([...vector.subarray(0, 21)]).toEqual(encodingA().encode(BEST_CELL).slice(0, 21));
    expect([...vector.subarray(21)]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0]);
  });

  test('of a smaller graph leaves missing vertices empty', () => {
    const vector = adjacencyOneHot(parseCell('011/001/000:conv1x1').original);
    expect([...vector].flatMap((value, i) => (value === 1 ? [i] : []))).toEqual([0, 5, 10, 22]);
  });

  test('tells graphs of one size apart', () => {
    fc.assert(
      fc.property(cellOfSize(5), cellOfSize(5), (a, b) => {
        const same = adjacencyOneHot(a.original).join() === adjacencyOneHot(b.original).join();
        expect(same).toBe(JSON.stringify(a.original) === JSON.stringify(b.original));
      }),
      SEEDED,
    );
  });
});

describe('path encoding', () => {
  /** As in the code of White et al.: walk all paths, first operation least significant. */
  function slowIndices({ matrix, operations }: CellGraph): number[] {
    const found = new Set<number>();
    const names = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'];
    const walk = (v: number, path: readonly number[]): void => {
      if (v === matrix.length - 1) found.add(path.reduce((index, digit, i) => index + 3 ** i * (digit + 1), 0));
      matrix[v].forEach((value, w) => {
        if (value === 1) walk(w, w === matrix.length - 1 ? path : [...path, names.indexOf(operations[w])]);
      });
    };
    walk(0, []);
    return [...found].toSorted((a, b) => a - b);
  }

  test('has 364 bits, 40 for up to three operations', () => {
    expect([pathCount(), pathCount(undefined, 3)]).toEqual([364, 40]);
    expect(pathEncoding(BEST_CELL)).toHaveLength(364);
    expect(pathCount(OTHER_SPACE)).toBe(1 + 4 + 16 + 64);
  });

  test('agrees with walking all paths', () => {
    fc.assert(
      fc.property(anyCell(7), (cell) => {
        const indices = slowIndices(cell.original);
        expect(pathIndices(cell)).toEqual(indices);
        const bits = pathEncoding(cell);
        expect([...bits].flatMap((value, i) => (value === 1 ? [i] : []))).toEqual(indices);
        expect(pathEncoding(cell, undefined, 40)).toEqual(bits.subarray(0, 40));
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });

  test('of the Inception-like cell', () => {
    // conv1x1; conv3x3; maxpool; conv3x3 conv3x3
    expect(pathIndices(INCEPTION_LIKE)).toEqual([1, 2, 3, 4]);
  });

  test('is the same for isomorphic cells', () => {
    for (const graph of arrangements(BEST_CELL.original)) {
      const cell = cellFromMatrix(graph.matrix, graph.operations);
      expect(moduleHash(cell)).toBe(moduleHash(BEST_CELL));
      expect(pathEncoding(cell)).toEqual(pathEncoding(BEST_CELL));
    }
  });

  test('of a disconnected cell is empty', () => {
    expect(pathIndices(INVALID)).toEqual([]);
    expect(pathEncoding(INVALID).includes(1)).toBe(false);
  });

  test('refuses a length that it does not have, and larger cells', () => {
    for (const bits of [0, 365, 1.5, Number.NaN]) {
      expect(() => pathEncoding(BEST_CELL, undefined, bits)).toThrow('bits must be an integer of 1 to 364');
    }
    expect(() =>
      pathEncoding(INCEPTION_LIKE, { ...OTHER_SPACE, operations: INCEPTION_LIKE.original.operations.slice(2, 3) }),
    ).toThrow('has 5 vertices, got 7');
  });
});
