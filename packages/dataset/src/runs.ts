import { NasbenchError } from '@nasbench/foundation/errors';
import { type ColumnMetric, metricColumn, POINTS, type Point, scheduledEpochs } from './columns.ts';
import type { EvaluationPoint, EvaluationPoints, RunRecord } from './records.ts';
import type { BenchmarkTable } from './table.ts';

/** One completed run as a table holds it; start and half are NaN and the total time null if it holds final metrics only. */
export interface RunMetrics {
  readonly start: EvaluationPoint;
  readonly half: EvaluationPoint;
  readonly end: EvaluationPoint;
  readonly totalTime: number | null;
  /** In a table with more than one engine: what computed it. */
  readonly engine?: string;
}

/** Every repeat of a row and budget; null where the run failed or was never made. */
export function runsOf(table: BenchmarkTable, row: number, budget: number): (RunMetrics | null)[] {
  return Array.from({ length: table.metadata.repeats }, (_, repeat) => {
    const points = pointsOf(table, row, budget, repeat);
    if (points === null) return null;
    const [start, half, end] = points;
    return {
      start,
      half,
      end,
      totalTime: totalTimeOf(table, row, budget, repeat),
      ...engineOf(table, row, budget, repeat),
    };
  });
}

/**
 * The runs of a table as records, cell by cell: `buildTable(runRecords(table), table.metadata)` is the same table. Absent runs
 * are left out; a failed one is known by its total time, if that was recorded. Throws NasbenchError for a table of final metrics.
 */
export function* runRecords(table: BenchmarkTable): Generator<RunRecord> {
  const { epochs: budgets, repeats, finalOnly } = table.metadata;
  if (finalOnly === true) throw new NasbenchError('this table holds final metrics only, and no whole runs');
  for (let row = 0; row < table.rowCount; row++) {
    const of = {
      moduleHash: table.moduleHash(row),
      cell: table.recordedCell(row),
      trainableParameters: table.trainableParameters(row),
    };
    for (const epochs of budgets) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        const points = pointsOf(table, row, epochs, repeat);
        const totalTime = totalTimeOf(table, row, epochs, repeat);
        if (points === null && totalTime === null) continue;
        yield { ...of, epochs, repeat, points, totalTime, ...engineOf(table, row, epochs, repeat) };
      }
    }
  }
}

function engineOf(table: BenchmarkTable, row: number, budget: number, repeat: number): { engine?: string } {
  const engine = table.metadata.engines === undefined ? null : table.engineOf(budget, row, repeat);
  return engine === null ? {} : { engine };
}

function totalTimeOf(table: BenchmarkTable, row: number, budget: number, repeat: number): number | null {
  return table.metadata.finalOnly === true ? null : table.value(metricColumn('total_time', budget), row, repeat);
}

function pointsOf(table: BenchmarkTable, row: number, budget: number, repeat: number): EvaluationPoints | null {
  if (table.value(metricColumn('test_accuracy', budget), row, repeat) === null) return null;
  const [start, half, end] = POINTS;
  const at = (point: Point): EvaluationPoint => pointOf(table, row, repeat, budget, point);
  return [at(start), at(half), at(end)];
}

function pointOf(table: BenchmarkTable, row: number, repeat: number, budget: number, point: Point): EvaluationPoint {
  const isKept = point === 'end' || table.metadata.finalOnly !== true;
  // All metrics of a run are there or none is: a file that says otherwise shows NaN.
  const value = (metric: ColumnMetric): number =>
    (isKept ? table.value(metricColumn(metric, budget, point), row, repeat) : null) ?? Number.NaN;
  const isScheduled = !table.hasColumn(metricColumn('epochs', budget, point));
  return {
    epochs: isScheduled ? scheduledEpochs(budget, point) : value('epochs'),
    trainingTime: value('training_time'),
    trainAccuracy: value('train_accuracy'),
    validationAccuracy: value('validation_accuracy'),
    testAccuracy: value('test_accuracy'),
  };
}
