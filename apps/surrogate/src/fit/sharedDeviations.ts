import { spearman } from '@nasbench/dataset/analyses';
import { type BudgetModel, valueOf } from '@nasbench/dataset/surrogate';
import { createRandom, normal, type Seed } from '@nasbench/foundation/random';

/** One budget's observed scores, the scores predicted for the same rows without them, and how runs scatter around these. */
export interface ScatteredScores extends Pick<BudgetModel, 'deviation' | 'residual'> {
  readonly observed: Float64Array;
  readonly predicted: Float64Array;
}

/** Most of a run's variance that may be shared: repeats of the official table differ by at least half of what is unknown. */
const LARGEST_SHARE = 0.5;

/** The best tenth has a tenth of the rows: its correlation is known that much less well. */
const WEIGHT_OF_BEST = 0.1;

const STEP = 0.02;
const ROUNDS = 6;

/**
 * The part of each budget's deviation that the runs of one cell share: the multiples of 0.02 with which simulated runs have
 * the rank correlations between budgets of the observed ones, over all rows and over the best tenth by the largest budget
 * (least squares of their differences, one budget after the other until nothing gets better).
 */
export function sharedDeviations(budgets: readonly ScatteredScores[], seed: Seed): number[] {
  const rows = budgets[0].observed.length;
  const random = createRandom(seed, 'shared');
  const draws = (): Float64Array => Float64Array.from({ length: rows }, () => normal(random));
  const ofCell = draws();
  const spreads = budgets.map(({ deviation, predicted }) => predicted.map((score) => valueOf(deviation, score)));
  const ofRun = budgets.map(({ residual }) => draws().map((draw) => valueOf(residual, draw)));
  const limits = spreads.map((spread) => Math.sqrt(LARGEST_SHARE) * spread.reduce((a, b) => Math.min(a, b)));
  const simulate = (b: number, shared: number): Float64Array =>
    budgets[b].predicted.map((score, row) => {
      const own = Math.sqrt(Math.max(0, spreads[b][row] ** 2 - shared * shared));
      return score + shared * ofCell[row] + own * ofRun[b][row];
    });

  const wanted = correlations(budgets.map(({ observed }) => observed));
  const shared = budgets.map(() => 0);
  const simulated = budgets.map((_, b) => simulate(b, 0));
  let least = distance(correlations(simulated), wanted);
  for (let round = 0, better = true; round < ROUNDS && better; round++) {
    better = false;
    for (let b = 0; b < budgets.length; b++) {
      for (let value = 0; value <= limits[b]; value += STEP) {
        const trial = simulated.with(b, simulate(b, value));
        const found = distance(correlations(trial), wanted);
        if (found >= least) continue;
        [least, shared[b], better] = [found, value, true];
        simulated[b] = trial[b];
      }
    }
  }
  return shared;
}

/** Between every two budgets, and between the two largest in the best tenth by the largest. */
function correlations(scores: readonly Float64Array[]): number[] {
  const found = scores.flatMap((a, i) => scores.slice(i + 1).map((b) => spearman(a, b)));
  if (scores.length < 2) return found;
  const [second, largest] = scores.slice(-2);
  const limit = largest.toSorted()[Math.floor(0.9 * largest.length)];
  const best = Array.from(largest, (_, row) => row).filter((row) => largest[row] >= limit);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(best, (row) => column[row]);
  return [...found, spearman(pick(second), pick(largest))];
}

/** Sum of squares; the last correlation, of the best tenth, counts less. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + (i > 0 && i === a.length - 1 ? WEIGHT_OF_BEST : 1) * (value - b[i]) ** 2, 0);
