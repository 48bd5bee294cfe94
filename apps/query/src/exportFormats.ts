import path from 'node:path';
import {
  type BenchmarkTable,
  encodeTableInPieces,
  exportCsv,
  exportJson,
  exportJsonLines,
  exportTfrecord,
  packCells,
} from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import { referenceJson } from './referenceJson.ts';

export interface ExportFormat {
  /** For people, after "as". */
  readonly name: string;
  /** Bytes a run is expected to take, about, for the progress bar; undefined where rows are counted. */
  readonly bytesPerRun?: number;
  readonly write: (
    table: BenchmarkTable,
    onRows: (rows: number) => void,
  ) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** By what the file's name ends with. */
const BY_ENDING: Readonly<Record<string, ExportFormat>> = {
  // The official file: 1 989 MiB for 5 083 488 records.
  '.tfrecord': { name: 'TFRecord', bytesPerRun: 410, write: (table) => exportTfrecord(table) },
  '.parquet': { name: 'Parquet', write: parquetPieces },
  '.csv': { name: 'CSV', write: (table, onProgress) => exportCsv(table, { onProgress }) },
  '.json': { name: 'JSON', write: (table, onProgress) => exportJson(table, { onProgress }) },
  '.jsonl': { name: 'JSON Lines', write: (table, onProgress) => exportJsonLines(table, { onProgress }) },
  '.ndjson': { name: 'JSON Lines', write: (table, onProgress) => exportJsonLines(table, { onProgress }) },
  '.arrow': { name: 'Arrow', bytesPerRun: 60, write: (table) => encodeTableInPieces(table) },
};

/** The file that the reference's `generate_graphs.py` writes: the cells without their metrics. */
const GRAPHS_FILE = 'generated_graphs.json';

const GRAPHS: ExportFormat = {
  name: "the reference's generated_graphs.json",
  bytesPerRun: 80,
  write: ({ cells, metadata }) => referenceJson(packCells(cells, metadata.space), cells.moduleHashes),
};

const COMPACT: ExportFormat = {
  name: 'compact Arrow',
  bytesPerRun: 13,
  write: (table) => encodeTableInPieces(table, { compact: true }),
};

/** The format that a file's name asks for. Throws UsageError if no format has such a name, or if it cannot be compact. */
export function formatOf(file: string, { compact }: { readonly compact: boolean }): ExportFormat {
  const ending = path.extname(file).toLowerCase();
  if (compact) {
    if (ending === '.arrow') return COMPACT;
    throw new UsageError(`cannot export to ${file}: --compact makes Arrow files, whose names end with .arrow`);
  }
  if (path.basename(file) === GRAPHS_FILE) return GRAPHS;
  if (Object.hasOwn(BY_ENDING, ending)) return BY_ENDING[ending];
  throw new UsageError(
    `cannot export to ${file}: expected a name that ends with ${Object.keys(BY_ENDING).join(', ')}, or ${GRAPHS_FILE}`,
  );
}

/** The library that writes Parquet is loaded only if it is asked for. */
async function* parquetPieces(table: BenchmarkTable, onProgress: (rows: number) => void): AsyncGenerator<Uint8Array> {
  const { exportParquet } = await import('@nasbench/dataset/parquet');
  yield* exportParquet(table, { onProgress });
}
