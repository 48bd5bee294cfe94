import { createRandom, type Random, type Seed } from '@nasbench/foundation/random';
import { assertValid, type Cell, InvalidCellError, isValid, type Matrix, moduleHash } from '@nasbench/graph';
import { METRICS, type Metric, metricColumn } from './columns.ts';
import { MissingRunError, OutOfDomainError } from './errors.ts';
import { type EvaluateOptions, type Evaluation, type Evaluator, evaluateFromScratch } from './evaluate.ts';
import { isModuleHash } from './hashBytes.ts';
import type { Provenance, TableMetadata } from './metadata.ts';
import { openTable, type TableLocation } from './openTable.ts';
import { type RowIndex, rowIndexOf } from './rowIndex.ts';
import { type RunMetrics, runsOf } from './runs.ts';
import type { BenchmarkTable } from './table.ts';
import { isPresent, type LazyMetricColumn, type MetricColumn } from './tableSource.ts';

export interface OpenOptions {
  /** Seed of the draws of a random repeat; 0 by default. The same seed and the same queries give the same answers. */
  readonly seed?: Seed;
  /** What `evaluate` trains with. */
  readonly evaluator?: Evaluator;
}

export interface QueryOptions {
  /** Training budget; by default the largest of the table. */
  readonly epochs?: number;
  /** Metrics after half of the epochs, at the cost of that half. */
  readonly stopHalfway?: boolean;
  /**
   * `random` (default): one of the completed runs, each as likely. A number: that repeat. `mean`: the mean of the
   * completed runs, times included, at the cost of the mean time.
   */
  readonly repeat?: 'random' | 'mean' | number;
}

/** What the reference's `query` returns, and where it comes from. */
export interface QueryResult {
  readonly moduleHash: string;
  /** Of the pruned cell that the table holds, which is isomorphic to the one asked for. */
  readonly adjacency: Matrix;
  readonly operations: readonly string[];
  readonly trainableParameters: number;
  /** Seconds. */
  readonly trainingTime: number;
  /** Fractions in [0, 1]. */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
  /** The budget; metrics are those of its half if `stopHalfway`. */
  readonly epochs: number;
  readonly stopHalfway: boolean;
  readonly repeat: number | 'mean';
  readonly provenance: Provenance;
}

/** What the queries so far would have cost as real training. */
export interface BudgetCounters {
  readonly trainingSeconds: number;
  readonly epochs: number;
}

/** Everything the table knows of a cell. Asking costs nothing: not for use by search algorithms. */
export interface CellMetrics {
  readonly moduleHash: string;
  readonly adjacency: Matrix;
  readonly operations: readonly string[];
  readonly trainableParameters: number;
  readonly provenance: Provenance;
  /** For each budget the runs by repeat; null where one failed or was never made. */
  readonly runs: ReadonlyMap<number, readonly (RunMetrics | null)[]>;
}

/** One row of the table without its metrics. */
export interface CellRow {
  readonly row: number;
  readonly moduleHash: string;
  readonly adjacency: Matrix;
  readonly operations: readonly string[];
  readonly trainableParameters: number;
}

/**
 * The query interface of NAS-Bench-101 over a table: `query` plays a training run and counts its cost. Instances are
 * cheap: give each search run its own over a shared table, `new NASBench(bench.table, { seed })`.
 */
export class NASBench {
  readonly table: BenchmarkTable;
  readonly #evaluator: Evaluator | undefined;
  readonly #random: Random;
  readonly #rowIndex: RowIndex;
  /** By budget; of its half by the negative. Names are looked up once: a query takes as long as a few look-ups. */
  readonly #columns = new Map<number, RunColumns>();
  #trainingSeconds = 0;
  #epochs = 0;

  constructor(table: BenchmarkTable, { seed = 0, evaluator }: OpenOptions = {}) {
    this.table = table;
    this.#evaluator = evaluator;
    this.#random = createRandom(seed, 'nasbench', 'repeat');
    this.#rowIndex = rowIndexOf(table);
  }

  /** Opens a table from a path (Node), address, buffer or blob; see `openTable`. */
  static async open(location: TableLocation, options: OpenOptions = {}): Promise<NASBench> {
    return new NASBench(await openTable(location), options);
  }

  get metadata(): TableMetadata {
    return this.table.metadata;
  }

