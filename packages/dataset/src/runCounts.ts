import { metricColumn } from './columns.ts';
import type { BenchmarkTable } from './table.ts';
import { isPresent } from './tableSource.ts';

/** How many runs of a budget a table has. Whether more were ever meant to be made, no table says. */
export interface RunCounts {
  readonly epochs: number;
  /** with results */
  readonly runs: number;
  /** without results: known by their total time; 0 in a table that holds none */
  readonly failed: number;
  /** so many cells have so many runs, failed ones included; most runs first */
  readonly cellsByRuns: readonly { readonly runs: number; readonly cells: number }[];
}

/** Counts the runs of one of the table's budgets. O(rows x repeats). */
export function runCounts(table: BenchmarkTable, epochs: number): RunCounts {
  const { repeats, finalOnly } = table.metadata;
  const accuracies = table.column(metricColumn('test_accuracy', epochs));
  const times = finalOnly === true ? undefined : table.column(metricColumn('total_time', epochs));
  const cells = Array.from({ length: repeats + 1 }, () => 0);
  let runs = 0;
  let failed = 0;
  for (let row = 0; row < table.rowCount; row++) {
    let ofCell = 0;
    for (let index = row * repeats; index < (row + 1) * repeats; index++) {
      const hasResults = isPresent(accuracies, index);
      const hasFailed = !hasResults && times !== undefined && isPresent(times, index);
      if (hasResults) runs++;
      if (hasFailed) failed++;
      if (hasResults || hasFailed) ofCell++;
    }
    cells[ofCell]++;
  }
  const cellsByRuns = cells.map((count, ofCell) => ({ runs: ofCell, cells: count })).filter(({ cells: n }) => n > 0);
  return { epochs, runs, failed, cellsByRuns: cellsByRuns.toReversed() };
}
