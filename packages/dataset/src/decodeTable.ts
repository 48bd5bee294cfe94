import { ColumnReader } from './arrow/readColumns.ts';
import { readArrowFile } from './arrow/readFile.ts';
import { type ByteSource, memorySource } from './byteSource.ts';
import { epochsColumns, requiredColumns } from './columns.ts';
import { HASH_BYTES } from './hashBytes.ts';
import { metadataFromPairs, type TableMetadata } from './metadata.ts';
import { splitOperations } from './recordedCell.ts';
import { BenchmarkTable } from './table.ts';
import type { CellColumns, TableSource } from './tableSource.ts';

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
  return new BenchmarkTable(metadata, fileColumns(source.name, columns, metadata));
}

const INDEX_TYPES = {
  'dictionary<int8, utf8>': Int8Array,
  'dictionary<int16, utf8>': Int16Array,
  'dictionary<int32, utf8>': Int32Array,
} as const;

/** Columns of a file: types checked now, values read on demand. */
function fileColumns(name: string, columns: ColumnReader, { epochs, repeats }: TableMetadata): TableSource {
  columns.checkType('module_hash', `fixed_size_binary[${HASH_BYTES}]`);
  columns.checkType('vertices', 'uint8');
  columns.checkType('edges', 'uint32');
  const indexType = columns.checkType(
    'operations',
    'dictionary<int16, utf8>',
    'dictionary<int32, utf8>',
    'dictionary<int8, utf8>',
  );
  columns.checkType('trainable_parameters', 'uint32');
  const optional = epochsColumns(epochs).filter((spec) => columns.has(spec.name));
  const metricNames = [...requiredColumns(epochs), ...optional].map((spec) => spec.name);
  const [single, double] = ['float', 'double'].map((type) => `fixed_size_list<${type}>[${repeats}]`);
  const isDouble = new Map(metricNames.map((metric) => [metric, columns.checkType(metric, single, double) === double]));
  return {
    name,
    rowCount: columns.rowCount,
    metricNames,
    cells: {
      moduleHashes: columns.values('module_hash', Uint8Array, HASH_BYTES),
      vertices: columns.values('vertices', Uint8Array),
      edges: columns.values('edges', Uint32Array),
      operations: columns.values<CellColumns['operations']>('operations', INDEX_TYPES[indexType]),
      operationLists: columns.dictionary('operations').map(splitOperations),
      trainableParameters: columns.values('trainable_parameters', Uint32Array),
    },
    metric: (metric) => ({
      name: metric,
      repeats,
      ...(isDouble.get(metric) === true
        ? columns.lists(metric, Float64Array, repeats)
        : columns.lists(metric, Float32Array, repeats)),
    }),
  };
}