  /**
   * Metrics of one training run, whose time and epochs are added to the counters. 1 to 2 us by hash, about 10 us by cell;
   * the first hundreds of questions take longer, until a table is known to be worth an index. Throws OutOfDomainError,
   * MissingRunError if the run asked for is absent.
   */
  query(cellOrHash: Cell | string, options: QueryOptions = {}): QueryResult {
    const { epochs: budgets, provenance } = this.metadata;
    const { epochs = budgets[budgets.length - 1], stopHalfway = false, repeat = 'random' } = options;
    if (!budgets.includes(epochs)) {
      throw new OutOfDomainError(
        'epochs',
        `no runs with ${epochs} epochs in this table, which has ${budgets.join(', ')}`,
      );
    }
    if (stopHalfway && this.metadata.finalOnly === true) {
      throw new OutOfDomainError('epochs', 'this table holds metrics at the end of runs only, none halfway');
    }
    const isHash = typeof cellOrHash === 'string';
    const row = isHash ? this.#rowOf(cellOrHash) : this.#rowOfCell(cellOrHash);
    const columns = this.#columnsOf(epochs, stopHalfway);
    const chosen = this.#chooseRepeat(columns.test_accuracy, row, epochs, repeat);
    const metrics = chosen === 'mean' ? meanOfRuns(columns, row) : runAt(columns, row, chosen);
    const trainableParameters = this.table.trainableParameters(row);
    const { matrix, operations } = this.table.graph(row);
    const result = {
      moduleHash: isHash ? cellOrHash : this.table.moduleHash(row),
      adjacency: matrix,
      operations,
      trainableParameters,
      trainingTime: metrics.trainingTime,
      trainAccuracy: metrics.trainAccuracy,
      validationAccuracy: metrics.validationAccuracy,
      testAccuracy: metrics.testAccuracy,
      epochs,
      stopHalfway,
      repeat: chosen,
      provenance,
    };
    this.#trainingSeconds += result.trainingTime;
    this.#epochs += stopHalfway ? epochs / 2 : epochs;
    return result;
  }

  /**
   * Trains a cell of the table's space from scratch with the `evaluator` that was given, as the table's rows were trained,
   * and compares with the stored run, if there is one. Takes as long as a training, and nothing of the budget. Throws
   * OutOfDomainError, UsageError without an evaluator.
   */
  async evaluate(cell: Cell, options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluateFromScratch(this.table, this.#evaluator, cell, options);
  }

  /** Whether the pruned cell lies in the table's space (`prune-first`, as the reference decides). Costs nothing. */
  isValid(cell: Cell): boolean {
    return isValid(cell, this.metadata.space, 'prune-first');
  }

  budgetCounters(): BudgetCounters {
    return { trainingSeconds: this.#trainingSeconds, epochs: this.#epochs };
  }

  resetBudgetCounters(): void {
    this.#trainingSeconds = 0;
    this.#epochs = 0;
  }

  /** Module hashes of all rows, ascending. */
  *hashes(): Generator<string> {
    for (let row = 0; row < this.table.rowCount; row++) yield this.table.moduleHash(row);
  }

  /** All rows in order, an object for each. Loops over `table.cells` and `column` make none: the arrays are the table's own. */
  *rows(): Generator<CellRow> {
    for (let row = 0; row < this.table.rowCount; row++) yield { row, ...this.#describe(row) };
  }

  /** All runs of a cell, by budget and repeat. Free. Throws OutOfDomainError. */
  metricsByHash(hash: string): CellMetrics {
    return this.#metricsOf(this.#rowOf(hash));
  }

  /** As `metricsByHash`, of the row that is isomorphic to the cell. */
  metricsBySpec(cell: Cell): CellMetrics {
    return this.#metricsOf(this.#rowOfCell(cell));
  }

  /** A per-run column as typed array, rows x repeats: `column('test_accuracy_108')`. Throws TableFormatError if there is none. */
  column(name: string): MetricColumn {
    return this.table.column(name);
  }

  #rowOf(hash: string): number {
    const row = this.table.findRow(hash);
    if (row >= 0) return row;
    if (isModuleHash(hash)) {
      throw new OutOfDomainError('not-in-table', `cell ${hash} is not among the ${this.table.rowCount} of this table`);
    }
    throw new OutOfDomainError(
      'malformed-hash',
      `a module hash is 32 lower-case hex digits, found ${hash.slice(0, 60)}`,
    );
  }

  #rowOfCell(cell: Cell): number {
    const { space } = this.metadata;
    try {
      assertValid(cell, space, 'prune-first');
      const row = this.#rowIndex.find(cell);
      return row < 0 ? this.#rowOf(moduleHash(cell, space)) : row;
    } catch (error) {
      if (!(error instanceof InvalidCellError)) throw error;
      throw new OutOfDomainError(error.reason, error.message, { cause: error });
    }
  }

  #columnsOf(epochs: number, stopHalfway: boolean): RunColumns {
    const key = stopHalfway ? -epochs : epochs;
    let columns = this.#columns.get(key);
    if (columns === undefined) {
      const entries = METRICS.map((metric) => {
        const name = metricColumn(metric, epochs, stopHalfway ? 'half' : 'end');
        return [metric, this.table.lazyColumn(name)] as const;
      });
      columns = Object.fromEntries(entries) as RunColumns;
      this.#columns.set(key, columns);
    }
    return columns;
  }

