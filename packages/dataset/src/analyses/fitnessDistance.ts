import { pearson, spearman } from './correlation.ts';
import { type GroupMeans, meansByGroup } from './groups.ts';
import type { Values } from './values.ts';

export interface FitnessDistance {
  /** Pearson's correlation, -1 .. 1: the fitness-distance correlation; strongly negative in an easy landscape. */
  readonly correlation: number;
  /** Spearman's, which does not care for the few very bad cells. */
  readonly rankCorrelation: number;
  /** Number, mean and spread of the values at each distance. */
  readonly byDistance: GroupMeans;
}

/**
 * How values fall off with the distance to the best cells: the fitness-distance correlation of Jones and Forrest (1995) that
 * section 5 and figure 6 of the paper use. O(n log n).
 *
 * @param distances edits: `distanceToCells(...).rows`, or `graphDistances` with NaN in place of -1. NaN: leave the row out.
 * @param values larger is better.
 * @throws UsageError for columns of different lengths.
 */
export function fitnessDistance(distances: Values, values: Values): FitnessDistance {
  return {
    correlation: pearson(distances, values),
    rankCorrelation: spearman(distances, values),
    byDistance: meansByGroup(distances, values),
  };
}
