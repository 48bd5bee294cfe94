import { bitmapBytes, setBit } from './bits.ts';
import { BudgetRuns } from './budgetRuns.ts';
import { engineColumn } from './columns.ts';
import { ConflictError, InvalidMetadataError, InvalidRecordError } from './errors.ts';
import { grown } from './growingColumn.ts';
import { HASH_BYTES, writeHash } from './hashBytes.ts';
import { metadataProblem, type TableMetadata } from './metadata.ts';
import { checkCell, checkHashes, checkRecord } from './recordChecks.ts';
import { splitOperations } from './recordedCell.ts';
import type { RunRecord } from './records.ts';
import type { BenchmarkTable } from './table.ts';
import { tableFromColumns } from './tableFromColumns.ts';
import type { CellColumns, EngineColumn } from './tableSource.ts';

/**
 * A table from run records, in any order and not necessarily complete: runs that are absent or failed become nulls.
 * Rows come out sorted by module hash, and of two records of one run, which may differ in measured times, the quickest is
 * kept: the same records give the same table in whatever order they arrive. Throws as `TableBuilder.add` does.
 */
export function buildTable(records: Iterable<RunRecord>, metadata: TableMetadata): BenchmarkTable {
  const builder = new TableBuilder(metadata);
  for (const record of records) builder.add(record);
  return builder.build();
}

/** Codes of engines are bytes, of which 0 is none. */
const MOST_ENGINES = 255;

/** Collects run records into columns; memory is that of the columns, not of the records. */
export class TableBuilder {
  readonly metadata: TableMetadata;
  readonly #rows = new Map<string, number>();
  #hashes = new Uint8Array(0);
  #vertices = new Uint8Array(0);
  #edges = new Uint32Array(0);
  #operations = new Int32Array(0);
  #parameters = new Uint32Array(0);
  readonly #operationCodes = new Map<string, number>();
  /** Matrices that were seen to be pruned and of the space. */
  readonly #shapes = new Set<string>();
  readonly #budgets: ReadonlyMap<number, BudgetRuns>;
  /** By code. */
  readonly #engines: string[] = [''];
  readonly #engineCodes = new Map<string, number>();

  /** Throws InvalidMetadataError. */
  constructor(metadata: TableMetadata) {
    const problem = metadataProblem(metadata);
    if (problem !== undefined) throw new InvalidMetadataError(problem);
    if (metadata.finalOnly === true) {
      throw new InvalidMetadataError('metadata field finalOnly: records hold all points of a run; see finalMetrics');
    }
    this.metadata = metadata;
    this.#budgets = new Map(metadata.epochs.map((budget) => [budget, new BudgetRuns(budget, this.#engines)]));
  }

  /** Cells seen so far. */
  get rowCount(): number {
    return this.#rows.size;
  }

  /** Runs so far, failed ones included. */
  get runCount(): number {
    return this.#sum(({ runs }) => runs);
  }

  get failedCount(): number {
    return this.#sum(({ failed }) => failed);
  }

  #sum(of: (runs: BudgetRuns) => number): number {
    return [...this.#budgets.values()].reduce((sum, runs) => sum + of(runs), 0);
  }

