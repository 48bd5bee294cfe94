import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { metadataToPairs } from '../metadata.ts';
import type { BenchmarkTable } from '../table.ts';
import type { MetricColumn } from '../tableSource.ts';
import {
  CELL_COLUMNS,
  type ExportOptions,
  engineTexts,
  flatColumnNames,
  rowRanges,
  valueOrNull,
} from './flatColumns.ts';

/** What DuckDB and pyarrow recommend at least, so that a query over few columns reads long runs. */
const ROWS_IN_A_GROUP = 122_880;

/**
 * The table as Parquet in pieces, one row group after the other. Columns as in `exportCsv`, typed: hash, operations and
 * provenance as texts, unsigned integers, and FLOAT or DOUBLE for each repeat (`test_accuracy_108_0`), null where the run is
 * absent. The table's metadata are key-value pairs under the names that the Arrow file has them. Snappy compression.
 */
export function* exportParquet(table: BenchmarkTable, { onProgress }: ExportOptions = {}): Generator<Uint8Array> {
  const metrics = table.metricNames.map((name) => table.column(name));
  const bytes = new ByteWriter();
  // Nothing here waits: a ByteWriter has no flush. Its position in the file goes on, whatever is taken from its buffer.
  const take = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(table, metrics),
    kvMetadata: metadataToPairs(table.metadata).map(([key, value]) => ({ key, value })),
    createdBy: `nasbench ${table.metadata.codeVersion}`,
  });
  for (const [start, end] of rowRanges(table.rowCount, ROWS_IN_A_GROUP)) {
    void writer.write({ columnData: columnsOf(table, metrics, start, end), rowGroupSize: end - start });
    yield take();
    onProgress?.(end);
  }
  void writer.finish();
  yield take();
}

function schemaOf(table: BenchmarkTable, metrics: readonly MetricColumn[]): SchemaElement[] {
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const;
  const unsigned = (converted_type: 'UINT_8' | 'UINT_32') =>
    ({ type: 'INT32', converted_type, repetition_type: 'REQUIRED' }) as const;
  const cellTypes: readonly Omit<SchemaElement, 'name'>[] = [
    text,
    unsigned('UINT_8'),
    unsigned('UINT_32'),
    text,
    unsigned('UINT_32'),
  ];
  const metricTypes = metrics.flatMap(({ values, repeats }) =>
    Array.from({ length: repeats }, () => ({
      type: values instanceof Float32Array ? ('FLOAT' as const) : ('DOUBLE' as const),
      repetition_type: 'OPTIONAL' as const,
    })),
  );
  const engineTypes = engineTexts(table).flatMap(({ repeats }) =>
    Array.from({ length: repeats }, () => ({ ...text, repetition_type: 'OPTIONAL' as const })),
  );
  const types = [...cellTypes, ...metricTypes, ...engineTypes, text];
  const names = flatColumnNames(table);
  return [
    { name: 'schema', num_children: names.length },
    ...names.map((name, i): SchemaElement => ({ ...types[i], name })),
  ];
}

function columnsOf(
  table: BenchmarkTable,
  metrics: readonly MetricColumn[],
  start: number,
  end: number,
): ColumnSource[] {
  const { cells, metadata } = table;
  const rows = <T>(valueOf: (row: number) => T): T[] =>
    Array.from({ length: end - start }, (_, i) => valueOf(start + i));
  const operations = cells.operationLists.map((list) => list.join(','));
  // hyparquet-writer 0.17 refuses typed arrays whose values need the 32nd bit.
  const unsigned = (values: Uint32Array): number[] => Array.from(values.subarray(start, end));
  const cellData: Record<(typeof CELL_COLUMNS)[number], ColumnSource['data']> = {
    module_hash: rows((row) => table.moduleHash(row)),
    vertices: Int32Array.from(cells.vertices.subarray(start, end)),
    edges: unsigned(cells.edges),
    operations: rows((row) => operations[cells.operations[row]]),
    trainable_parameters: unsigned(cells.trainableParameters),
  };
  return [
    ...CELL_COLUMNS.map((name) => ({ name, data: cellData[name] })),
    ...metrics.flatMap((column) =>
      Array.from({ length: column.repeats }, (_, repeat) => ({
        name: `${column.name}_${repeat}`,
        data: repeatOf(column, repeat, start, end),
      })),
    ),
    ...engineTexts(table).flatMap(({ name, repeats, text }) =>
      Array.from({ length: repeats }, (_, repeat) => ({
        name: `${name}_${repeat}`,
        data: rows((row) => text(row * repeats + repeat)),
      })),
    ),
    { name: 'provenance', data: rows(() => metadata.provenance) },
  ];
}

/** One repeat of the rows: a typed array where no run is absent. */
function repeatOf(column: MetricColumn, repeat: number, start: number, end: number): ColumnSource['data'] {
  const { values, repeats, validity } = column;
  if (validity !== null) {
    return Array.from({ length: end - start }, (_, i) => valueOrNull(column, (start + i) * repeats + repeat));
  }
  const one = values instanceof Float32Array ? new Float32Array(end - start) : new Float64Array(end - start);
  for (let i = 0; i < one.length; i++) one[i] = values[(start + i) * repeats + repeat];
  return one;
}
