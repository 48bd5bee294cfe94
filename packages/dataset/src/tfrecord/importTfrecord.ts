import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { NASBENCH_101 } from '@nasbench/graph';
import { epochsColumns, POINTS, requiredColumns, scheduledEpochs } from '../columns.ts';
import { grown } from '../growingColumn.ts';
import { readHash } from '../hashBytes.ts';
import { FORMAT_VERSION, PROVENANCES, type TableMetadata } from '../metadata.ts';
import type { BenchmarkTable } from '../table.ts';
import { tableFromColumns } from '../tableFromColumns.ts';
import type { MetricColumn } from '../tableSource.ts';
import { CellLog } from './cellLog.ts';
import { OperationTexts } from './cellText.ts';
import { countDuplicates } from './duplicates.ts';
import { TfrecordError } from './errors.ts';
import { explainRecord } from './explainRecord.ts';
import { checkpointKey, type TfrecordForm } from './form.ts';
import { FOOTER_BYTES, FrameReader, HEADER_BYTES } from './frames.ts';
import { findWrongHash, type HashChecker, type WrongHash } from './hashCheck.ts';
import type { Fail } from './metrics.ts';
import { OFFICIAL_METADATA, officialFileOf } from './officialFiles.ts';
import { RecordReader } from './readRecord.ts';
import { createRun, POINT_VALUES, placeOf } from './run.ts';
import { RunLog } from './runLog.ts';
import { RecordWriter } from './writeRecord.ts';

/** Computes the SHA-256 of a file while it is read: Node's `createHash('sha256')` is one. */
export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

export interface ImportOptions {
  /** Names the file in messages. */
  readonly name?: string;
  /**
   * What a TFRecord does not say about its numbers. `provenance` must be given unless the checksum is an official one;
   * `space` is NAS-Bench-101's by default.
   */
  readonly metadata?: Partial<Omit<TableMetadata, 'formatVersion' | 'epochs' | 'repeats' | 'tfrecord'>>;
  /** Most runs of a cell and budget: more are refused. By default the table has as many repeats as the file. */
  readonly repeats?: number;
  readonly sha256?: Sha256;
  /** Internal: by default all cells are hashed here, after the last record. */
  readonly hashChecker?: HashChecker;
  /** Called for every piece of the source with what was read so far. */
  readonly onProgress?: (bytes: number, records: number) => void;
}

export interface ImportResult {
  readonly table: BenchmarkTable;
  readonly records: number;
  readonly bytes: number;
  /** null if no `sha256` was given to compute it. */
  readonly sha256: string | null;
  /** Name of the official file that this is, by its checksum. */
  readonly officialFile: string | null;
  /** Records whose values are all kept but which an export writes differently: other JSON spacing or order of fields. */
  readonly rewritten: number;
  /** Occurrences of protobuf fields that are not part of the format; they are not kept. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** Runs that some cell lacks while another has them: nulls of the table. */
  readonly missingRuns: number;
  /** Runs that are equal in every value to an earlier repeat of their cell and budget. They are kept. */
  readonly duplicateRuns: number;
}

/**
 * Reads a file of the form of `nasbench_full.tfrecord`, piece by piece, into a table. A piece is not looked at again once
 * the next one is asked for. Nothing is lost: `exportTfrecord`
 * of the table gives back every record byte by byte, apart from those counted as `rewritten`. Repeats are in order of
 * appearance. Both CRCs of every record and the module hash of every cell are checked.
 *
 * @throws TfrecordError with record number and byte offset for a damaged file or a record that a table cannot hold;
 * UsageError if the file is not an official one and `metadata.provenance` is not given.
 */
export async function importTfrecord(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const importer = new Importer(options);
  for await (const chunk of source) importer.push(chunk);
  return importer.finish();
}

/** Codes of budgets and repeats are bytes. */
const MAX_BUDGETS = 64;
const MAX_REPEATS = 255;
/** Slots of the table for each record: a file that fills fewer would make a table many times its size. */
const MAX_SLOTS_PER_RECORD = 64;
const MAX_CHECKPOINT_PATHS = 2 ** 16;

class Importer {
  readonly #options: ImportOptions;
  readonly #name: string;
  readonly #frames: FrameReader;
  readonly #texts: OperationTexts;
  readonly #reader: RecordReader;
  readonly #cells: CellLog;
  readonly #runs = new RunLog();
  readonly #run = createRun();
  readonly #budgets: number[] = [];
  /** Runs so far by budget code and row. */
  readonly #counts: Uint8Array[] = [];
  /** At code * 3 + point: the epochs when a point is due, and whether some run measured it at another. */
  readonly #dueEpochs: number[] = [];
  readonly #isUnscheduled = new Uint8Array(POINTS.length * MAX_BUDGETS);
  readonly #checkpointPaths = new Map<string, string>();
  readonly #unknownFields = new Map<string, number>();
  readonly #hashChecks: Promise<WrongHash | undefined>[] = [];
  #mime: boolean | undefined;
  #bytes = 0;
  #rewritten = 0;

