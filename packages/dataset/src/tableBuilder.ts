import { type ColumnSpec, epochsColumns, POINTS, requiredColumns, scheduledEpochs } from './columns.ts';
import { ConflictError, InvalidMetadataError } from './errors.ts';
import { GrowingColumn, grown } from './growingColumn.ts';
import { HASH_BYTES, writeHash } from './hashBytes.ts';
import { metadataProblem, type TableMetadata } from './metadata.ts';
import { checkCell, checkRecord } from './recordChecks.ts';
import { splitOperations } from './recordedCell.ts';
import type { RunRecord } from './records.ts';
import type { BenchmarkTable } from './table.ts';
import { tableFromColumns } from './tableFromColumns.ts';

/**
 * A table from run records, in any order and not necessarily complete: runs that are absent or failed become nulls.
 * Rows come out sorted by module hash, so the same records give the same table in whatever order they arrive; of two
 * records of one run, which may differ in measured times, the first one is kept.
 * Throws as `TableBuilder.add` does.
 */
export function buildTable(records: Iterable<RunRecord>, metadata: TableMetadata): BenchmarkTable {
  const builder = new TableBuilder(metadata);
  for (const record of records) builder.add(record);
  return builder.build();
}

const ABSENT = 0;
const FAILED = 1;
const COMPLETED = 2;

/** Metrics of a point that training with the same seed must reproduce; measured times are not among them. */
const REPRODUCIBLE = {
  epochs: 'epochs',
  train_accuracy: 'train accuracy',
  validation_accuracy: 'validation accuracy',
  test_accuracy: 'test accuracy',
};

/** Collects run records into columns; memory is that of the columns, not of the records. */
export class TableBuilder {
  readonly metadata: TableMetadata;
  /** Records so far that repeated a run already there. */
  duplicates = 0;
  readonly #rows = new Map<string, number>();
  #hashes = new Uint8Array(0);
  #vertices = new Uint8Array(0);
  #edges = new Uint32Array(0);
  #operations = new Int32Array(0);
  #parameters = new Uint32Array(0);
  readonly #operationCodes = new Map<string, number>();
  readonly #specs: ReadonlyMap<number, readonly ColumnSpec[]>;
  readonly #columns: ReadonlyMap<string, GrowingColumn>;
  /** For each budget ABSENT, FAILED or COMPLETED at row * repeats + repeat. */
  readonly #status: Map<number, Uint8Array>;

  /** Throws InvalidMetadataError. */
  constructor(metadata: TableMetadata) {
    const problem = metadataProblem(metadata);
    if (problem !== undefined) throw new InvalidMetadataError(problem);
    if (metadata.finalOnly === true) {
      throw new InvalidMetadataError('metadata field finalOnly: records hold all points of a run; see finalMetrics');
    }
    this.metadata = metadata;
    const specs = [...requiredColumns(metadata.epochs), ...epochsColumns(metadata.epochs)];
    this.#specs = new Map(metadata.epochs.map((budget) => [budget, specs.filter((spec) => spec.budget === budget)]));
    // total_time is float64 in every table: the official one holds real doubles there.
    this.#columns = new Map(
      specs.map(({ name, metric }) => [name, new GrowingColumn(name, { wide: metric === 'total_time' })]),
    );
    this.#status = new Map(metadata.epochs.map((budget) => [budget, new Uint8Array(0)]));
  }

  /** Cells seen so far. */
  get rowCount(): number {
    return this.#rows.size;
  }

  /**
   * Takes one record. A second record of the same run (cell, epochs, repeat) that agrees in everything but measured times
   * is dropped and counted in `duplicates`. Throws InvalidRecordError for a value out of range, a cell or budget
   * outside the metadata, or a hash that is not the cell's; ConflictError if two records of a run or a cell disagree.
   */
  add(record: RunRecord): void {
    checkRecord(record, this.metadata);
    const row = this.#rowOf(record);
    const index = row * this.metadata.repeats + record.repeat;
    const status = grown(this.#status.get(record.epochs) as Uint8Array, index + 1);
    this.#status.set(record.epochs, status);
    const incoming = record.points === null ? FAILED : COMPLETED;
    if (status[index] !== ABSENT) {
      this.#checkSameRun(record, index, status[index], incoming);
      this.duplicates++;
      return;
    }
    status[index] = incoming;
    for (const spec of this.#specs.get(record.epochs) ?? []) {
      const value = valueOf(spec, record);
      if (value !== null) (this.#columns.get(spec.name) as GrowingColumn).set(index, value);
    }
  }

  /** The table of all records so far. */
  build(): BenchmarkTable {
    const { epochs, repeats } = this.metadata;
    const rows = this.rowCount;
    const finish = ({ name }: ColumnSpec) => (this.#columns.get(name) as GrowingColumn).finish(rows * repeats, repeats);
    const unscheduled = epochsColumns(epochs).filter((spec) => this.#hasUnscheduledEpochs(spec));
    // Codes in order of appearance would depend on the order of the records.
    const lists = [...this.#operationCodes.keys()].toSorted();
    const codes = new Map(lists.map((list, code) => [list, code]));
    const recode = Int32Array.from(this.#operationCodes.keys(), (list) => codes.get(list) as number);
    const operations = this.#operations.subarray(0, rows).map((code) => recode[code]);
    return tableFromColumns(
      this.metadata,
      {
        moduleHashes: this.#hashes.slice(0, rows * HASH_BYTES),
        vertices: this.#vertices.slice(0, rows),
        edges: this.#edges.slice(0, rows),
        operations: lists.length <= 2 ** 15 ? Int16Array.from(operations) : operations,
        operationLists: lists.map(splitOperations),
        trainableParameters: this.#parameters.slice(0, rows),
      },
      [...requiredColumns(epochs), ...unscheduled].map(finish),
    );
  }

  #hasUnscheduledEpochs({ name, budget, point }: ColumnSpec): boolean {
    const column = this.#columns.get(name) as GrowingColumn;
    const due = scheduledEpochs(budget, point);
    for (let index = 0; index < this.rowCount * this.metadata.repeats; index++) {
      if (column.has(index) && column.get(index) !== due) return true;
    }
    return false;
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
    checkCell(record, this.metadata.space);
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

  #checkSameRun(record: RunRecord, index: number, recorded: number, incoming: number): void {
    const { moduleHash: hash, epochs, repeat } = record;
    const fail = (what: string): never => {
      throw new ConflictError(
        hash,
        `run of cell ${hash}, ${epochs} epochs, repeat ${repeat} was recorded twice with different results: ${what}`,
      );
    };
    if (recorded !== incoming) fail('it failed and it completed');
    for (const spec of this.#specs.get(epochs) ?? []) {
      if (record.points === null || !(spec.metric in REPRODUCIBLE)) continue;
      const first = (this.#columns.get(spec.name) as GrowingColumn).get(index);
      const second = valueOf(spec, record);
      if (first !== second) {
        fail(`${REPRODUCIBLE[spec.metric as keyof typeof REPRODUCIBLE]} at ${spec.point} ${first} and ${second}`);
      }
    }
  }
}

function valueOf({ metric, point }: ColumnSpec, record: RunRecord): number | null {
  if (metric === 'total_time') return record.totalTime;
  if (record.points === null) return null;
  const at = record.points[POINTS.indexOf(point)];
  return at[POINT_FIELDS[metric]];
}

const POINT_FIELDS = {
  epochs: 'epochs',
  train_accuracy: 'trainAccuracy',
  validation_accuracy: 'validationAccuracy',
  test_accuracy: 'testAccuracy',
  training_time: 'trainingTime',
} as const;
