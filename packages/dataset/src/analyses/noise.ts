import { stdOverRepeats } from '../repeats.ts';
import type { MetricColumn } from '../tableSource.ts';
import { meanOf, summarize } from './distribution.ts';

/** The noise of training: how much repeats of one cell and budget differ. All in the unit of the column. */
export interface RepeatNoise {
  /** Standard deviation over the repeats of each row, NaN where fewer than two runs are present: feed it to `ecdf`. */
  readonly standardDeviations: Float64Array;
  /** Rows that have one. */
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  /** Root of the mean variance: the standard deviation of one run about its cell's mean, if all cells were equally noisy. */
  readonly pooled: number;
}

/**
 * Standard deviation over repeats, for every row and in total: the right half of figure 2 of the paper, for the
 * `test_accuracy` column of each budget. Deviations are of a sample (divisor n - 1) unless `degreesOfFreedom` is 0; the mean
 * of those of three repeats is 0.886 times what many repeats would show (normal noise), `pooled` has no such bias.
 * O(n log n).
 *
 * @param column such as `table.column('test_accuracy_108')`.
 */
export function repeatNoise(column: MetricColumn, options: { readonly degreesOfFreedom?: 0 | 1 } = {}): RepeatNoise {
  const standardDeviations = stdOverRepeats(column, options.degreesOfFreedom);
  const { count, mean, median } = summarize(standardDeviations);
  const present = standardDeviations.filter((deviation) => !Number.isNaN(deviation));
  const pooled = Math.sqrt(meanOf(present.map((deviation) => deviation * deviation)));
  return { standardDeviations, count, mean, median, pooled };
}
