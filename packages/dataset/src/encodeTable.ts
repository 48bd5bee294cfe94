import { type ArrayData, arrowFilePieces, type BatchData } from './arrow/writeFile.ts';
import type { SchemaField } from './arrow/writeSchema.ts';
import { countBits } from './bits.ts';
import { HASH_BYTES } from './hashBytes.ts';
import { metadataToPairs } from './metadata.ts';
import type { BenchmarkTable } from './table.ts';
import type { CellColumns, MetricColumn } from './tableSource.ts';

/** The table as an Arrow IPC file, which pyarrow, pandas and polars open as it is. Holds the whole file in memory. */
export function encodeTable(table: BenchmarkTable): Uint8Array {
  const pieces = [...encodeTableInPieces(table)];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.byteLength;
  }
  return bytes;
}

/** The same file as consecutive pieces, most of them the columns themselves: writing them needs no copy in memory. */
export function* encodeTableInPieces(table: BenchmarkTable): Generator<Uint8Array> {
  const { cells, rowCount, metadata } = table;
  const metrics = table.metricNames.map((name) => table.column(name));
  const fields = [...cellFields(cells), ...metrics.map(metricField)];
  const arrays = [...cellArrays(cells, rowCount), ...metrics.flatMap((column) => metricArrays(column, rowCount))];
  const operations = { id: OPERATIONS_ID, batch: utf8Batch(cells.operationLists.map((list) => list.join(','))) };
  yield* arrowFilePieces({ fields, metadata: metadataToPairs(metadata) }, [operations], { length: rowCount, arrays });
}

const OPERATIONS_ID = 0;
const NO_NULLS = new Uint8Array(0);

function cellFields({ operations }: CellColumns): SchemaField[] {
  const nullable = false;
  return [
    { name: 'module_hash', type: { kind: 'fixed-size-binary', bytes: HASH_BYTES }, nullable },
    { name: 'vertices', type: { kind: 'int', bits: 8, signed: false }, nullable },
    { name: 'edges', type: { kind: 'int', bits: 32, signed: false }, nullable },
    {
      name: 'operations',
      // Signed indices: pandas converts no others to its categories.
      type: { kind: 'dictionary-utf8', id: OPERATIONS_ID, indexBits: operations instanceof Int32Array ? 32 : 16 },
      nullable,
    },
    { name: 'trainable_parameters', type: { kind: 'int', bits: 32, signed: false }, nullable },
  ];
}

function cellArrays(cells: CellColumns, length: number): ArrayData[] {
  const codes = cells.operations instanceof Int32Array ? cells.operations : Int16Array.from(cells.operations);
  return [cells.moduleHashes, cells.vertices, cells.edges, codes, cells.trainableParameters].map((values) => ({
    length,
    nullCount: 0,
    buffers: [NO_NULLS, values],
  }));
}

function metricField({ name, repeats, values }: MetricColumn): SchemaField {
  const bits = values instanceof Float32Array ? 32 : 64;
  return { name, type: { kind: 'fixed-size-list', size: repeats, item: { kind: 'float', bits } }, nullable: false };
}

function metricArrays({ repeats, values, validity }: MetricColumn, rowCount: number): ArrayData[] {
  const length = rowCount * repeats;
  const nullCount = validity === null ? 0 : length - countBits(validity, length);
  return [
    { length: rowCount, nullCount: 0, buffers: [NO_NULLS] },
    { length, nullCount, buffers: [nullCount === 0 || validity === null ? NO_NULLS : validity, values] },
  ];
}

function utf8Batch(texts: readonly string[]): BatchData {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, text] of encoded.entries()) offsets[i + 1] = offsets[i] + text.length;
  const values = new Uint8Array(offsets[texts.length]);
  for (const [i, text] of encoded.entries()) values.set(text, offsets[i]);
  return {
    length: texts.length,
    arrays: [{ length: texts.length, nullCount: 0, buffers: [NO_NULLS, offsets, values] }],
  };
}
