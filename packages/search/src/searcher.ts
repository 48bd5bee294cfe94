import type { Cell } from '@nasbench/graph';

/** A cell to train, and for how long. */
export interface Proposal {
  readonly cell: Cell;
  readonly epochs: number;
}

/** What a searcher learns about its proposal. */
export type Outcome =
  | { readonly valid: false }
  | { readonly valid: true; readonly validationAccuracy: number; readonly trainingTime: number };

/**
 * A search algorithm. It is asked for a proposal and told its outcome, one after the other; it knows neither the table
 * nor the test accuracy.
 */
export interface Searcher {
  ask(): Proposal;
  tell(proposal: Proposal, outcome: Outcome): void;
}
