import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  type CellGraph,
  canonicalForm,
  cellAt,
  cellFromMatrix,
  enumerateCells,
  isIsomorphic,
  moduleHash,
  type PackedCell,
  packCell,
  unpackCell,
} from '../src/index.ts';
import { edgeBit } from '../src/packed.ts';
import {
  anyCell,
  arrangements,
  BEST_CELL,
  INCEPTION_LIKE,
  INVALID,
  permutations,
  prunedGraph,
  reorder,
  SEEDED,
} from './support.ts';

const compare = (a: PackedCell, b: PackedCell): number =>
  a.vertices - b.vertices || a.edges - b.edges || a.operations - b.operations;

describe('canonical form', () => {
  test('is the smallest packed form over all vertex orders', () => {
    fc.assert(
      fc.property(prunedGraph(7), (pruned) => {
        const smallest = arrangements(pruned)
          .map((graph) => packCell(graph))
          .toSorted(compare)[0];
        expect(canonicalForm(cellFromMatrix(pruned.matrix, pruned.operations))).toEqual(smallest);
        expect(canonicalForm(packCell(pruned))).toEqual(smallest);
        expect(canonicalForm(smallest)).toEqual(smallest);
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });

  test('works on packed graphs with dangling vertices, up to 8 of them', () => {
    fc.assert(
      fc.property(anyCell(6), ({ original }) => {
        const forms = arrangements(original).map((graph) => packCell(graph));
        expect(canonicalForm(packCell(original))).toEqual(forms.toSorted(compare)[0]);
      }),
      SEEDED,
    );
    expect(canonicalForm({ vertices: 8, edges: 2 ** 28 - 1, operations: 5 }).edges).toBe(2 ** 28 - 1);
  });

  test('is the form that the official release stores', () => {
    // Output of the reference's notebook for the Inception-like cell.
    expect(unpackCell(canonicalForm(INCEPTION_LIKE)).original).toEqual({
      matrix: [
        [0, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0],
      ],
      operations: [
        'input',
        'conv3x3-bn-relu',
        'conv1x1-bn-relu',
        'maxpool3x3',
        'conv3x3-bn-relu',
        'conv3x3-bn-relu',
        'output',
      ],
    });
  });

  test('refuses disconnected cells, and more than 8 vertices', () => {
    expect(() => canonicalForm(INVALID)).toThrow('cannot be reached');
    const size = 9;
    const chain = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(y === x + 1)));
    const cell = cellFromMatrix(chain, ['input', ...Array.from({ length: size - 2 }, () => 'maxpool3x3'), 'output']);
    expect(() => canonicalForm(cell)).toThrow('at most 8 vertices, got 9');
  });
});

const cellOf = ({ matrix, operations }: CellGraph): Cell => cellFromMatrix(matrix, operations);

describe('isomorphism', () => {
  test('is equality up to any permutation of the vertices', () => {
    fc.assert(
      fc.property(prunedGraph(5, ['a', 'b']), prunedGraph(5, ['a', 'b']), (a, b) => {
        const same =
          a.matrix.length === b.matrix.length &&
          permutations(a.matrix.length).some((place) => {
            const moved = reorder(a, place);
            return moved !== undefined && JSON.stringify(moved) === JSON.stringify(b);
          });
        expect(isIsomorphic(cellOf(a), cellOf(b))).toBe(same);
      }),
      { ...SEEDED, numRuns: 1000 },
    );
  });

  test('holds for reordered cells and not for the best and the Inception-like cell', () => {
    for (const graph of arrangements(BEST_CELL.original)) {
      expect(isIsomorphic(BEST_CELL, cellFromMatrix(graph.matrix, graph.operations))).toBe(true);
    }
    expect(isIsomorphic(BEST_CELL, INCEPTION_LIKE)).toBe(false);
  });

  test('compares labels by name, in no particular space', () => {
    const path = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ];
    const of = (name: string) => cellFromMatrix(path, ['input', name, 'output']);
    expect(isIsomorphic(of('attention'), of('attention'))).toBe(true);
    expect(isIsomorphic(of('attention'), of('identity'))).toBe(false);
  });

  test('has the same classes as the module hash on all labelled graphs of up to 6 vertices', () => {
    const hashOfForm = new Map<string, string>();
    let graphs = 0;
    for (let vertices = 2; vertices <= 6; vertices++) {
      for (let edges = 0; edges < 2 ** ((vertices * (vertices - 1)) / 2); edges++) {
        if (!isFull(vertices, edges)) continue;
        for (let operations = 0; operations < 3 ** (vertices - 2); operations++) {
          graphs++;
          const packed = { vertices, edges, operations };
          const form = JSON.stringify(canonicalForm(packed));
          const hash = moduleHash(unpackCell(packed));
          const known = hashOfForm.get(form);
          if (known === undefined) hashOfForm.set(form, hash);
          else if (known !== hash) throw new Error(`isomorphic, but ${known} and ${hash}`);
        }
      }
    }
    expect(graphs).toBe(128_509);
    expect(hashOfForm.size).toBe(64_542);
    expect(new Set(hashOfForm.values()).size).toBe(64_542);
  });
});

