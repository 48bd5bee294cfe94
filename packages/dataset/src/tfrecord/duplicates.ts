import { METRICS, metricColumn, POINTS } from '../columns.ts';
import type { BenchmarkTable } from '../table.ts';
import { isPresent, type MetricColumn } from '../tableSource.ts';

/** Runs that equal an earlier repeat of their cell and budget in every metric and time. */
export function countDuplicates(table: BenchmarkTable): number {
  const { epochs, repeats } = table.metadata;
  let count = 0;
  for (const budget of epochs) {
    const columns = [
      table.column(metricColumn('total_time', budget)),
      ...POINTS.flatMap((point) => METRICS.map((metric) => table.column(metricColumn(metric, budget, point)))),
    ];
    // Absent runs have no accuracy.
    const [, accuracy] = columns;
    for (let index = 0; index < table.rowCount * repeats; index++) {
      if (!isPresent(accuracy, index)) continue;
      const first = index - (index % repeats);
      for (let earlier = first; earlier < index; earlier++) {
        if (!isPresent(accuracy, earlier) || !columns.every((column) => isSame(column, earlier, index))) continue;
        count++;
        break;
      }
    }
  }
  return count;
}

const isSame = (column: MetricColumn, a: number, b: number): boolean =>
  isPresent(column, a) === isPresent(column, b) && (!isPresent(column, a) || column.values[a] === column.values[b]);
