import { MissingRunError, meanOverRepeats, NASBench, OutOfDomainError, type QueryResult } from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import { deriveSeed, type Seed } from '@nasbench/foundation/random';
import { isValid } from '@nasbench/graph';
import type { Protocol } from './protocol.ts';
import type { Proposal, Searcher } from './searcher.ts';

/** One valid query of a search. */
export interface Trial {
  readonly moduleHash: string;
  readonly epochs: number;
  readonly validationAccuracy: number;
  /** simulated seconds spent so far, this query included */
  readonly seconds: number;
}

/** A search that has ended. */
export interface SearchRun {
  readonly trials: readonly Trial[];
  /** proposals outside the space; they cost nothing */
  readonly invalid: number;
  /** proposals inside the space of which the table has no run at their budget; they cost nothing either */
  readonly missing: number;
  /** the trial with the best validation accuracy; null if nothing was queried */
  readonly incumbent: Trial | null;
  /**
   * Mean final test accuracy of the best cell of the table minus that of the incumbent; null without an incumbent, or if
   * the table has no run of it at the largest budget.
   */
  readonly testRegret: number | null;
}

/** A search among many invalid or missing proposals gives up after so many in a row. */
const MAX_FRUITLESS_PROPOSALS = 1_000_000;

/** Runs a searcher against a table until the protocol's budget is spent. The same seed gives the same trials. */
export function runSearch(bench: NASBench, searcher: Searcher, protocol: Protocol, seed: Seed): SearchRun {
  if (protocol.seconds === null && protocol.queries === null)
    throw new UsageError('a search needs a limit of seconds or of queries');
  const table = new NASBench(bench.table, { seed: deriveSeed(seed, 'queries') });
  const trials: Trial[] = [];
  const skipped = { invalid: 0, missing: 0 };
  let fruitless = 0;
  while (!isSpent(protocol, table, trials.length)) {
    const proposal = searcher.ask();
    const answer = queryFor(table, proposal, protocol);
    if (typeof answer === 'string') {
      skipped[answer]++;
      searcher.tell(proposal, { valid: false });
      if (++fruitless >= MAX_FRUITLESS_PROPOSALS) {
        throw new UsageError(
          `${fruitless} proposals in a row are not in this table; does the searcher's space fit it?`,
        );
      }
      continue;
    }
    fruitless = 0;
    const { moduleHash, epochs, validationAccuracy, trainingTime } = answer;
    trials.push({ moduleHash, epochs, validationAccuracy, seconds: table.budgetCounters().trainingSeconds });
    searcher.tell(proposal, { valid: true, validationAccuracy, trainingTime });
  }
  const incumbent = bestOf(trials);
  return { trials, ...skipped, incumbent, testRegret: incumbent && testRegret(table, incumbent.moduleHash) };
}

function isSpent({ seconds, queries }: Protocol, table: NASBench, done: number): boolean {
  return (
    (queries !== null && done >= queries) || (seconds !== null && table.budgetCounters().trainingSeconds >= seconds)
  );
}

/** The answer of the table, or why the proposal is skipped. */
function queryFor(
  table: NASBench,
  { cell, epochs }: Proposal,
  { validityRule, signal }: Protocol,
): QueryResult | 'invalid' | 'missing' {
  if (!isValid(cell, table.metadata.space, validityRule)) return 'invalid';
  try {
    return table.query(cell, { epochs, repeat: signal === 'mean' ? 'mean' : 'random' });
  } catch (error) {
    if (error instanceof MissingRunError) return 'missing';
    if (error instanceof OutOfDomainError && error.reason === 'not-in-table') return 'missing';
    throw error;
  }
}

function bestOf(trials: readonly Trial[]): Trial | null {
  let best: Trial | null = null;
  for (const trial of trials) if (best === null || trial.validationAccuracy > best.validationAccuracy) best = trial;
  return best;
}

function testRegret(table: NASBench, incumbent: string): number | null {
  const { epochs } = table.metadata;
  const means = meanOverRepeats(table.column(`test_accuracy_${epochs[epochs.length - 1]}`));
  const reached = means[table.table.findRow(incumbent)];
  if (Number.isNaN(reached)) return null;
  // Rows without a run have no mean.
  return means.filter((mean) => !Number.isNaN(mean)).reduce((a, b) => Math.max(a, b)) - reached;
}
