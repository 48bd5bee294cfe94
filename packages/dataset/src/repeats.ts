import { isPresent, type MetricColumn } from './tableSource.ts';

/** Mean over the runs of a row that are present; NaN if none is. */
function meanOfRow(column: MetricColumn, row: number): number {
  const { repeats, values } = column;
  let sum = 0;
  let count = 0;
  for (let index = row * repeats; index < (row + 1) * repeats; index++) {
    if (!isPresent(column, index)) continue;
    sum += values[index];
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** The mean over repeats for every row: one pass, one array of doubles. NaN where no run is present. */
export function meanOverRepeats(column: MetricColumn): Float64Array {
  return Float64Array.from({ length: column.values.length / column.repeats }, (_, row) => meanOfRow(column, row));
}

/**
 * The standard deviation over repeats for every row: of a sample (divisor n - 1) by default, of the runs themselves
 * (divisor n) with `degreesOfFreedom` 0. NaN where that divisor is not positive.
 */
export function stdOverRepeats(column: MetricColumn, degreesOfFreedom: 0 | 1 = 1): Float64Array {
  const { repeats, values } = column;
  return Float64Array.from({ length: values.length / repeats }, (_, row) => {
    const mean = meanOfRow(column, row);
    let squares = 0;
    let count = 0;
    for (let index = row * repeats; index < (row + 1) * repeats; index++) {
      if (!isPresent(column, index)) continue;
      const deviation = values[index] - mean;
      squares += deviation * deviation;
      count++;
    }
    return count > degreesOfFreedom ? Math.sqrt(squares / (count - degreesOfFreedom)) : Number.NaN;
  });
}

/** Rows that have a run, by their mean over repeats, largest first; equal ones in the order of the table. */
export function rankRows(column: MetricColumn): number[] {
  const means = meanOverRepeats(column);
  return Array.from(means.keys())
    .filter((row) => !Number.isNaN(means[row]))
    .toSorted((a, b) => means[b] - means[a] || a - b);
}
