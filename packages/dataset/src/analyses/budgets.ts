import { UsageError } from '@nasbench/foundation/errors';
import { kendall, spearman } from './correlation.ts';
import { checkSameRows, completeRows, rowsByValue, type Values, valuesAt } from './values.ts';

/** The accuracy of every row at one training budget. */
export interface BudgetColumn {
  readonly epochs: number;
  /** One value for each row, such as the mean over repeats of `validation_accuracy_108`. */
  readonly values: Values;
}

/** How well the order of cells at a small budget predicts their order at a larger one. */
export interface BudgetCorrelation {
  readonly smaller: number;
  readonly larger: number;
  /** Share of the cells looked at, the best at the larger budget. */
  readonly fraction: number;
  /** Their number. */
  readonly cells: number;
  /** Spearman's rank correlation, -1 .. 1. */
  readonly spearman: number;
  /** Kendall's tau-b, -1 .. 1. */
  readonly kendall: number;
}

/**
 * Rank correlations between every two budgets, among all cells and among the best: figure S7 of the paper. The top fraction
 * f of n cells is the round(f n) cells with the largest values at the **larger** budget of the two (equal ones in the order
 * of the table), out of those that have values at both. Order: ascending smaller budget, ascending larger budget, fractions as
 * given. O(n log n) for each pair and fraction: six pairs of 423 624 rows take a few seconds.
 *
 * @param options.fractions shares in (0, 1]; default: all cells.
 * @throws UsageError for columns of different lengths or a fraction outside (0, 1].
 */
export function budgetCorrelations(
  columns: readonly BudgetColumn[],
  options: { readonly fractions?: readonly number[] } = {},
): BudgetCorrelation[] {
  const fractions = options.fractions ?? [1];
  for (const fraction of fractions) {
    if (!(fraction > 0 && fraction <= 1))
      throw new UsageError(`a top fraction is above 0 and at most 1, found ${fraction}`);
  }
  for (const { values } of columns) checkSameRows(columns[0].values, values);
  const ascending = columns.toSorted((a, b) => a.epochs - b.epochs);
  return ascending.flatMap((smaller, i) =>
    ascending.slice(i + 1).flatMap((larger) => {
      const rows = completeRows([smaller.values, larger.values]);
      const low = valuesAt(smaller.values, rows);
      const high = valuesAt(larger.values, rows);
      const best = rowsByValue(high);
      return fractions.map((fraction) => {
        const top = best.subarray(0, Math.round(fraction * best.length));
        const x = valuesAt(low, top);
        const y = valuesAt(high, top);
        return {
          smaller: smaller.epochs,
          larger: larger.epochs,
          fraction,
          cells: top.length,
          spearman: spearman(x, y),
          kendall: kendall(x, y),
        };
      });
    }),
  );
}