  /**
   * Takes one record. Of two records of a run (cell, epochs, repeat) that agree in everything but measured times the one with
   * the least total time is kept, of a failed and a completed one the latter: whatever their order. Throws
   * InvalidRecordError for a value out of range, or a cell or budget outside the metadata; ConflictError if two records of
   * a run or a cell disagree, and then takes nothing of the record.
   */
  add(record: RunRecord): void {
    checkRecord(record, this.metadata);
    const { moduleHash: hash, epochs, repeat } = record;
    const row = this.#rowOf(record);
    const runs = this.#budgets.get(epochs) as BudgetRuns;
    const [difference] = runs.put(row * this.metadata.repeats + repeat, record, this.#engineCode(record));
    if (difference === undefined) return;
    const { what, values } = difference;
    throw new ConflictError(
      hash,
      `run of cell ${hash}, ${epochs} epochs, repeat ${repeat} was recorded twice with different results: ${what} ${values.join(' and ')}`,
    );
  }

  /**
   * The table of all records so far. If they name engines, its metadata do, and its rows too if it is more than one. Throws
   * InvalidRecordError for a hash that is not the cell's: together they are looked at ten times as fast.
   */
  build(): BenchmarkTable {
    const { repeats } = this.metadata;
    const rows = this.rowCount;
    // Codes in order of appearance would depend on the order of the records.
    const lists = [...this.#operationCodes.keys()].toSorted();
    const codes = new Map(lists.map((list, code) => [list, code]));
    const recode = Int32Array.from(this.#operationCodes.keys(), (list) => codes.get(list) as number);
    const operations = this.#operations.subarray(0, rows).map((code) => recode[code]);
    const finished = Array.from(this.#budgets.values(), (runs) => runs.finish(rows * repeats, repeats));
    const { metadata, columns } = this.#engineColumns(rows * repeats);
    const cells: CellColumns = {
      moduleHashes: this.#hashes.slice(0, rows * HASH_BYTES),
      vertices: this.#vertices.slice(0, rows),
      edges: this.#edges.slice(0, rows),
      operations: lists.length <= 2 ** 15 ? Int16Array.from(operations) : operations,
      operationLists: lists.map(splitOperations),
      trainableParameters: this.#parameters.slice(0, rows),
    };
    checkHashes(cells, metadata.space);
    return tableFromColumns(
      metadata,
      cells,
      [...finished.flatMap(({ required }) => required), ...finished.flatMap(({ unscheduled }) => unscheduled)],
      columns,
    );
  }

  /** What the engines of the runs that are kept come to. */
  #engineColumns(length: number): { metadata: TableMetadata; columns: EngineColumn[] } {
    const codes = Array.from(this.#budgets, ([budget, runs]) => [budget, runs.engines(length)] as const);
    const used = new Set(codes.flatMap(([, values]) => [...new Set(values)]));
    used.delete(0);
    const engines = Array.from(used, (code) => this.#engines[code]).toSorted();
    const { engines: _, ...metadata } = this.metadata;
    if (engines.length === 0) return { metadata, columns: [] };
    if (engines.length === 1) return { metadata: { ...metadata, engine: engines[0] }, columns: [] };
    const recode = this.#engines.map((engine) => engines.indexOf(engine));
    const columns = codes.map(([budget, values]): EngineColumn => {
      const validity = new Uint8Array(bitmapBytes(length));
      for (let index = 0; index < length; index++) if (values[index] !== 0) setBit(validity, index);
      return {
        name: engineColumn(budget),
        repeats: metadata.repeats,
        values: values.map((code) => (code === 0 ? 0 : recode[code])),
        validity: values.includes(0) ? validity : null,
      };
    });
    return { metadata: { ...metadata, engine: null, engines }, columns };
  }

  #engineCode({ engine = '' }: RunRecord): number {
    if (engine === '') return 0;
    let code = this.#engineCodes.get(engine);
    if (code !== undefined) return code;
    code = this.#engines.length;
    if (code > MOST_ENGINES) throw new InvalidRecordError(`more than ${MOST_ENGINES} engines, the latest is ${engine}`);
    this.#engines.push(engine);
    this.#engineCodes.set(engine, code);
    return code;
  }

  /** Row of the record's cell, which is appended when new and compared when not. */
  #rowOf(record: RunRecord): number {
    const { moduleHash: hash, cell, trainableParameters } = record;
    const operations = cell.operations.join(',');
    const known = this.#rows.get(hash);
    if (known !== undefined) {
      const code = this.#operationCodes.get(operations);
      if (
        this.#vertices[known] !== cell.vertices ||
        this.#edges[known] !== cell.edges ||
        this.#operations[known] !== code
      ) {
        throw new ConflictError(hash, `cell ${hash} was recorded with two different graphs`);
      }
      if (this.#parameters[known] !== trainableParameters) {
        throw new ConflictError(
          hash,
          `cell ${hash} was recorded with ${this.#parameters[known]} and with ${trainableParameters} trainable parameters`,
        );
      }
      return known;
    }
    const shape = `${cell.vertices} ${cell.edges}`;
    const isKnown = this.#shapes.has(shape) && this.#operationCodes.has(operations);
    if (!isKnown || cell.operations.length !== cell.vertices - 2) checkCell(record, this.metadata.space);
    this.#shapes.add(shape);
    const row = this.#rows.size;
    this.#rows.set(hash, row);
    this.#hashes = grown(this.#hashes, (row + 1) * HASH_BYTES);
    this.#vertices = grown(this.#vertices, row + 1);
    this.#edges = grown(this.#edges, row + 1);
    this.#operations = grown(this.#operations, row + 1);
    this.#parameters = grown(this.#parameters, row + 1);
    if (!this.#operationCodes.has(operations)) this.#operationCodes.set(operations, this.#operationCodes.size);
    writeHash(this.#hashes, row, hash);
    this.#vertices[row] = cell.vertices;
    this.#edges[row] = cell.edges;
    this.#operations[row] = this.#operationCodes.get(operations) as number;
    this.#parameters[row] = trainableParameters;
    return row;
  }
}
