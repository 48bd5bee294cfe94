import { bitmapBytes, getBit, setBit } from './bits.ts';
import { engineColumn, requiredColumns } from './columns.ts';
import { ConflictError, InvalidMetadataError, InvalidRecordError } from './errors.ts';
import { compareHashes, HASH_BYTES, readHash } from './hashBytes.ts';
import { presentArray } from './lazyArray.ts';
import { metadataProblem, type TableMetadata } from './metadata.ts';
import { BenchmarkTable } from './table.ts';
import type {
  CellColumns,
  EngineColumn,
  LazyEngineColumn,
  LazyMetricColumn,
  MetricColumn,
  TableSource,
} from './tableSource.ts';

/**
 * A table from whole columns in any row order: for importers and generators that never make record objects. The arrays
 * are kept if they are already sorted by module hash, else copied into that order. Throws InvalidMetadataError,
 * InvalidRecordError if lengths do not match or a required column is absent, ConflictError for a repeated hash.
 */
export function tableFromColumns(
  metadata: TableMetadata,
  cells: CellColumns,
  metrics: readonly MetricColumn[],
  engines: readonly EngineColumn[] = [],
): BenchmarkTable {
  const problem = metadataProblem(metadata);
  if (problem !== undefined) throw new InvalidMetadataError(problem);
  const rowCount = cells.vertices.length;
  checkLengths(metadata, cells, [...metrics, ...engines], rowCount);
  const order = rowOrder(cells.moduleHashes, rowCount);
  const sortedCells = order === undefined ? cells : reorderCells(cells, order);
  const byName = new Map(
    metrics.map((column) => {
      const { values, ...rest } = order === undefined ? column : reorder(column, order);
      return [column.name, { ...rest, values: presentArray(values) as LazyMetricColumn['values'] }];
    }),
  );
  const engineOf = new Map(
    engines.map((column) => {
      const { values, ...rest } = order === undefined ? column : reorder(column, order);
      return [column.name, { ...rest, values: presentArray(values) }];
    }),
  );
  const source: TableSource = {
    name: 'table',
    rowCount,
    cells: {
      moduleHashes: presentArray(sortedCells.moduleHashes),
      vertices: presentArray(sortedCells.vertices),
      edges: presentArray(sortedCells.edges),
      operations: presentArray(sortedCells.operations),
      operationLists: sortedCells.operationLists,
      trainableParameters: presentArray(sortedCells.trainableParameters),
    },
    metricNames: metrics.map((column) => column.name),
    metric: (name) => byName.get(name) as LazyMetricColumn,
    engine: (epochs) => engineOf.get(engineColumn(epochs)) as LazyEngineColumn,
  };
  return new BenchmarkTable(metadata, source);
}

function checkLengths(
  metadata: TableMetadata,
  cells: CellColumns,
  metrics: readonly (MetricColumn | EngineColumn)[],
  rowCount: number,
): void {
  const lengths = {
    module_hash: cells.moduleHashes.length / HASH_BYTES,
    edges: cells.edges.length,
    operations: cells.operations.length,
    trainable_parameters: cells.trainableParameters.length,
    ...Object.fromEntries(metrics.map((column) => [column.name, column.values.length / metadata.repeats])),
  };
  for (const [name, length] of Object.entries(lengths)) {
    if (length !== rowCount) throw new InvalidRecordError(`column ${name}: expected ${rowCount} rows, found ${length}`);
  }
  const engines =
    metadata.engines === undefined ? [] : metadata.epochs.map((epochs) => ({ name: engineColumn(epochs) }));
  for (const { name } of [...requiredColumns(metadata.epochs, metadata.finalOnly), ...engines]) {
    if (!(name in lengths)) throw new InvalidRecordError(`column ${name} is absent`);
  }
}

/** Rows in ascending order of their hashes, or undefined if they are in that order already. */
function rowOrder(hashes: Uint8Array, rowCount: number): Uint32Array | undefined {
  const compare = (a: number, b: number): number => compareHashes(hashes, a, hashes, b);
  const order = new Uint32Array(rowCount).map((_, row) => row);
  const isSorted = order.every((row) => row === 0 || compare(row - 1, row) < 0);
  if (isSorted) return undefined;
  order.sort(compare);
  for (let i = 1; i < rowCount; i++) {
    if (compare(order[i - 1], order[i]) === 0) {
      const hash = readHash(hashes, order[i]);
      throw new ConflictError(hash, `cell ${hash} is in rows ${order[i - 1]} and ${order[i]}`);
    }
  }
  return order;
}

function reorderCells(cells: CellColumns, order: Uint32Array): CellColumns {
  return {
    moduleHashes: gather(cells.moduleHashes, order, HASH_BYTES),
    vertices: gather(cells.vertices, order, 1),
    edges: gather(cells.edges, order, 1),
    operations: gather(cells.operations, order, 1),
    operationLists: cells.operationLists,
    trainableParameters: gather(cells.trainableParameters, order, 1),
  };
}

function reorder<T extends MetricColumn | EngineColumn>(column: T, order: Uint32Array): T {
  const { repeats, validity } = column;
  let sorted: Uint8Array | null = null;
  if (validity !== null) {
    sorted = new Uint8Array(bitmapBytes(order.length * repeats));
    for (let row = 0; row < order.length; row++) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        if (getBit(validity, order[row] * repeats + repeat)) setBit(sorted, row * repeats + repeat);
      }
    }
  }
  return { ...column, values: gather(column.values, order, repeats), validity: sorted };
}

/** Copies `width` values for each row, rows in the given order. */
function gather<T extends CellColumns['operations'] | MetricColumn['values'] | Uint8Array | Uint32Array>(
  values: T,
  order: Uint32Array,
  width: number,
): T {
  const sorted = new (values.constructor as new (length: number) => T)(order.length * width);
  for (let row = 0; row < order.length; row++) {
    for (let i = 0; i < width; i++) sorted[row * width + i] = values[order[row] * width + i];
  }
  return sorted;
}