  constructor(options: ImportOptions) {
    const space = options.metadata?.space ?? NASBENCH_101;
    if (space.operations.length ** (space.maxVertices - 2) > 2 ** 28) {
      throw new UsageError(`cannot import a space of ${space.operations.length} operations: at most 2^28 labelings`);
    }
    const { repeats = 1 } = options;
    if (!Number.isInteger(repeats) || repeats < 1 || repeats > MAX_REPEATS) {
      throw new UsageError(`repeats must be an integer of 1 .. ${MAX_REPEATS}, found ${repeats}`);
    }
    this.#options = options;
    this.#name = options.name ?? 'TFRecord';
    this.#frames = new FrameReader(this.#name);
    this.#texts = new OperationTexts(space);
    this.#reader = new RecordReader(this.#texts);
    this.#cells = new CellLog(this.#texts);
  }

  push(chunk: Uint8Array): void {
    this.#options.sha256?.update(chunk);
    this.#bytes += chunk.length;
    this.#frames.push(chunk, this.#onData);
    const { hashChecker } = this.#options;
    if (hashChecker !== undefined && this.#cells.newRows >= hashChecker.batchCells) {
      this.#hashChecks.push(hashChecker.check(this.#cells.takeBatch()));
    }
    this.#options.onProgress?.(this.#bytes, this.#frames.record);
  }

  async finish(): Promise<ImportResult> {
    this.#frames.finish();
    const sha256 = this.#options.sha256?.digest('hex') ?? null;
    const officialFile = (sha256 === null ? undefined : officialFileOf(sha256)?.name) ?? null;
    await this.#checkHashes();
    const table = this.#table(this.#about(officialFile, sha256));
    const slots = this.#cells.rowCount * this.#budgets.length * table.metadata.repeats;
    return {
      table,
      records: this.#runs.length,
      bytes: this.#bytes,
      sha256,
      officialFile,
      rewritten: this.#rewritten,
      unknownFields: Object.fromEntries(this.#unknownFields),
      missingRuns: slots - this.#runs.length,
      duplicateRuns: countDuplicates(table),
    };
  }

  readonly #fail: Fail = (problem) => {
    const { record, frameOffset } = this.#frames;
    throw new TfrecordError(this.#name, record, frameOffset + HEADER_BYTES, problem);
  };

  readonly #onUnknown = (field: string): void => {
    this.#unknownFields.set(field, (this.#unknownFields.get(field) ?? 0) + 1);
  };

