import { type ColumnSpec, epochsColumns, POINTS, requiredColumns, scheduledEpochs } from './columns.ts';
import { GrowingColumn, grown } from './growingColumn.ts';
import type { EvaluationPoint, RunRecord } from './records.ts';
import { type RunDifference, runDifferences } from './runDifferences.ts';
import type { MetricColumn } from './tableSource.ts';

const [ABSENT, FAILED, COMPLETED] = [0, 1, 2];

/** What of a run a record holds. */
export type RunResult = Pick<RunRecord, 'points' | 'totalTime'>;

const FIELDS = {
  epochs: 'epochs',
  train_accuracy: 'trainAccuracy',
  validation_accuracy: 'validationAccuracy',
  test_accuracy: 'testAccuracy',
  training_time: 'trainingTime',
} as const;

/** A per-run column with the place of its values in a record; no field: the total time. */
interface Filled {
  readonly spec: ColumnSpec;
  readonly column: GrowingColumn;
  readonly point: number;
  readonly field: keyof EvaluationPoint | undefined;
}

/** The runs of one budget while a table is built: columns, which are filled in any order. */
export class BudgetRuns {
  readonly #budget: number;
  readonly #engineNames: readonly string[];
  readonly #columns: readonly Filled[];
  /** ABSENT, FAILED or COMPLETED */
  #status = new Uint8Array(0);
  /** Code of the engine, 0 for none. */
  #engines = new Uint8Array(0);
  runs = 0;
  failed = 0;

  /** @param engineNames by code */
  constructor(budget: number, engineNames: readonly string[]) {
    this.#budget = budget;
    this.#engineNames = engineNames;
    this.#columns = [...requiredColumns([budget]), ...epochsColumns([budget])].map((spec) => ({
      spec,
      // total_time is float64 in every table: the official one holds real doubles there.
      column: new GrowingColumn(spec.name, { wide: spec.metric === 'total_time' }),
      point: POINTS.indexOf(spec.point),
      field: spec.metric === 'total_time' ? undefined : FIELDS[spec.metric],
    }));
  }

  /**
   * Takes the result of the run at `index`. Of several the one that completed is kept, of those that completed the quickest,
   * in whatever order they come.
   *
   * @param engine its code, 1 .. 255; 0: none
   * @returns the values in which it differs from what is there: if there are any, nothing is changed
   */
  put(index: number, result: RunResult, engine: number): readonly RunDifference[] {
    this.#status = grown(this.#status, index + 1);
    const [recorded, incoming] = [this.#status[index], result.points === null ? FAILED : COMPLETED];
    if (recorded === ABSENT) {
      this.runs++;
      if (incoming === FAILED) this.failed++;
    } else {
      if (recorded > incoming) return [];
      if (recorded < incoming) this.failed--;
      else {
        const stored = this.#at(index);
        const differences = runDifferences(stored.points, result.points);
        if (differences.length > 0) return differences;
        if (!this.#isPreferred(result, engine, stored, this.#engines[index] ?? 0)) return [];
      }
    }
    this.#status[index] = incoming;
    this.#set(index, result, engine);
    return [];
  }

  #set(index: number, { points, totalTime }: RunResult, engine: number): void {
    for (const { column, point, field } of this.#columns) {
      const value = field === undefined ? totalTime : (points?.[point][field] ?? null);
      if (value === null) column.clear(index);
      else column.set(index, value);
    }
    if (engine === 0 && this.#engines.length <= index) return;
    this.#engines = grown(this.#engines, index + 1);
    this.#engines[index] = points === null ? 0 : engine;
  }

  #at(index: number): RunResult {
    const value = (filled: Filled | undefined): number | null =>
      filled?.column.has(index) ? filled.column.get(index) : null;
    const at = (point: number): EvaluationPoint => {
      const found = this.#columns.filter((filled) => filled.point === point && filled.field !== undefined);
      return Object.fromEntries(found.map((filled) => [filled.field, value(filled)])) as EvaluationPoint;
    };
    const totalTime = value(this.#columns.find(({ field }) => field === undefined));
    return { points: this.#status[index] === COMPLETED ? [at(0), at(1), at(2)] : null, totalTime };
  }

  /** Codes of engines, in the order of the runs. */
  engines(length: number): Uint8Array {
    return grown(this.#engines, length).slice(0, length);
  }

  /** The columns of a table with so many runs, of which `repeats` are of one row. */
  finish(length: number, repeats: number): { required: MetricColumn[]; unscheduled: MetricColumn[] } {
    const finished = (filled: readonly Filled[]): MetricColumn[] =>
      filled.map(({ column }) => column.finish(length, repeats));
    return {
      required: finished(this.#columns.filter(({ spec }) => spec.metric !== 'epochs')),
      unscheduled: finished(this.#columns.filter((filled) => this.#hasUnscheduledEpochs(filled, length))),
    };
  }

  #hasUnscheduledEpochs({ spec, column }: Filled, length: number): boolean {
    if (spec.metric !== 'epochs') return false;
    const due = scheduledEpochs(this.#budget, spec.point);
    for (let index = 0; index < length; index++) {
      if (column.has(index) && column.get(index) !== due) return true;
    }
    return false;
  }

  /** By total time, by training times where that is the same, and at last by engine: nothing is left to chance. */
  #isPreferred(a: RunResult, engineOfA: number, b: RunResult, engineOfB: number): boolean {
    const [left, right] = [timesOf(a), timesOf(b)];
    const place = left.findIndex((value, i) => value !== right[i]);
    return place < 0 ? this.#engineNames[engineOfA] < this.#engineNames[engineOfB] : left[place] < right[place];
  }
}

const timesOf = ({ points, totalTime }: RunResult): number[] => [
  totalTime ?? Number.POSITIVE_INFINITY,
  ...(points ?? []).map(({ trainingTime }) => trainingTime),
];
