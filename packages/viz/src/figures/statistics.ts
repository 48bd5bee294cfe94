import type { Column } from './columns.ts';

export function sorted(values: Column): Float64Array {
  return Float64Array.from(values).toSorted();
}

/** Quantile of ascending values, interpolated linearly as numpy does; `p` in [0, 1]. */
export function quantile(ascending: Float64Array, p: number): number {
  const position = (ascending.length - 1) * p;
  const below = Math.floor(position);
  const low = ascending[below];
  const high = ascending[Math.min(below + 1, ascending.length - 1)];
  return low + (high - low) * (position - below);
}

/** Where to start an axis: a few cells near chance would take half the picture from the other 99 %, such a tail is cut. */
export function withoutTail(ascending: Float64Array): number {
  const low = ascending[Math.floor(ascending.length / 100)];
  return low - ascending[0] > ascending[ascending.length - 1] - low ? low : ascending[0];
}

export function mean(values: Column): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Spearman's rank correlation is Pearson's of the ranks; NaN if a column is constant. */
export function spearman(a: Column, b: Column): number {
  return pearson(ranks(a), ranks(b));
}

/** Ranks from 0 on, ties at their mean rank; found in the sorted copy, as a sort with a comparator takes several times longer. */
export function ranks(values: Column): Float64Array {
  const ascending = sorted(values);
  const n = ascending.length;
  const meanRank = new Float64Array(n); // at the first of equal values
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && ascending[end] === ascending[start]) end++;
    meanRank[start] = (start + end - 1) / 2;
  }
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) result[i] = meanRank[countBelow(ascending, values[i])];
  return result;
}

/** How many of the ascending values are below a limit. */
export function countBelow(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pearson's correlation of two columns. */
export function pearson(a: Float64Array, b: Float64Array): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] - meanA;
    const y = b[i] - meanB;
    covariance += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  return covariance / Math.sqrt(varianceA * varianceB);
}
