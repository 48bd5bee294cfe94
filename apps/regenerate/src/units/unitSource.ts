import type { JournalEntry } from '../journal/journal.ts';
import type { Unit } from './units.ts';

/**
 * Gives out units to the workers of one or many processes, each unit to one worker at a time, until all of them are
 * finished. Every source keeps to the contract in test/unitSourceContract.ts.
 */
export interface UnitSource {
  /**
   * The next unit. Waits while all that is left is with other workers, who may give it back; undefined once every unit is
   * finished.
   *
   * @throws the signal's reason once it aborts
   */
  take(signal: AbortSignal): Promise<Claim | undefined>;
  /** Ends the use of the source. Units that are still out go back. */
  close(): Promise<void>;
}

/** A unit that a worker has. It ends with one of the two calls. */
export interface Claim {
  readonly unit: Unit;
  /** Hands in the run. When it resolves, the run is kept, or lies where its coordinator will find it, and is given out no more. */
  finish(entry: JournalEntry): Promise<void>;
  /** Gives the unit back, as it was. */
  release(): Promise<void>;
}
