/** Metrics of an evaluation point, as they appear in column names. Accuracies are fractions, times seconds. */
export const METRICS = ['train_accuracy', 'validation_accuracy', 'test_accuracy', 'training_time'] as const;
export type Metric = (typeof METRICS)[number];

/** Moments of a run in the order of `RunRecord.points`. Columns of the end carry no prefix, like the paper's figures. */
export const POINTS = ['start', 'half', 'end'] as const;
export type Point = (typeof POINTS)[number];

export type ColumnMetric = Metric | 'total_time' | 'epochs';

/** One per-run column: `repeats` values for every row. */
export interface ColumnSpec {
  readonly name: string;
  readonly metric: ColumnMetric;
  readonly budget: number;
  readonly point: Point;
}

/** `metricColumn('test_accuracy', 108)` is `test_accuracy_108`; with 'half' it is `half_test_accuracy_108`. */
export function metricColumn(metric: ColumnMetric, epochs: number, point: Point = 'end'): string {
  return point === 'end' ? `${metric}_${epochs}` : `${point}_${metric}_${epochs}`;
}

/** Per-run columns that every table with these budgets has, in file order; `finalOnly` as in its metadata. */
export function requiredColumns(epochs: readonly number[], finalOnly = false): ColumnSpec[] {
  const spec = (metric: ColumnMetric, budget: number, point: Point): ColumnSpec => ({
    name: metricColumn(metric, budget, point),
    metric,
    budget,
    point,
  });
  return epochs.flatMap((budget) => [
    ...METRICS.map((metric) => spec(metric, budget, 'end')),
    ...(finalOnly
      ? []
      : [
          spec('total_time', budget, 'end'),
          ...METRICS.map((metric) => spec(metric, budget, 'half')),
          ...METRICS.map((metric) => spec(metric, budget, 'start')),
        ]),
  ]);
}

/**
 * Columns that hold the epochs at which a point was measured. A file carries one only if some run differs from
 * `scheduledEpochs` (training stopped at its time limit): for the official table they would hold 36 constants a row.
 */
export function epochsColumns(epochs: readonly number[]): ColumnSpec[] {
  return epochs.flatMap((budget) =>
    POINTS.map((point) => ({ name: metricColumn('epochs', budget, point), metric: 'epochs', budget, point }) as const),
  );
}

/** Epochs at which a point is due: 0, half the budget, the budget. */
export function scheduledEpochs(budget: number, point: Point): number {
  return { start: 0, half: budget / 2, end: budget }[point];
}

/** The column of codes of engines, in a table whose runs were computed by more than one: see `TableMetadata.engines`. */
export const engineColumn = (epochs: number): string => `engine_${epochs}`;
