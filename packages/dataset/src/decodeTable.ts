import { ColumnReader } from './arrow/readColumns.ts';
import { readArrowFile } from './arrow/readFile.ts';
import { type ByteSource, memorySource } from './byteSource.ts';
import { epochsColumns, requiredColumns } from './columns.ts';
import { HASH_BYTES } from './hashBytes.ts';
import { metadataFromPairs } from './metadata.ts';
import { BenchmarkTable, type MetricColumn, splitOperations, type TableSource } from './table.ts';

/**
 * A table from the bytes of an Arrow file. The columns are views of `bytes`, which must not change afterwards.
 * Throws TableFormatError if it is not Arrow, not a table of ours, newer, truncated, or has other columns.
 */
export function decodeTable(bytes: Uint8Array, name = 'table'): BenchmarkTable {
  return readTable(memorySource(bytes, name));
}

/** A table whose columns are read from `source` when they are first used; now only headers are, a few kB. */
export function readTable(source: ByteSource): BenchmarkTable {
  const file = readArrowFile(source);
  const metadata = metadataFromPairs(file.metadata, source.name);
  const columns = new ColumnReader(source, file);
  return new BenchmarkTable(metadata, new FileColumns(source.name, columns, metadata));
}

const INDEX_TYPES = {
  'dictionary<int8, utf8>': Int8Array,
  'dictionary<int16, utf8>': Int16Array,
  'dictionary<int32, utf8>': Int32Array,
} as const;

/** Columns of a file, typed, checked and read on first use. */
class FileColumns implements TableSource {
  readonly name: string;
  readonly rowCount: number;
  readonly metricNames: readonly string[];
  readonly #columns: ColumnReader;
  readonly #repeats: number;
  readonly #indexType: keyof typeof INDEX_TYPES;
  readonly #kept = new Map<string, unknown>();

  constructor(
    name: string,
    columns: ColumnReader,
    { epochs, repeats }: { epochs: readonly number[]; repeats: number },
  ) {
    this.name = name;
    this.rowCount = columns.rowCount;
    this.#columns = columns;
    this.#repeats = repeats;
    columns.checkType('module_hash', `fixed_size_binary[${HASH_BYTES}]`);
    columns.checkType('vertices', 'uint8');
    columns.checkType('edges', 'uint32');
    this.#indexType = columns.checkType(
      'operations',
      'dictionary<int16, utf8>',
      'dictionary<int32, utf8>',
      'dictionary<int8, utf8>',
    );
    columns.checkType('trainable_parameters', 'uint32');
    const optional = epochsColumns(epochs).filter((spec) => columns.has(spec.name));
    this.metricNames = [...requiredColumns(epochs), ...optional].map((spec) => spec.name);
    for (const metric of this.metricNames) this.#isWide(metric);
  }

  get moduleHashes(): Uint8Array {
    return this.#once('module_hash', () => this.#columns.values('module_hash', Uint8Array, HASH_BYTES));
  }

  get vertices(): Uint8Array {
    return this.#once('vertices', () => this.#columns.values('vertices', Uint8Array));
  }

  get edges(): Uint32Array {
    return this.#once('edges', () => this.#columns.values('edges', Uint32Array));
  }

  get operations(): Int8Array | Int16Array | Int32Array {
    return this.#once('operations', () =>
      this.#columns.values<Int8Array | Int16Array | Int32Array>('operations', INDEX_TYPES[this.#indexType]),
    );
  }

  get operationLists(): readonly (readonly string[])[] {
    return this.#once('dictionary', () => this.#columns.dictionary('operations').map(splitOperations));
  }

  get trainableParameters(): Uint32Array {
    return this.#once('trainable_parameters', () => this.#columns.values('trainable_parameters', Uint32Array));
  }

  readMetric(name: string): MetricColumn {
    const repeats = this.#repeats;
    const { values, validity } = this.#isWide(name)
      ? this.#columns.lists(name, Float64Array, repeats)
      : this.#columns.lists(name, Float32Array, repeats);
    return { name, repeats, values, validity };
  }

  #isWide(name: string): boolean {
    const [single, double] = ['float', 'double'].map((type) => `fixed_size_list<${type}>[${this.#repeats}]`);
    return this.#columns.checkType(name, single, double) === double;
  }

  #once<T>(key: string, read: () => T): T {
    let value = this.#kept.get(key) as T | undefined;
    if (value === undefined) {
      value = read();
      this.#kept.set(key, value);
    }
    return value;
  }
}
