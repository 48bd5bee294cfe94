import { ColumnReader } from './arrow/readColumns.ts';
import { readArrowFile } from './arrow/readFile.ts';
import { type ByteSource, memorySource } from './byteSource.ts';
import { engineColumn, epochsColumns, requiredColumns } from './columns.ts';
import { type CompactLayout, countColumn, layoutFromPairs } from './compact/compactLayout.ts';
import { lazyHashes, lazyParameters } from './compact/computedCells.ts';
import { lazyAccuracies } from './compact/counts.ts';
import { HASH_BYTES } from './hashBytes.ts';
import { metadataFromPairs, type TableMetadata } from './metadata.ts';
import { splitOperations } from './recordedCell.ts';
import { BenchmarkTable } from './table.ts';
import type { CellColumns, LazyMetricColumn, TableSource } from './tableSource.ts';

/**
 * A table from the bytes of an Arrow file. The columns are views of `bytes`, which must not change afterwards.
 * Throws TableFormatError if it is not Arrow, not a table of ours, newer, truncated, or has other columns.
 */
export function decodeTable(bytes: Uint8Array, name = 'table'): BenchmarkTable {
  return readTable(memorySource(bytes, name));
}

/** A table whose values are read from `source` when they are first used; now only headers are, a few kB. */
export function readTable(source: ByteSource): BenchmarkTable {
  const file = readArrowFile(source);
  const metadata = metadataFromPairs(file.metadata, source.name);
  const columns = new ColumnReader(source, file);
  const layout = layoutFromPairs(file.metadata, source.name);
  return new BenchmarkTable(metadata, fileColumns(source.name, columns, metadata, layout));
}

const INDEX_TYPES = {
  'dictionary<int8, utf8>': Int8Array,
  'dictionary<int16, utf8>': Int16Array,
  'dictionary<int32, utf8>': Int32Array,
} as const;

/** Columns of a file: types checked now, values read on demand. */
function fileColumns(
  name: string,
  columns: ColumnReader,
  metadata: TableMetadata,
  layout: CompactLayout | undefined,
): TableSource {
  const { epochs, finalOnly } = metadata;
  const { cells, rowCount } = { cells: cellColumns(name, columns, metadata, layout), rowCount: columns.rowCount };
  const optional = epochsColumns(epochs).filter((spec) => columns.has(spec.name));
  const metricNames = [...requiredColumns(epochs, finalOnly), ...optional].map((spec) => spec.name);
  const readers = new Map(metricNames.map((metric) => [metric, metricReader(metric, columns, metadata, layout)]));
  return {
    name,
    rowCount,
    metricNames,
    cells,
    metric: (metric) => (readers.get(metric) as () => LazyMetricColumn)(),
    engine: engineReader(columns, metadata),
  };
}

/** Checks the types of the columns of engines; the function returned reads one. */
function engineReader(columns: ColumnReader, { epochs, repeats, engines }: TableMetadata): TableSource['engine'] {
  const names = engines === undefined ? [] : epochs.map(engineColumn);
  for (const name of names) columns.checkType(name, `fixed_size_list<uint8>[${repeats}]`);
  return (budget) => {
    const name = engineColumn(budget);
    return { name, repeats, ...columns.lists(name, Uint8Array, repeats) };
  };
}

function cellColumns(
  name: string,
  columns: ColumnReader,
  { space }: TableMetadata,
  layout: CompactLayout | undefined,
): TableSource['cells'] {
  columns.checkType('vertices', 'uint8');
  columns.checkType('edges', 'uint32');
  const indexType = columns.checkType(
    'operations',
    'dictionary<int16, utf8>',
    'dictionary<int32, utf8>',
    'dictionary<int8, utf8>',
  );
  const graphs = {
    vertices: columns.values('vertices', Uint8Array),
    edges: columns.values('edges', Uint32Array),
    operations: columns.values<CellColumns['operations']>('operations', INDEX_TYPES[indexType]),
    operationLists: columns.dictionary('operations').map(splitOperations),
  };
  const isComputed = (column: CompactLayout['computed'][number]): boolean => layout?.computed.includes(column) ?? false;
  if (!isComputed('module_hash')) columns.checkType('module_hash', `fixed_size_binary[${HASH_BYTES}]`);
  if (!isComputed('trainable_parameters')) columns.checkType('trainable_parameters', 'uint32');
  const network = layout?.network ?? null;
  return {
    ...graphs,
    moduleHashes: isComputed('module_hash')
      ? lazyHashes(graphs, space, name)
      : columns.values('module_hash', Uint8Array, HASH_BYTES),
    trainableParameters:
      network === null
        ? columns.values('trainable_parameters', Uint32Array)
        : lazyParameters(graphs, space, network, name),
  };
}

/** Checks the type of a per-run column; the function returned reads it. */
function metricReader(
  name: string,
  columns: ColumnReader,
  { repeats }: TableMetadata,
  layout: CompactLayout | undefined,
): () => LazyMetricColumn {
  const column = countColumn(name);
  const images = layout?.counts[column];
  if (images !== undefined) {
    columns.checkType(column, `fixed_size_list<uint16>[${repeats}]`);
    return () => {
      const { values, validity } = columns.lists(column, Uint16Array, repeats);
      return { name, repeats, values: lazyAccuracies(values, images), validity };
    };
  }
  const [single, double] = ['float', 'double'].map((type) => `fixed_size_list<${type}>[${repeats}]`);
  const isDouble = columns.checkType(name, single, double) === double;
  return () => ({
    name,
    repeats,
    ...(isDouble ? columns.lists(name, Float64Array, repeats) : columns.lists(name, Float32Array, repeats)),
  });
}