  readonly #onData = (bytes: Uint8Array, view: DataView, start: number, end: number): void => {
    const run = this.#run;
    if (!this.#reader.read(bytes, view, start, end, run)) {
      const data = bytes.subarray(start, end);
      explainRecord(data, this.#texts, run, this.#fail, this.#onUnknown);
      if (!this.#isWrittenAs(data)) this.#rewritten++;
    }
    this.#mime ??= run.mime;
    if (run.mime !== this.#mime) {
      this.#fail(`expected base64 ${this.#mime ? 'with' : 'without'} line breaks as in record 0, found the other form`);
    }
    const { record, frameOffset } = this.#frames;
    const row = this.#cells.rowOf(run, record, frameOffset + HEADER_BYTES, this.#fail);
    const budget = this.#budgetCode(run.epochs);
    const repeat = this.#nextRepeat(row, budget);
    for (let point = 0; point < POINTS.length; point++) {
      const slot = POINTS.length * budget + point;
      if (run.values[point * POINT_VALUES] !== this.#dueEpochs[slot]) this.#isUnscheduled[slot] = 1;
    }
    this.#runs.append(run, row, budget, repeat);
    if (run.checkpointPaths !== null) this.#keepPaths(run.checkpointPaths, repeat);
  };

  /** Whether an export writes the run as these bytes. */
  #isWrittenAs(data: Uint8Array): boolean {
    const writer = new RecordWriter(this.#texts);
    writer.cell(this.#run);
    writer.run(this.#run);
    const [piece] = writer.pieces(true);
    const written = piece.subarray(HEADER_BYTES, piece.length - FOOTER_BYTES);
    return written.length === data.length && written.every((byte, i) => byte === data[i]);
  }

  #budgetCode(epochs: number): number {
    const known = this.#budgets.indexOf(epochs);
    if (known >= 0) return known;
    if (this.#budgets.length === MAX_BUDGETS) {
      this.#fail(`expected at most ${MAX_BUDGETS} different numbers of epochs, found one more: ${epochs}`);
    }
    this.#counts.push(new Uint8Array(0));
    this.#dueEpochs.push(...POINTS.map((point) => scheduledEpochs(epochs, point)));
    return this.#budgets.push(epochs) - 1;
  }

  #nextRepeat(row: number, budget: number): number {
    const most = this.#options.repeats ?? MAX_REPEATS;
    const counts = grown(this.#counts[budget], row + 1);
    this.#counts[budget] = counts;
    if (counts[row] === most) {
      this.#fail(
        `expected at most ${most} runs of cell ${readHash(this.#run.hash, 0)} with ${this.#run.epochs} epochs, found one more`,
      );
    }
    return counts[row]++;
  }

  #keepPaths(paths: readonly (string | null)[], repeat: number): void {
    for (const [point, path] of paths.entries()) {
      if (path === null) continue;
      if (this.#checkpointPaths.size === MAX_CHECKPOINT_PATHS) {
        this.#fail(`expected at most ${MAX_CHECKPOINT_PATHS} checkpoint paths, found one more`);
      }
      const { hash, epochs } = this.#run;
      this.#checkpointPaths.set(checkpointKey(readHash(hash, 0), epochs, repeat, point), path);
    }
  }

  async #checkHashes(): Promise<void> {
    const last = findWrongHash(this.#cells.takeBatch());
    // Batches are in order of appearance.
    const wrong = (await Promise.all(this.#hashChecks)).find((found) => found !== undefined) ?? last;
    if (wrong === undefined) return;
    const { record, byteOffset } = this.#cells.originOf(wrong.row);
    const problem = `expected the module hash of the record's graph, ${readHash(wrong.actual, 0)}, found ${this.#cells.hashOf(wrong.row)}`;
    throw new TfrecordError(this.#name, record, byteOffset, problem);
  }

  #about(officialFile: string | null, sha256: string | null): Omit<TableMetadata, 'epochs' | 'repeats'> {
    const given = this.#options.metadata ?? {};
    const provenance = officialFile === null ? given.provenance : 'official';
    if (provenance === undefined) {
      throw new UsageError(
        `${this.#name}: not an official file${sha256 === null ? '' : ` (SHA-256 ${sha256})`}; say where its numbers come from: provenance ${PROVENANCES.join(', ')}`,
      );
    }
    const claimed =
      provenance === 'official' && officialFile === null
        ? { notes: 'provenance as given at import: the file has none of the official checksums' }
        : {};
    return {
      space: NASBENCH_101,
      images: null,
      network: null,
      training: null,
      codeVersion: 'unknown',
      seed: null,
      engine: null,
      ...(provenance === 'official' ? OFFICIAL_METADATA : {}),
      ...claimed,
      ...given,
      ...this.#form(),
      formatVersion: FORMAT_VERSION,
      provenance,
    };
  }

  #form(): { tfrecord?: TfrecordForm } {
    const paths = [...this.#checkpointPaths].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const form: TfrecordForm = {
      ...(this.#mime === false ? { base64: 'plain' } : {}),
      ...(paths.length > 0 ? { checkpointPaths: Object.fromEntries(paths) } : {}),
    };
    return Object.keys(form).length > 0 ? { tfrecord: form } : {};
  }

  #table(about: Omit<TableMetadata, 'epochs' | 'repeats'>): BenchmarkTable {
    const epochs = this.#budgets.toSorted((a, b) => a - b);
    const repeats =
      this.#options.repeats ??
      this.#counts.reduce((most, counts) => counts.reduce((max, count) => Math.max(max, count), most), 0);
    const slots = this.#cells.rowCount * epochs.length * repeats;
    if (slots > MAX_SLOTS_PER_RECORD * this.#runs.length) {
      throw new NasbenchError(
        `${this.#name}: expected about as many runs of every cell, found ${this.#runs.length} records for ${this.#cells.rowCount} cells, ${epochs.length} budgets and ${repeats} repeats`,
      );
    }
    const { cells, positions } = this.#cells.finish();
    return tableFromColumns({ ...about, epochs, repeats }, cells, this.#metrics(epochs, repeats, positions));
  }

  #metrics(epochs: readonly number[], repeats: number, positions: Uint32Array): MetricColumn[] {
    const codes = new Map(epochs.map((budget) => [budget, this.#budgets.indexOf(budget)]));
    const codeOf = (budget: number): number => codes.get(budget) as number;
    const unscheduled = epochsColumns(epochs).filter(
      ({ budget, point }) => this.#isUnscheduled[POINTS.length * codeOf(budget) + POINTS.indexOf(point)] === 1,
    );
    this.#runs.close(positions, repeats);
    return [...requiredColumns(epochs), ...unscheduled].map((spec) =>
      this.#runs.takeColumn(codeOf(spec.budget), placeOf(spec), spec.name, repeats),
    );
  }
}
