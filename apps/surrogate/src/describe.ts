import type { SurrogateError } from '@nasbench/dataset/surrogate';
import { formatPercent, formatTable } from '@nasbench/terminal';

/** The errors of a model as a table for people. */
export function describeErrors(budgets: readonly SurrogateError[], timeR2: number): string {
  const header = [
    'epochs',
    'Spearman',
    'best tenth',
    'best hundredth',
    'Kendall',
    'root mean square error',
    'in middle half',
    'in middle 90 %',
  ];
  const rows = budgets.map((error) => [
    error.epochs,
    ...[error.spearman, error.spearmanBestTenth, error.spearmanBestHundredth, error.kendall].map((value) =>
      value.toFixed(3),
    ),
    error.rmse.toFixed(4),
    formatPercent(error.withinHalf),
    formatPercent(error.withinNineTenths),
  ]);
  const time = Number.isFinite(timeR2) ? [`training time: R2 ${timeR2.toFixed(4)}`] : [];
  return [formatTable([header, ...rows]), ...time].join('\n');
}
