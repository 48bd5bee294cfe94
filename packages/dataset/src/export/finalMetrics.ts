import { UsageError } from '@nasbench/foundation/errors';
import { engineColumn, METRICS, metricColumn } from '../columns.ts';
import type { BenchmarkTable } from '../table.ts';
import { tableFromColumns } from '../tableFromColumns.ts';

/**
 * The same cells with the final metrics of some budgets (default: the largest) and nothing else, as small tables for
 * browsers hold them. Metadata say so (`finalOnly`). Throws UsageError for a budget that the table does not have.
 */
export function finalMetrics(table: BenchmarkTable, epochs: readonly number[] = largest(table)): BenchmarkTable {
  // What a TFRecord had beside its columns belongs to whole runs.
  const { tfrecord: _, ...metadata } = table.metadata;
  const budgets = epochs.toSorted((a, b) => a - b);
  for (const budget of budgets) {
    if (metadata.epochs.includes(budget)) continue;
    throw new UsageError(`no runs with ${budget} epochs in this table, which has ${metadata.epochs.join(', ')}`);
  }
  const names = [
    ...budgets.flatMap((budget) => METRICS.map((metric) => metricColumn(metric, budget))),
    // Only there if some run stopped before its end.
    ...budgets.map((budget) => metricColumn('epochs', budget)).filter((name) => table.hasColumn(name)),
  ];
  return tableFromColumns(
    { ...metadata, epochs: budgets, finalOnly: true },
    table.cells,
    names.map((name) => table.column(name)),
    table.engineColumns.filter(({ name }) => budgets.some((budget) => engineColumn(budget) === name)),
  );
}

const largest = ({ metadata }: BenchmarkTable): number[] => metadata.epochs.slice(-1);
