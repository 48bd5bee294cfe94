import { UsageError } from '@nasbench/foundation/errors';
import { meanOverRepeats, stdOverRepeats } from '../repeats.ts';
import { isPresent, type MetricColumn } from '../tableSource.ts';
import { rowsByValue } from './values.ts';

/** A cell that may well be the best. Mean and standard error are in the unit of the column. */
export interface BestCell {
  readonly row: number;
  /** Over the repeats that are present. */
  readonly mean: number;
  /** Standard deviation (divisor n - 1) over the root of the number of repeats; NaN for a single repeat. */
  readonly standardError: number;
  /** How far the mean lies below the best one: 0 for the best. */
  readonly gap: number;
}

/**
 * The cell with the best mean over repeats and all cells whose mean lies within `k` standard errors of it, best first; equal
 * means in the order of the table. The standard error is that of the **best** cell's mean (the paper, section 5: 11 more
 * cells lie within two), or with `of: 'difference'` the root of the sum of both cells' squares, different for every cell.
 * Three repeats estimate a standard error roughly: the list is a hint, not a test. O(n log n).
 *
 * @param options.k standard errors, not negative; default 2.
 * @throws UsageError for a negative k, or if the best cell has a single repeat and so no standard error.
 */
export function bestCells(
  column: MetricColumn,
  options: { readonly k?: number; readonly of?: 'best' | 'difference' } = {},
): BestCell[] {
  const { k = 2, of = 'best' } = options;
  if (!(k >= 0)) throw new UsageError(`expected a number of standard errors of 0 or more, found ${k}`);
  const means = meanOverRepeats(column);
  const deviations = stdOverRepeats(column);
  const order = rowsByValue(means);
  if (order.length === 0) return [];
  const errorOf = (row: number): number => deviations[row] / Math.sqrt(presentRuns(column, row));
  const bestMean = means[order[0]];
  const bestError = errorOf(order[0]);
  if (Number.isNaN(bestError)) {
    throw new UsageError(`row ${order[0]}, the best in ${column.name}, has one repeat: no standard error`);
  }
  const cells: BestCell[] = [];
  for (const row of order) {
    const gap = bestMean - means[row];
    const standardError = errorOf(row);
    const scale = of === 'best' ? bestError : Math.sqrt(bestError * bestError + standardError * standardError);
    if (row === order[0] || gap <= k * scale) cells.push({ row, mean: means[row], standardError, gap });
    else if (of === 'best') break;
  }
  return cells;
}

function presentRuns(column: MetricColumn, row: number): number {
  let count = 0;
  for (let index = row * column.repeats; index < (row + 1) * column.repeats; index++) {
    if (isPresent(column, index)) count++;
  }
  return count;
}