  #chooseRepeat(
    column: LazyMetricColumn,
    row: number,
    epochs: number,
    repeat: 'random' | 'mean' | number,
  ): number | 'mean' {
    const { repeats } = column;
    const first = row * repeats;
    // From JavaScript or JSON anything may come: '0' must not be taken for a wish for chance.
    if (repeat !== 'random' && repeat !== 'mean') {
      if (!Number.isInteger(repeat) || repeat < 0 || repeat >= repeats) {
        throw new OutOfDomainError(
          'repeat',
          `repeat must be random, mean or 0 .. ${repeats - 1}, found ${JSON.stringify(repeat)}`,
        );
      }
      if (!isPresent(column, first + repeat)) throw new MissingRunError(this.table.moduleHash(row), epochs, repeat);
      return repeat;
    }
    let present = 0;
    for (let i = 0; i < repeats; i++) if (isPresent(column, first + i)) present++;
    if (present === 0) throw new MissingRunError(this.table.moduleHash(row), epochs, 'any');
    if (repeat === 'mean') return 'mean';
    let left = this.#random.int(present);
    if (present === repeats) return left;
    let chosen = 0;
    while (!isPresent(column, first + chosen) || left-- > 0) chosen++;
    return chosen;
  }

  #describe(row: number): Omit<CellRow, 'row'> {
    const { matrix, operations } = this.table.graph(row);
    return {
      moduleHash: this.table.moduleHash(row),
      adjacency: matrix,
      operations,
      trainableParameters: this.table.trainableParameters(row),
    };
  }

  #metricsOf(row: number): CellMetrics {
    const { epochs: budgets, provenance } = this.metadata;
    const runs = new Map(budgets.map((budget) => [budget, runsOf(this.table, row, budget)]));
    return { ...this.#describe(row), provenance, runs };
  }
}

type RunColumns = Readonly<Record<Metric, LazyMetricColumn>>;

type FinalMetrics = Pick<QueryResult, 'trainingTime' | 'trainAccuracy' | 'validationAccuracy' | 'testAccuracy'>;

function runAt(columns: RunColumns, row: number, repeat: number): FinalMetrics {
  const { training_time: time, train_accuracy: train, validation_accuracy: validation, test_accuracy: test } = columns;
  const index = row * time.repeats + repeat;
  time.values.ensure(index, index + 1);
  train.values.ensure(index, index + 1);
  validation.values.ensure(index, index + 1);
  test.values.ensure(index, index + 1);
  // The reads stand together: the processor then waits for all four places in memory at the same time.
  return {
    trainingTime: valueAt(time, index),
    trainAccuracy: valueAt(train, index),
    validationAccuracy: valueAt(validation, index),
    testAccuracy: valueAt(test, index),
  };
}

/** All metrics of a run are there or none is: a file that says otherwise shows NaN. */
const valueAt = (column: LazyMetricColumn, index: number): number =>
  isPresent(column, index) ? column.values.array[index] : Number.NaN;

const meanOfRuns = (columns: RunColumns, row: number): FinalMetrics => ({
  trainingTime: meanAt(columns.training_time, row),
  trainAccuracy: meanAt(columns.train_accuracy, row),
  validationAccuracy: meanAt(columns.validation_accuracy, row),
  testAccuracy: meanAt(columns.test_accuracy, row),
});

/** Over the repeats that are present. */
function meanAt(column: LazyMetricColumn, row: number): number {
  const { repeats, values } = column;
  const first = row * repeats;
  values.ensure(first, first + repeats);
  let sum = 0;
  let count = 0;
  for (let index = first; index < first + repeats; index++) {
    if (!isPresent(column, index)) continue;
    sum += values.array[index];
    count++;
  }
  return sum / count;
}
