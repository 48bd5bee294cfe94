import { UsageError } from '@nasbench/foundation/errors';
import { ascendingOrder } from './order.ts';

/** One value for every row of a table: a typed array or any other. NaN stands for a missing value. */
export type Values = ArrayLike<number>;

/** Throws UsageError unless both have one value for each of the same rows. */
export function checkSameRows(a: { readonly length: number }, b: { readonly length: number }): void {
  if (a.length !== b.length) {
    throw new UsageError(`expected columns of the same rows, found ${a.length} and ${b.length} values`);
  }
}

/** A copy, ascending, without the missing values. O(n log n). */
export function sortedValues(values: Values): Float64Array {
  return valuesAt(values, completeRows([values])).toSorted();
}

/** The rows in which none of the columns is missing. */
export function completeRows(columns: readonly Values[]): Uint32Array {
  const isMissing = new Uint8Array(columns[0].length);
  for (const values of columns) {
    for (let row = 0; row < isMissing.length; row++) if (Number.isNaN(values[row])) isMissing[row] = 1;
  }
  const rows = new Uint32Array(isMissing.length);
  let count = 0;
  for (let row = 0; row < rows.length; row++) if (isMissing[row] === 0) rows[count++] = row;
  return rows.subarray(0, count);
}

/** The values of the given rows, in their order. */
export function valuesAt(values: Values, rows: ArrayLike<number>): Float64Array {
  const chosen = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) chosen[i] = values[rows[i]];
  return chosen;
}

/** The number of elements of an ascending array that are at most `value`. */
export function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows by their value, largest first, equal ones in the order of the table; missing values left out. O(n). */
export function rowsByValue(values: Values): Uint32Array {
  const rows = completeRows([values]);
  const negated = valuesAt(values, rows).map((value) => -value);
  return ascendingOrder(negated).map((i) => rows[i]);
}
