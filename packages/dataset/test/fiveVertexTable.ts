import { createRandom } from '@nasbench/foundation/random';
import { type CellSpace, enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import { type BenchmarkTable, type CellColumns, requiredColumns, tableFromColumns } from '../src/index.ts';
import { METADATA } from './samples.ts';

const SPACE = { ...NASBENCH_101, maxVertices: 5 };
export const REPEATS = 3;

/** The cell columns of a whole space in the order of its enumeration. */
export function cellColumnsOf(space: CellSpace): CellColumns {
  const cells = enumerateCells(space);
  const lists = new Map<number, { code: number; list: string[] }>();
  const operations = Int16Array.from(cells.vertices, (vertices, i) => {
    const key = 1000 * vertices + cells.operations[i];
    let known = lists.get(key);
    if (known === undefined) {
      const list: string[] = [];
      for (let v = vertices - 2, rest = cells.operations[i]; v > 0; v--, rest = Math.floor(rest / 3)) {
        list.unshift(space.operations[rest % 3]);
      }
      known = { code: lists.size, list };
      lists.set(key, known);
    }
    return known.code;
  });
  return {
    moduleHashes: hashCells(cells),
    vertices: cells.vertices,
    edges: cells.edges,
    operations,
    operationLists: Array.from(lists.values(), ({ list }) => list),
    trainableParameters: Uint32Array.from({ length: cells.count }, (_, i) => (i * 7919) % 1000),
  };
}

/** All 2 532 cells of up to 5 vertices: three blocks of rows. Few different values, so that some are equal; one run in six is absent. */
export function fiveVertexTable(): BenchmarkTable {
  const random = createRandom(11, 'five vertices');
  const cells = cellColumnsOf(SPACE);
  const length = cells.vertices.length * REPEATS;
  const validity = new Map(
    METADATA.epochs.map((budget) => {
      const bits = new Uint8Array(Math.ceil(length / 8));
      for (let i = 0; i < length; i++) if (random.int(6) > 0) bits[i >> 3] |= 1 << (i & 7);
      return [budget, bits];
    }),
  );
  const metrics = requiredColumns(METADATA.epochs).map(({ name, metric, budget }) => ({
    name,
    repeats: REPEATS,
    values: (metric === 'total_time' ? new Float64Array(length) : new Float32Array(length)).map(
      () => random.int(40) / 32,
    ),
    validity: name.startsWith('start_') ? null : (validity.get(budget) ?? null),
  }));
  return tableFromColumns({ ...METADATA, repeats: REPEATS, space: SPACE }, cells, metrics);
}
