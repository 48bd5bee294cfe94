import type { ValidityRule } from '@nasbench/graph';

/** The rules of a search experiment. Results of different protocols cannot be compared. */
export interface Protocol {
  /** which raw matrices may be queried; an invalid proposal costs nothing and is told as such */
  readonly validityRule: ValidityRule;
  /** what a query shows: one run, drawn at random, or the mean of the repeats */
  readonly signal: 'random-repeat' | 'mean';
  /** training seconds of the queries made, after which the search ends; null: no limit */
  readonly seconds: number | null;
  /** valid queries, after which the search ends; null: no limit */
  readonly queries: number | null;
}

/** Section 4.1 of Ying et al. 2019: raw matrices with more than 9 edges are invalid, one random run a query, 1e7 seconds. */
export const PAPER_PROTOCOL: Protocol = {
  validityRule: 'raw-edges',
  signal: 'random-repeat',
  seconds: 1e7,
  queries: null,
};
