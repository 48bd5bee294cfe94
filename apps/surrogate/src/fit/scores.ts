import type { Curve } from '@nasbench/dataset/surrogate';
import { normalQuantile } from './normalQuantile.ts';

/** Each value's normal score: the standard normal quantile of its rank; equal values share their mean rank. */
export function normalScores(values: Float64Array): Float64Array {
  const order = Array.from(values, (_, i) => i).toSorted((a, b) => values[a] - values[b]);
  const scores = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    const score = normalQuantile((start + end) / 2 / order.length);
    for (let i = start; i < end; i++) scores[order[i]] = score;
  }
  return scores;
}

/** The score at which a sorted sample has a value, between its ends. */
export function scoreOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  const rank = Math.min(sorted.length - 0.5, Math.max(0.5, low));
  return normalQuantile(rank / sorted.length);
}

/**
 * The quantiles of a sorted sample as a curve over normal scores. Past its last point the curve goes on as straight as the
 * last half per cent of the sample (at most to `highest`), since a larger table has larger values; below, it stays.
 */
export function quantileCurve(sorted: Float64Array, highest = Number.POSITIVE_INFINITY): Curve {
  const n = sorted.length;
  const scores = Float64Array.from(sorted, (_, i) => normalQuantile((i + 0.5) / n));
  const near = Math.max(0, n - 1 - Math.ceil(n / 200));
  const slope = (sorted[n - 1] - sorted[near]) / Math.max(1e-9, scores[n - 1] - scores[near]);
  const values: number[] = [];
  let i = 0;
  for (let k = 0; k <= CURVE_STEPS; k++) {
    const score = CURVE_FIRST + k * CURVE_STEP;
    while (i < n - 1 && scores[i + 1] <= score) i++;
    if (score <= scores[0]) values.push(sorted[0]);
    else if (i === n - 1) values.push(Math.min(highest, sorted[n - 1] + slope * (score - scores[n - 1])));
    else {
      const share = (score - scores[i]) / (scores[i + 1] - scores[i]);
      values.push(sorted[i] + share * (sorted[i + 1] - sorted[i]));
    }
  }
  return { first: CURVE_FIRST, step: CURVE_STEP, values: values.map(rounded) };
}

/** -5 to 5: one draw in 3.5 million lies beyond. */
const CURVE_FIRST = -5;
const CURVE_STEP = 1 / 16;
const CURVE_STEPS = 160;

/** Six digits are more than a sample of some thousand rows knows. */
export const rounded = (value: number): number => Number(value.toPrecision(6));

/** The standard deviation of residuals over the predicted score: of the nearest twentieth of the rows, at every quarter. */
export function deviationCurve(predicted: Float64Array, residuals: Float64Array): Curve {
  const order = Array.from(predicted, (_, i) => i).toSorted((a, b) => predicted[a] - predicted[b]);
  const n = order.length;
  const width = Math.max(20, Math.floor(n / 20));
  const [first, step, steps] = [-3, 0.25, 24];
  const values = Array.from({ length: steps + 1 }, (_, k) => {
    const center = order.findIndex((row) => predicted[row] >= first + k * step);
    const middle = center < 0 ? n : center;
    const start = Math.min(Math.max(0, n - width), Math.max(0, middle - (width >> 1)));
    const window = order.slice(start, start + width);
    return Math.sqrt(window.reduce((sum, row) => sum + residuals[row] ** 2, 0) / window.length);
  });
  return { first, step, values: values.map(rounded) };
}
