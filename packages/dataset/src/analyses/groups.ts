import { checkSameRows, type Values } from './values.ts';

/** Rows that share a whole number: a depth, a width, a distance. Means are in the unit of the values. */
export interface GroupMeans {
  /** The numbers that occur, ascending. */
  readonly groups: Float64Array;
  /** Rows of each group that have a value. */
  readonly counts: Uint32Array;
  readonly means: Float64Array;
  /** Of a sample: divisor n - 1; NaN for a single row. */
  readonly standardDeviations: Float64Array;
}

/**
 * Mean and spread of a column for each value of another, such as accuracy or time by `cellDepths` and `cellWidths` (figure
 * 5 of the paper). Rows without a value or group (NaN) are left out. O(n) and O(g log g) for g groups.
 *
 * @throws UsageError for columns of different lengths.
 */
export function meansByGroup(groupOf: Values, values: Values): GroupMeans {
  checkSameRows(groupOf, values);
  const place = new Map<number, number>();
  const counts: number[] = [];
  const sums: number[] = [];
  const isUsed = (row: number): boolean => !Number.isNaN(groupOf[row]) && !Number.isNaN(values[row]);
  for (let row = 0; row < values.length; row++) {
    if (!isUsed(row)) continue;
    let group = place.get(groupOf[row]);
    if (group === undefined) {
      group = place.size;
      place.set(groupOf[row], group);
      counts.push(0);
      sums.push(0);
    }
    counts[group]++;
    sums[group] += values[row];
  }
  const squares = sums.map(() => 0);
  for (let row = 0; row < values.length; row++) {
    if (!isUsed(row)) continue;
    const group = place.get(groupOf[row]) as number;
    const deviation = values[row] - sums[group] / counts[group];
    squares[group] += deviation * deviation;
  }
  const groups = Float64Array.from(place.keys()).toSorted();
  const order = Array.from(groups, (group) => place.get(group) as number);
  return {
    groups,
    counts: Uint32Array.from(order, (group) => counts[group]),
    means: Float64Array.from(order, (group) => sums[group] / counts[group]),
    standardDeviations: Float64Array.from(order, (group) =>
      counts[group] > 1 ? Math.sqrt(squares[group] / (counts[group] - 1)) : Number.NaN,
    ),
  };
}
