import type { SurrogateError } from '@nasbench/dataset/surrogate';
import { formatTable } from '@nasbench/terminal';

/** The errors of a model as a table for people. */
export function describeErrors(budgets: readonly SurrogateError[], timeR2: number): string {
  const rows = budgets.map(({ epochs, spearman, kendall, rmse }) => [
    epochs,
    spearman.toFixed(3),
    kendall.toFixed(3),
    rmse.toFixed(4),
  ]);
  const time = Number.isFinite(timeR2) ? [`training time: R2 ${timeR2.toFixed(4)}`] : [];
  return [formatTable([['epochs', 'Spearman', 'Kendall', 'root mean square error'], ...rows]), ...time].join('\n');
}
