import { type ArrayData, arrowFilePieces, type BatchData } from './arrow/writeFile.ts';
import type { SchemaField } from './arrow/writeSchema.ts';
import { countBits } from './bits.ts';
import { type CompactLayout, countColumn, layoutToPair } from './compact/compactLayout.ts';
import { hashesOf, OFFICIAL_NETWORK, parametersOf } from './compact/computedCells.ts';
import { asCounts } from './compact/counts.ts';
import { HASH_BYTES } from './hashBytes.ts';
import { metadataToPairs } from './metadata.ts';
import { packCells } from './packedCells.ts';
import type { BenchmarkTable } from './table.ts';
import type { CellColumns, EngineColumn, MetricColumn } from './tableSource.ts';

export interface EncodeOptions {
  /**
   * Takes about half the room: accuracies that are exactly float32 quotients become counts of images, and module
   * hashes and parameters are left out where they follow from the cell. Reading gives the same table, bit for bit; other
   * programs see the counts. Default false.
   */
  readonly compact?: boolean;
}

/** The table as an Arrow IPC file, which pyarrow, pandas and polars open as it is. Holds the whole file in memory. */
export function encodeTable(table: BenchmarkTable, options: EncodeOptions = {}): Uint8Array {
  const pieces = [...encodeTableInPieces(table, options)];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.byteLength;
  }
  return bytes;
}

/** The same file as consecutive pieces, most of them the columns themselves: writing them needs no copy in memory. */
export function* encodeTableInPieces(
  table: BenchmarkTable,
  { compact = false }: EncodeOptions = {},
): Generator<Uint8Array> {
  const { cells, rowCount, metadata, engineColumns } = table;
  const metrics = table.metricNames.map((name) => table.column(name));
  const columns = compact ? compactColumns(table, metrics) : { metrics, computed: [] as readonly string[], pairs: [] };
  const left = cellColumns(cells).filter(({ name }) => !columns.computed.includes(name));
  const fields = [
    ...left.map(({ name, type }) => ({ name, type, nullable: false })),
    ...[...columns.metrics, ...engineColumns].map(listField),
  ];
  const arrays = [
    ...left.map(({ values }) => ({ length: rowCount, nullCount: 0, buffers: [NO_NULLS, values] })),
    ...[...columns.metrics, ...engineColumns].flatMap((column) => listArrays(column, rowCount)),
  ];
  const operations = { id: OPERATIONS_ID, batch: utf8Batch(cells.operationLists.map((list) => list.join(','))) };
  const pairs = [...metadataToPairs(metadata), ...columns.pairs];
  yield* arrowFilePieces({ fields, metadata: pairs }, [operations], { length: rowCount, arrays });
}

/** A per-run column as it is written: as it is, or as counts of images. */
type WrittenMetric = Omit<MetricColumn, 'values'> & {
  readonly values: MetricColumn['values'] | Uint16Array;
};

const OPERATIONS_ID = 0;
const NO_NULLS = new Uint8Array(0);

/** What of a table a compact file holds, and how. */
function compactColumns({ cells, metadata }: BenchmarkTable, plain: readonly MetricColumn[]) {
  const counts: Record<string, number> = {};
  const metrics = plain.map((column): WrittenMetric => {
    const counted = countColumn(column.name) === column.name ? undefined : asCounts(column);
    if (counted === undefined) return column;
    const name = countColumn(column.name);
    counts[name] = counted.images;
    return { ...column, name, values: counted.counts };
  });
  const packed = packCells(cells, metadata.space);
  const network = metadata.network ?? OFFICIAL_NETWORK;
  const isSame = (found: ArrayLike<number> | undefined, stored: Uint8Array | Uint32Array): boolean =>
    found !== undefined && stored.every((value, i) => found[i] === value);
  const computed: ('module_hash' | 'trainable_parameters')[] = [];
  if (isSame(hashesOf(packed), cells.moduleHashes)) computed.push('module_hash');
  const hasParameters = isSame(parametersOf(packed, network), cells.trainableParameters);
  if (hasParameters) computed.push('trainable_parameters');
  const layout: CompactLayout = { counts, computed, network: hasParameters ? network : null };
  return { metrics, computed: computed as readonly string[], pairs: [layoutToPair(layout)] };
}

function cellColumns(cells: CellColumns): { name: string; type: SchemaField['type']; values: ArrayBufferView }[] {
  const { operations } = cells;
  const isWide = operations instanceof Int32Array;
  return [
    { name: 'module_hash', type: { kind: 'fixed-size-binary', bytes: HASH_BYTES }, values: cells.moduleHashes },
    { name: 'vertices', type: { kind: 'int', bits: 8, signed: false }, values: cells.vertices },
    { name: 'edges', type: { kind: 'int', bits: 32, signed: false }, values: cells.edges },
    {
      name: 'operations',
      // Signed indices: pandas converts no others to its categories.
      type: { kind: 'dictionary-utf8', id: OPERATIONS_ID, indexBits: isWide ? 32 : 16 },
      values: isWide ? operations : Int16Array.from(operations),
    },
    { name: 'trainable_parameters', type: { kind: 'int', bits: 32, signed: false }, values: cells.trainableParameters },
  ];
}

function listField({ name, repeats, values }: WrittenMetric | EngineColumn): SchemaField {
  const bits = values.BYTES_PER_ELEMENT * 8;
  const item =
    values instanceof Uint16Array || values instanceof Uint8Array
      ? ({ kind: 'int', bits: bits === 8 ? 8 : 16, signed: false } as const)
      : ({ kind: 'float', bits: bits === 32 ? 32 : 64 } as const);
  return { name, type: { kind: 'fixed-size-list', size: repeats, item }, nullable: false };
}

function listArrays({ repeats, values, validity }: WrittenMetric | EngineColumn, rowCount: number): ArrayData[] {
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
