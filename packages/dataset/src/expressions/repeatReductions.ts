import { isPresent, type MetricColumn } from '../tableSource.ts';
import type { Reduction } from './syntax.ts';

/** Writes one number for each of `count` rows from `start` on into `out`. */
export type ReduceRows = (column: MetricColumn, start: number, count: number, out: Float64Array) => void;

const meanRows: ReduceRows = (column, start, count, out) => {
  const { values, repeats, validity } = column;
  let index = start * repeats;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    let present = 0;
    for (let repeat = 0; repeat < repeats; repeat++, index++) {
      if (validity !== null && !isPresent(column, index)) continue;
      sum += values[index];
      present++;
    }
    out[i] = sum / present;
  }
};

/** Of a sample: divisor n - 1. */
const stdRows: ReduceRows = (column, start, count, out) => {
  const { values, repeats } = column;
  meanRows(column, start, count, out);
  let index = start * repeats;
  for (let i = 0; i < count; i++) {
    const mean = out[i];
    let squares = 0;
    let present = 0;
    for (let repeat = 0; repeat < repeats; repeat++, index++) {
      if (!isPresent(column, index)) continue;
      squares += (values[index] - mean) * (values[index] - mean);
      present++;
    }
    out[i] = present > 1 ? Math.sqrt(squares / (present - 1)) : Number.NaN;
  }
};

const extremeRows =
  (sign: 1 | -1): ReduceRows =>
  (column, start, count, out) => {
    const { values, repeats } = column;
    let index = start * repeats;
    for (let i = 0; i < count; i++) {
      let largest = Number.NaN;
      for (let repeat = 0; repeat < repeats; repeat++, index++) {
        if (isPresent(column, index) && !(sign * values[index] <= largest)) largest = sign * values[index];
      }
      out[i] = sign * largest;
    }
  };

const countRows: ReduceRows = (column, start, count, out) => {
  const { repeats } = column;
  let index = start * repeats;
  for (let i = 0; i < count; i++) {
    let present = 0;
    for (let repeat = 0; repeat < repeats; repeat++, index++) if (isPresent(column, index)) present++;
    out[i] = present;
  }
};

export const REDUCE_ROWS: Readonly<Record<Reduction, ReduceRows>> = {
  mean: meanRows,
  std: stdRows,
  min: extremeRows(-1),
  max: extremeRows(1),
  count: countRows,
};

/** One repeat, NaN where it is absent. */
export function pickRepeat(
  column: MetricColumn,
  repeat: number,
  start: number,
  count: number,
  out: Float64Array,
): void {
  const { values, repeats } = column;
  for (let i = 0, index = start * repeats + repeat; i < count; i++, index += repeats) {
    out[i] = isPresent(column, index) ? values[index] : Number.NaN;
  }
}
