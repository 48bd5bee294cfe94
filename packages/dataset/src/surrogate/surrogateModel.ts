import { NasbenchError } from '@nasbench/foundation/errors';
import { CELL_FEATURES } from './cellFeatures.ts';
import type { SymmetricTrees } from './symmetricTrees.ts';

/** Version of the model file, and of the features and rules that it was fitted for. */
export const MODEL_VERSION = 1;

/** A curve given at equal steps: `values[i]` at `first + i * step`. Straight between them. */
export interface Curve {
  readonly first: number;
  readonly step: number;
  readonly values: readonly number[];
}

/**
 * How one budget's runs scatter. A run's validation accuracy is `accuracy(z)` of a score z that is standard normal over the
 * space: z = predicted score + shared * u + sqrt(deviation(predicted score)^2 - shared^2) * residual(e), u drawn once for
 * the cell and all its budgets, e once for the run, both standard normal.
 */
export interface BudgetModel {
  readonly epochs: number;
  /** Score to validation accuracy: the quantiles of single runs. */
  readonly accuracy: Curve;
  /** Predicted score to the standard deviation of a run's score around it. */
  readonly deviation: Curve;
  /** Standard normal draw to residual in standard deviations: the shape of the residuals, tails included. */
  readonly residual: Curve;
  /** The part of the deviation that the runs of one cell share: what the features do not know of the cell. In scores. */
  readonly shared: number;
  /** Test accuracy of a run: intercept + slope * validation accuracy, and the standard deviation around it. */
  readonly test: { readonly intercept: number; readonly slope: number; readonly deviation: number };
  /** Share of the way from validation accuracy to 1 at which the train accuracy is. */
  readonly trainGap: number;
  /** Training seconds: intercept + slope * seconds at the largest budget. */
  readonly time: { readonly intercept: number; readonly slope: number };
}

/** A fitted surrogate of a table of NAS-Bench-101's space. */
export interface SurrogateModel {
  readonly modelVersion: typeof MODEL_VERSION;
  readonly repeats: number;
  /** Root of all draws. */
  readonly seed: string;
  /** Names of the features, to know that model and code mean the same ones. */
  readonly features: readonly string[];
  /** One output a budget: the score of its validation accuracy. */
  readonly scores: SymmetricTrees;
  /** Ascending. */
  readonly budgets: readonly BudgetModel[];
  /** Training seconds at the largest budget: sum of coefficients times `timeTerms`, times the output of the trees. */
  readonly time: {
    readonly coefficients: readonly number[];
    readonly trees: SymmetricTrees;
    /** Standard deviation of a repeat's seconds, as a share of them. */
    readonly deviation: number;
  };
  /** Accuracies are whole numbers of 1 / images: 9 984 for the official table. */
  readonly images: number;
  /** What it was fitted on and how well it predicted rows that it was not fitted on, for people and programs. */
  readonly fit: SurrogateFit;
}

export interface SurrogateFit {
  readonly source: string;
  readonly rows: number;
  /** Folds of the cross-validation. */
  readonly folds: number;
  readonly budgets: readonly SurrogateError[];
  /** Of the training time at the largest budget. */
  readonly timeR2: number;
}

/** Of predicted against held-out single runs. */
export interface SurrogateError {
  readonly epochs: number;
  readonly spearman: number;
  readonly kendall: number;
  /** Root mean square of the difference of accuracies. */
  readonly rmse: number;
  /** Spearman among the best tenth and the best hundredth of the rows, by observed accuracy. */
  readonly spearmanBestTenth: number;
  readonly spearmanBestHundredth: number;
  /** Share of the runs that lie in the middle half, and the middle nine tenths, of their predicted distribution: 0.5 and 0.9 if calibrated. */
  readonly withinHalf: number;
  readonly withinNineTenths: number;
}

/** A model file that this version cannot use. */
export class SurrogateModelError extends NasbenchError {
  override readonly name: string = 'SurrogateModelError';
}

/** Value of a curve at x; beyond its ends, the value at the end. */
export function valueOf({ first, step, values }: Curve, x: number): number {
  const position = (x - first) / step;
  if (!(position > 0)) return values[0];
  const index = Math.floor(position);
  if (index >= values.length - 1) return values[values.length - 1];
  return values[index] + (position - index) * (values[index + 1] - values[index]);
}

/** Reads a model file. `source` names it in messages. Throws SurrogateModelError. */
export function parseSurrogateModel(text: string, source: string): SurrogateModel {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SurrogateModelError(`${source}: not a surrogate model: expected JSON`, { cause });
  }
  const problem = modelProblem(value);
  if (problem !== undefined) throw new SurrogateModelError(`${source}: not a usable surrogate model: ${problem}`);
  return value as SurrogateModel;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber);

function modelProblem(model: unknown): string | undefined {
  if (!isObject(model)) return 'expected an object';
  const { modelVersion, repeats, seed, features, budgets, scores, time, images, fit } = model;
  if (modelVersion !== MODEL_VERSION) {
    return `expected modelVersion ${MODEL_VERSION}, found ${JSON.stringify(modelVersion)}`;
  }
  if (JSON.stringify(features) !== JSON.stringify(CELL_FEATURES)) return 'its features are not those of this version';
  if (!Number.isSafeInteger(repeats) || (repeats as number) < 1) return 'repeats: expected a positive integer';
  if (!Number.isSafeInteger(images) || (images as number) < 1) return 'images: expected a positive integer';
  if (typeof seed !== 'string') return 'seed: expected a text';
  if (!Array.isArray(budgets) || budgets.length === 0) return 'budgets: expected one or more';
  const wrong = budgets.findIndex((budget) => !isBudget(budget));
  if (wrong >= 0) return `budgets[${wrong}]: expected curves and rules of one budget`;
  if (!isTrees(scores, budgets.length)) return `scores: expected trees with ${budgets.length} outputs`;
  if (!isObject(time) || !isNumbers(time.coefficients) || !isNumber(time.deviation) || !isTrees(time.trees, 1)) {
    return 'time: expected coefficients, deviation and trees with 1 output';
  }
  if (!isObject(fit) || !Array.isArray(fit.budgets)) return 'fit: expected what the model was fitted on';
  return undefined;
}

function isBudget(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { epochs, accuracy, deviation, residual, shared, test, trainGap, time } = value;
  return (
    [accuracy, deviation, residual].every(isCurve) &&
    [epochs, shared, trainGap].every(isNumber) &&
    isObject(test) &&
    [test.intercept, test.slope, test.deviation].every(isNumber) &&
    isObject(time) &&
    [time.intercept, time.slope].every(isNumber)
  );
}

function isCurve(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { first, step, values } = value;
  return isNumber(first) && isNumber(step) && step > 0 && isNumbers(values) && values.length > 0;
}

function isTrees(value: unknown, outputs: number): boolean {
  if (!isObject(value)) return false;
  const { depth, features, thresholds, leaves, scale, base } = value;
  if (!isNumber(depth) || !Number.isInteger(depth) || depth < 1 || depth > 8 || value.outputs !== outputs) return false;
  if (![features, thresholds, leaves, scale, base].every(isNumbers)) return false;
  const split = features as number[];
  return (
    split.length % depth === 0 &&
    split.every((feature) => Number.isInteger(feature) && feature >= 0 && feature < CELL_FEATURES.length) &&
    (thresholds as number[]).length === split.length &&
    (leaves as number[]).length === (split.length / depth) * outputs * 2 ** depth &&
    (scale as number[]).length === outputs &&
    (base as number[]).length === outputs
  );
}