/** At most 9 edges, each row but the last and each column but the first with one (reference `is_full_dag`). */
function isFull(vertices: number, edges: number): boolean {
  const has = (x: number, y: number): boolean => x < y && ((edges >>> edgeBit(x, y)) & 1) === 1;
  const all = Array.from({ length: vertices }, (_, v) => v);
  const count = all.flatMap((x) => all.filter((y) => has(x, y))).length;
  return (
    count <= 9 &&
    all.slice(0, -1).every((x) => all.some((y) => has(x, y))) &&
    all.slice(1).every((y) => all.some((x) => has(x, y)))
  );
}

describe('packing', () => {
  test('is undone by unpacking', () => {
    fc.assert(
      fc.property(anyCell(8), ({ original }) => {
        expect(unpackCell(packCell(original)).original).toEqual(original);
      }),
      SEEDED,
    );
  });

  test('puts edge x -> y at bit x + y(y-1)/2 and the last label in the lowest digit', () => {
    const matrix = [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ];
    const packed = packCell({ matrix, operations: ['input', 'conv1x1-bn-relu', 'maxpool3x3', 'output'] });
    expect(packed).toEqual({ vertices: 4, edges: 0b100101, operations: 5 });
  });

  test.each<[PackedCell, string]>([
    [{ vertices: 1, edges: 0, operations: 0 }, '2 to 8 vertices, got 1'],
    [{ vertices: 9, edges: 0, operations: 0 }, '2 to 8 vertices, got 9'],
    [{ vertices: 3.5, edges: 0, operations: 0 }, '2 to 8 vertices, got 3.5'],
    [{ vertices: 3, edges: 8, operations: 0 }, 'an integer of 3 bits, got 8'],
    [{ vertices: 3, edges: Number.NaN, operations: 0 }, 'an integer of 3 bits, got NaN'],
    [{ vertices: 3, edges: 5, operations: 3 }, 'an integer of 0 to 2, got 3'],
    [{ vertices: 3, edges: 5, operations: -1 }, 'an integer of 0 to 2, got -1'],
  ])('refuses %j', (packed, message) => {
    expect(() => unpackCell(packed)).toThrow(message);
    expect(() => canonicalForm(packed)).toThrow(message);
  });

  test('every cell of the 5-vertex space is its own canonical form', () => {
    const cells = enumerateCells({ maxVertices: 5, maxEdges: 9, operations: ['a', 'b', 'c'] });
    for (let i = 0; i < cells.count; i += 7) {
      expect(packCell(cellAt(cells, i).original, cells.space)).toEqual(canonicalForm(cellAt(cells, i), cells.space));
    }
  });
});
