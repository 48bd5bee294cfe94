import type { PackedCell } from '@nasbench/graph';
import { createCostCounter, PAPER_NETWORK } from '@nasbench/model';
import { CELL_FEATURES, createFeatureWriter } from './cellFeatures.ts';
import { type BudgetModel, type SurrogateModel, valueOf } from './surrogateModel.ts';
import { compileTrees } from './symmetricTrees.ts';
import { TIME_TERM_COUNT, writeTimeTerms } from './timeTerms.ts';

/** What the model says of a block of cells, before anything is drawn. */
export interface CellPredictions {
  readonly count: number;
  readonly trainableParameters: Uint32Array;
  /** Score of budget b and cell i at `b * count + i`. */
  readonly scores: Float64Array;
  /** Mean training seconds at the largest budget. */
  readonly seconds: Float64Array;
}

/** A function that predicts blocks of cells: about 15 us a cell, best some thousand at once. */
export function createPredictor(model: SurrogateModel): (cells: readonly PackedCell[]) => CellPredictions {
  const writeFeatures = createFeatureWriter();
  const costsOf = createCostCounter(PAPER_NETWORK);
  const scores = compileTrees(model.scores);
  const timeTrees = compileTrees(model.time.trees);
  const terms = new Float64Array(TIME_TERM_COUNT);
  const { coefficients } = model.time;

  return (cells) => {
    const count = cells.length;
    const features = new Float32Array(CELL_FEATURES.length * count);
    const trainableParameters = new Uint32Array(count);
    cells.forEach((cell, i) => {
      const costs = costsOf(cell);
      trainableParameters[i] = costs.trainableParameters;
      writeFeatures(cell, costs, features, i, count);
    });
    const predictions = new Float64Array(scores.outputs * count);
    scores.predict(features, count, count, predictions);
    const seconds = new Float64Array(count);
    timeTrees.predict(features, count, count, seconds);
    for (let i = 0; i < count; i++) {
      writeTimeTerms(features, count, i, terms);
      seconds[i] *= linear(terms, coefficients);
    }
    return { count, trainableParameters, scores: predictions, seconds };
  };
}

/** Sum of products, in order. */
export function linear(terms: Float64Array, coefficients: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) sum += coefficients[k] * terms[k];
  return sum;
}

/** The validation accuracies between which a run lies as a standard normal draw lies between -draw and draw. */
export function accuracyRange(budget: BudgetModel, score: number, draw: number): readonly [number, number] {
  const spread = valueOf(budget.deviation, score);
  const [low, high] = [-draw, draw].map((end) => score + spread * valueOf(budget.residual, end));
  return [valueOf(budget.accuracy, low), valueOf(budget.accuracy, high)];
}

/** The middles of 16 slices of equal probability of the standard normal distribution: these, and their negatives. */
const NORMAL_MIDDLES = [
  1.8627318674216515, 1.318010897303537, 1.009990169249582, 0.7764217611479277, 0.579132162255556, 0.40225006532172536,
  0.23720210932878769, 0.0784124127331122,
];

/** Mean and standard deviation of a run's validation accuracy, for a predicted score. */
export function accuracyOf(budget: BudgetModel, score: number): { mean: number; deviation: number } {
  const spread = valueOf(budget.deviation, score);
  let sum = 0;
  let squares = 0;
  for (const middle of NORMAL_MIDDLES) {
    for (const draw of [middle, -middle]) {
      const accuracy = valueOf(budget.accuracy, score + spread * valueOf(budget.residual, draw));
      sum += accuracy;
      squares += accuracy * accuracy;
    }
  }
  const draws = 2 * NORMAL_MIDDLES.length;
  const mean = sum / draws;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / draws - mean * mean)) };
}
