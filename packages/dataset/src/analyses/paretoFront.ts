import { UsageError } from '@nasbench/foundation/errors';
import { checkSameRows, completeRows, type Values } from './values.ts';

export interface Objective {
  readonly values: Values;
  /** Whether large or small values are good. */
  readonly better: 'larger' | 'smaller';
}

/**
 * The rows that no other row dominates: none is at least as good in every objective and better in one. Rows with equal
 * values in all objectives stand or fall together. Rows with a missing value are left out. Order: best first objective first,
 * equal ones by the second and so on, then the order of the table. O(n log n) for one and two objectives; for more, O(n log n)
 * and O(n times the front), at its worst if nearly all rows are on it.
 *
 * @throws UsageError for no objective or columns of different lengths.
 */
export function paretoFront(objectives: readonly Objective[]): Uint32Array {
  if (objectives.length === 0) throw new UsageError('a Pareto front needs at least one objective');
  for (const { values } of objectives) checkSameRows(objectives[0].values, values);
  const rows = completeRows(objectives.map(({ values }) => values));
  // Costs: small is good.
  const costs = objectives.map(({ values, better }) =>
    Float64Array.from(values, (value) => (better === 'larger' ? -value : value)),
  );
  rows.sort((a, b) => {
    for (const cost of costs) {
      const order = cost[a] - cost[b];
      if (order !== 0) return order;
    }
    return a - b;
  });
  const isOnFront = costs.length <= 2 ? bySecondCost(costs) : byComparison(costs);
  return rows.filter(isOnFront);
}

type KeepsRow = (row: number) => boolean;

/** Rows come in lexicographic order, so with two costs a row is on the front if and only if it improves the second one. */
function bySecondCost(costs: readonly Float64Array[]): KeepsRow {
  const [first, second = first] = costs;
  let last = -1;
  return (row) => {
    const isEqual = last >= 0 && first[row] === first[last] && second[row] === second[last];
    if (last >= 0 && !isEqual && second[row] >= second[last]) return false;
    last = row;
    return true;
  };
}

/** A row can only be dominated by one before it, and then by one of the front. */
function byComparison(costs: readonly Float64Array[]): KeepsRow {
  const front: number[] = [];
  return (row) => {
    const isDominated = front.some(
      (other) => costs.every((cost) => cost[other] <= cost[row]) && costs.some((cost) => cost[other] < cost[row]),
    );
    if (!isDominated) front.push(row);
    return !isDominated;
  };
}
