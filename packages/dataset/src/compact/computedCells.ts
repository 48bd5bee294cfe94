import { NasbenchError } from '@nasbench/foundation/errors';
import { type CellSpace, hashCells } from '@nasbench/graph';
import { createCostCounter, NETWORK_PRESETS, type NetworkConfig, OPERATIONS } from '@nasbench/model';
import { TableFormatError } from '../errors.ts';
import { HASH_BYTES } from '../hashBytes.ts';
import { type LazyArray, wholeArray } from '../lazyArray.ts';
import { checkPacked, operationCodes, type PackedCells, packCells } from '../packedCells.ts';
import type { CellColumns, TableSource } from '../tableSource.ts';
import { computedArray } from './computedArray.ts';

/** Module hash and parameters follow from the cell: a compact file leaves them out, and they are computed when asked for. */

/** What the parameters of the official table count, which names no network. */
export const OFFICIAL_NETWORK: NetworkConfig = {
  ...NETWORK_PRESETS.paper,
  imageSize: 32,
  imageChannels: 3,
  labels: 10,
};

/** From so many rows on, cells of one shape are hashed side by side: that has to be set up, but then is five times as fast. */
const MANY_ROWS = 4096;

/** Module hashes of packed cells in any order: 5 us each, or 25 us where there is no WebAssembly SIMD. */
export function hashesOf(cells: PackedCells): Uint8Array {
  const { space, count, vertices, edges, operations } = cells;
  const byShape = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const shape = vertices[row] * 2 ** 28 + edges[row];
    const rows = byShape.get(shape);
    if (rows === undefined) byShape.set(shape, [row]);
    else rows.push(row);
  }
  const order = Uint32Array.from([...byShape.values()].flat());
  const ordered = hashCells(
    {
      space,
      count,
      vertices: Uint8Array.from(order, (row) => vertices[row]),
      edges: Uint32Array.from(order, (row) => edges[row]),
      operations: Uint32Array.from(order, (row) => operations[row]),
      labeledGraphs: count,
      byVertices: [],
    },
    { simd: count >= MANY_ROWS },
  );
  const hashes = new Uint8Array(count * HASH_BYTES);
  for (let i = 0; i < count; i++) {
    hashes.set(ordered.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), order[i] * HASH_BYTES);
  }
  return hashes;
}

/** Parameters of every cell, or undefined if the network does not know the operations of the space. */
export function parametersOf(cells: PackedCells, network: NetworkConfig): Uint32Array | undefined {
  try {
    const count = createCostCounter(network, OPERATIONS, cells.space);
    return Uint32Array.from({ length: cells.count }, (_, row) => count(packedCell(cells, row)).trainableParameters);
  } catch (error) {
    if (error instanceof NasbenchError) return undefined;
    throw error;
  }
}

const packedCell = ({ vertices, edges, operations }: PackedCells, row: number) => ({
  vertices: vertices[row],
  edges: edges[row],
  operations: operations[row],
});

type LazyGraphs = Pick<TableSource['cells'], 'vertices' | 'edges' | 'operations' | 'operationLists'>;

/** The cells of rows start .. end - 1. */
type PackRows = (start: number, end: number) => PackedCells;

function rowPacker(graphs: LazyGraphs, space: CellSpace, name: string): PackRows {
  const { operationLists } = graphs;
  const codes = operationCodes(operationLists, space);
  return (start, end) => {
    if (end - start === graphs.vertices.array.length) {
      const { vertices, edges, operations } = graphs;
      const columns = {
        vertices: wholeArray(vertices),
        edges: wholeArray(edges),
        operations: wholeArray<CellColumns['operations']>(operations),
        operationLists,
      };
      return packCells(columns, space, name);
    }
    for (const column of [graphs.vertices, graphs.edges, graphs.operations]) column.ensure(start, end);
    const columns = {
      vertices: graphs.vertices.array,
      edges: graphs.edges.array,
      operations: graphs.operations.array,
      operationLists,
    };
    for (let row = start; row < end; row++) checkPacked(columns, codes, row, name);
    return {
      space,
      count: end - start,
      vertices: columns.vertices.subarray(start, end),
      edges: columns.edges.subarray(start, end),
      operations: Uint32Array.from(columns.operations.subarray(start, end), (list) => codes[list]),
    };
  };
}

/** Module hashes that are computed row by row as they are asked for; all at once takes 2 s for NAS-Bench-101. */
export function lazyHashes(graphs: LazyGraphs, space: CellSpace, name: string): LazyArray<Uint8Array> {
  const pack = rowPacker(graphs, space, name);
  const hashes = new Uint8Array(graphs.vertices.array.length * HASH_BYTES);
  return computedArray(hashes, HASH_BYTES, (start, end) => {
    hashes.set(hashesOf(pack(start / HASH_BYTES, end / HASH_BYTES)), start);
  });
}

/** Parameters that are counted as they are asked for. Throws TableFormatError for a network that cannot be. */
export function lazyParameters(
  graphs: LazyGraphs,
  space: CellSpace,
  network: NetworkConfig,
  name: string,
): LazyArray<Uint32Array> {
  const pack = rowPacker(graphs, space, name);
  const count = asFormatError(name, () => createCostCounter(network, OPERATIONS, space));
  const parameters = new Uint32Array(graphs.vertices.array.length);
  return computedArray(parameters, 16, (start, end) => {
    const cells = pack(start, end);
    for (let i = 0; i < cells.count; i++) {
      parameters[start + i] = asFormatError(name, () => count(packedCell(cells, i)).trainableParameters);
    }
  });
}

function asFormatError<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof NasbenchError)) throw error;
    throw new TableFormatError(`${name}: parameters cannot be computed: ${error.message}`, { cause: error });
  }
}
