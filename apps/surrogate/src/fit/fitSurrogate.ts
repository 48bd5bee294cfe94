import { kendall, spearman } from '@nasbench/dataset/analyses';
import {
  accuracyOf,
  accuracyRange,
  type BudgetModel,
  CELL_FEATURES,
  compileTrees,
  createFeatureWriter,
  createPredictor,
  linear,
  MODEL_VERSION,
  type SurrogateError,
  type SurrogateModel,
  TIME_TERM_COUNT,
  valueOf,
  writeTimeTerms,
} from '@nasbench/dataset/surrogate';
import { UsageError } from '@nasbench/foundation/errors';
import { createRandom, deriveSeed, type Seed, shuffleInPlace } from '@nasbench/foundation/random';
import type { PackedCell } from '@nasbench/graph';
import { createCostCounter, PAPER_NETWORK } from '@nasbench/model';
import { type GrowOptions, growTrees, type TrainingRows } from './growTrees.ts';
import { fitLine, leastSquares } from './leastSquares.ts';
import type { MeanRow, Means } from './means.ts';
import { normalQuantile } from './normalQuantile.ts';
import type { Observations } from './observations.ts';
import { deviationCurve, normalScores, quantileCurve, rounded, scoreOf } from './scores.ts';
import { sharedDeviations } from './sharedDeviations.ts';

export interface FitOptions {
  readonly seed: Seed;
  /** Folds of the cross-validation, 2 or more. */
  readonly folds: number;
  /** Told after each tree, with all trees of all folds and of the last fit. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Chosen by cross-validation on 10 000 official rows: see docs/surrogate.md. */
const SCORE_TREES: Omit<GrowOptions, 'seed'> = {
  trees: 500,
  depth: 6,
  learningRate: 0.1,
  rowShare: 0.6,
  featureShare: 0.2,
  shrinkage: 1,
  bins: 31,
};
const TIME_TREES: Omit<GrowOptions, 'seed'> = { ...SCORE_TREES, trees: 200 };

/** Fewer rows say too little about 135 features. */
const FEWEST_ROWS = 200;

/** The repeats of the official table, and the images that its accuracies are counted on. */
const REPEATS = 3;
const IMAGES = 9984;

/** A mean over three repeats says as much as three runs. */
const WEIGHT_OF_MEAN = 3;

/** A table of single runs does not say how repeats differ in time. Those of the official Inception-like cell differ by a tenth of a per cent. */
const TIME_DEVIATION = 0.001;

/** Rows as the trees want them, and what their targets are made of. */
interface Prepared {
  readonly cells: readonly PackedCell[];
  /** Feature f of row i at `f * count + i`. */
  readonly features: Float32Array;
  readonly count: number;
  /** Score of budget b and row i at `b * count + i`. */
  readonly scores: Float64Array;
  readonly seconds: Float64Array;
  readonly weights: Float64Array;
}

/** A fitted model and, for the rows that it was cross-validated on, what was predicted without them. */
export interface FitResult {
  readonly model: SurrogateModel;
  readonly errors: readonly SurrogateError[];
}

/**
 * Fits a surrogate. Each budget's validation accuracies become normal scores; trees predict the scores of all budgets
 * together; what cross-validation leaves over becomes the noise of a run. The training time is a linear model of costs,
 * corrected by trees. Deterministic for a seed.
 *
 * @param means adds exact means as rows of more weight, and the lines of test accuracy and time where observations have none
 * @throws UsageError for too few rows, or where neither source knows test accuracies
 */
export function fitSurrogate(observed: Observations, means: Means | undefined, options: FitOptions): FitResult {
  const count = observed.cells.length;
  if (count < FEWEST_ROWS) {
    throw new UsageError(`${observed.source}: expected ${FEWEST_ROWS} complete rows or more, found ${count}`);
  }
  const { folds, seed } = options;
  const sorted = observed.validation.map((values) => values.toSorted());
  const rows = prepare(observed, sorted, means);
  const foldOf = assignFolds(count, folds, seed);
  const budgetCount = observed.epochs.length;
  const total = (folds + 1) * (SCORE_TREES.trees + TIME_TREES.trees);
  let done = 0;
  const onTree = (): void => options.onProgress?.(++done, total);

  const predicted = observed.epochs.map(() => new Float64Array(count));
  const seconds = new Float64Array(count);
  for (let fold = 0; fold < folds; fold++) {
    // Means are of other cells than those left out, or else the fold would know them.
    const out = foldOf.flatMap((f, row) => (f === fold ? [row] : []));
    const outCells = new Set(out.map((row) => cellKey(rows.cells[row])));
    const inside = rows.cells.flatMap((cell, row) =>
      foldOf[row] === fold || outCells.has(cellKey(cell)) ? [] : [row],
    );
    const parts = growParts(select(rows, inside), budgetCount, deriveSeed(seed, 'fold', fold), onTree);
    const left = select(rows, out);
    const scores = new Float64Array(budgetCount * out.length);
    compileTrees(parts.scores).predict(left.features, out.length, out.length, scores);
    const times = predictSeconds(parts, left);
    out.forEach((row, i) => {
      seconds[row] = times[i];
      predicted.forEach((column, b) => (column[row] = scores[b * out.length + i]));
    });
  }

  const parts = growParts(rows, budgetCount, deriveSeed(seed, 'all'), onTree);
  const budgets = describeBudgets(observed, sorted, rows, predicted, means, seed);
  const errors = measureErrors(budgets, observed, predicted);
  const model: SurrogateModel = {
    modelVersion: MODEL_VERSION,
    repeats: REPEATS,
    seed: String(seed),
    features: CELL_FEATURES,
    scores: parts.scores,
    budgets,
    time: { coefficients: parts.coefficients, trees: parts.time, deviation: TIME_DEVIATION },
    images: IMAGES,
    fit: {
      source: [observed.source, ...(means === undefined ? [] : [means.source])].map(baseName).join(' and '),
      rows: count,
      folds,
      budgets: errors,
      timeR2: rounded(determination(seconds, observed.seconds[budgetCount - 1] as Float64Array)),
    },
  };
  return { model, errors };
}

const baseName = (file: string): string => file.replace(/^.*[\\/]/, '');
const cellKey = ({ vertices, edges, operations }: PackedCell): string => `${vertices} ${edges} ${operations}`;

/** Observed rows first, then the means of cells that have all budgets. */
function prepare(observed: Observations, sorted: readonly Float64Array[], means: Means | undefined): Prepared {
  const extra = completeMeans(means, observed.epochs);
  const cells = [...observed.cells, ...extra.map(([first]) => first.cell)];
  const count = cells.length;
  const features = new Float32Array(CELL_FEATURES.length * count);
  const write = createFeatureWriter();
  const costsOf = createCostCounter(PAPER_NETWORK);
  cells.forEach((cell, i) => write(cell, costsOf(cell), features, i, count));
  const scores = new Float64Array(observed.epochs.length * count);
  observed.validation.forEach((values, b) => {
    scores.set(normalScores(values), b * count);
    extra.forEach(
      (rows, i) => (scores[b * count + observed.cells.length + i] = scoreOf(sorted[b], rows[b].validation)),
    );
  });
  const last = observed.epochs.length - 1;
  const seconds = Float64Array.from([
    ...(observed.seconds[last] as Float64Array),
    ...extra.map((rows) => rows[last].seconds),
  ]);
  const weights = Float64Array.from(cells, (_, i) => (i < observed.cells.length ? 1 : WEIGHT_OF_MEAN));
  return { cells, features, count, scores, seconds, weights };
}

/** The rows of each cell that has all budgets and times, in their order. */
function completeMeans(means: Means | undefined, epochs: readonly number[]): MeanRow[][] {
  const byCell = new Map<string, MeanRow[]>();
  for (const row of means?.rows ?? []) {
    const key = cellKey(row.cell);
    byCell.set(key, [...(byCell.get(key) ?? []), row]);
  }
  return Array.from(byCell.values(), (rows) =>
    epochs.flatMap((budget) => rows.find((row) => row.epochs === budget && Number.isFinite(row.seconds)) ?? []),
  ).filter((rows) => rows.length === epochs.length);
}

function assignFolds(count: number, folds: number, seed: Seed): number[] {
  const foldOf = Array.from({ length: count }, (_, row) => row % folds);
  shuffleInPlace(createRandom(seed, 'folds'), foldOf);
  return foldOf;
}

function select(rows: Prepared, chosen: readonly number[]): Prepared {
  const count = chosen.length;
  const columns = <T extends Float32Array | Float64Array>(values: T, make: (length: number) => T): T => {
    const wide = values.length / rows.count;
    const picked = make(wide * count);
    for (let k = 0; k < wide; k++) {
      for (let i = 0; i < count; i++) picked[k * count + i] = values[k * rows.count + chosen[i]];
    }
    return picked;
  };
  const float64 = (length: number): Float64Array => new Float64Array(length);
  return {
    cells: chosen.map((row) => rows.cells[row]),
    features: columns(rows.features, (length) => new Float32Array(length)),
    count,
    scores: columns(rows.scores, float64),
    seconds: columns(rows.seconds, float64),
    weights: columns(rows.weights, float64),
  };
}

interface Parts {
  readonly scores: SurrogateModel['scores'];
  readonly coefficients: readonly number[];
  readonly time: SurrogateModel['scores'];
}

function growParts(rows: Prepared, budgetCount: number, seed: Seed, onTree: () => void): Parts {
  const { count, features, weights } = rows;
  const shared = { rows: count, features, featureCount: CELL_FEATURES.length, weights };
  const scores = growTrees(
    { ...shared, targets: rows.scores, outputs: budgetCount } satisfies TrainingRows,
    { ...SCORE_TREES, seed: deriveSeed(seed, 'scores') },
    onTree,
  );
  const terms = timeTermsOf(rows);
  // Relative errors count alike for short and long trainings.
  const coefficients = leastSquares(
    terms,
    TIME_TERM_COUNT,
    rows.seconds,
    rows.seconds.map((value, i) => weights[i] / (value * value)),
  );
  const ratios = rows.seconds.map((value, i) => value / linearTime(terms, i, coefficients));
  const time = growTrees(
    { ...shared, targets: ratios, outputs: 1 },
    { ...TIME_TREES, seed: deriveSeed(seed, 'time') },
    onTree,
  );
  return { scores, coefficients, time };
}

function timeTermsOf({ features, count }: Prepared): Float64Array {
  const terms = new Float64Array(count * TIME_TERM_COUNT);
  for (let i = 0; i < count; i++) {
    writeTimeTerms(features, count, i, terms.subarray(i * TIME_TERM_COUNT, (i + 1) * TIME_TERM_COUNT));
  }
  return terms;
}

const linearTime = (terms: Float64Array, i: number, coefficients: readonly number[]): number =>
  linear(terms.subarray(i * TIME_TERM_COUNT, (i + 1) * TIME_TERM_COUNT), coefficients);

function predictSeconds({ coefficients, time }: Parts, rows: Prepared): Float64Array {
  const ratios = new Float64Array(rows.count);
  compileTrees(time).predict(rows.features, rows.count, rows.count, ratios);
  const terms = timeTermsOf(rows);
  return ratios.map((ratio, i) => ratio * linearTime(terms, i, coefficients));
}

function describeBudgets(
  observed: Observations,
  sorted: readonly Float64Array[],
  rows: Prepared,
  predicted: readonly Float64Array[],
  means: Means | undefined,
  seed: Seed,
): BudgetModel[] {
  const last = observed.epochs.length - 1;
  const spreads = predicted.map((scores, b) => {
    const residuals = scores.map((score, row) => rows.scores[b * rows.count + row] - score);
    const deviation = deviationCurve(scores, residuals);
    return { deviation, standardized: residuals.map((residual, row) => residual / valueOf(deviation, scores[row])) };
  });
  const scattered = spreads.map(({ deviation, standardized }, b) => ({
    observed: rows.scores.subarray(b * rows.count, b * rows.count + observed.cells.length),
    predicted: predicted[b],
    deviation,
    residual: quantileCurve(standardized.toSorted()),
  }));
  const shared = sharedDeviations(scattered, seed);
  return observed.epochs.map((epochs, b) => ({
    epochs,
    accuracy: quantileCurve(sorted[b], 1),
    deviation: scattered[b].deviation,
    residual: scattered[b].residual,
    shared: rounded(shared[b]),
    test: testLine(observed, b, means),
    trainGap: trainGap(epochs),
    time: b === last ? { intercept: 0, slope: 1 } : timeLine(observed, b, means),
  }));
}

function testLine(observed: Observations, b: number, means: Means | undefined): BudgetModel['test'] {
  const epochs = observed.epochs[b];
  if (observed.test !== undefined) return roundedLine(fitLine(observed.validation[b], observed.test[b]));
  const rows = means?.rows.filter((row) => row.epochs === epochs) ?? [];
  if (rows.length < 3) {
    throw new UsageError(
      `${observed.source} has no test accuracies at ${epochs} epochs: name a file of means that has, with --means`,
    );
  }
  const line = fitLine(
    Float64Array.from(rows, (row) => row.validation),
    Float64Array.from(rows, (row) => row.test),
  );
  return roundedLine(line);
}

function timeLine(observed: Observations, b: number, means: Means | undefined): BudgetModel['time'] {
  const last = observed.epochs.length - 1;
  const seconds = observed.seconds[b];
  if (seconds !== undefined) return roundedLine(fitLine(observed.seconds[last] as Float64Array, seconds));
  const complete = completeMeans(means, observed.epochs);
  // Without times of smaller budgets, an epoch takes as long at every budget.
  if (complete.length < 3) return { intercept: 0, slope: observed.epochs[b] / observed.epochs[last] };
  const { intercept, slope } = fitLine(
    Float64Array.from(complete, (rows) => rows[last].seconds),
    Float64Array.from(complete, (rows) => rows[b].seconds),
  );
  return roundedLine({ intercept, slope });
}

const roundedLine = <T extends Readonly<Record<string, number>>>(line: T): T =>
  Object.fromEntries(Object.entries(line).map(([name, value]) => [name, rounded(value)])) as T;

/**
 * An assumption, not fitted (the sample has no train accuracies): none of the gap at 4 epochs, half of it at 30, nearly all
 * at 108, which is how trainings of these lengths with these images go.
 */
const trainGap = (epochs: number): number => rounded((epochs * epochs) / (epochs * epochs + 900));

function measureErrors(
  budgets: readonly BudgetModel[],
  observed: Observations,
  predicted: readonly Float64Array[],
): SurrogateError[] {
  return budgets.map((budget, b) => errorOf(budget, predicted[b], observed.validation[b]));
}

/** @param scores predicted; @param observed validation accuracies of single runs of the same cells */
function errorOf(budget: BudgetModel, scores: Float64Array, observed: Float64Array): SurrogateError {
  const predicted = scores.map((score) => accuracyOf(budget, score).mean);
  const squares = predicted.reduce((sum, value, row) => sum + (value - observed[row]) ** 2, 0);
  const best = (share: number): number => {
    const limit = observed.toSorted()[Math.floor((1 - share) * observed.length)];
    const rows = Array.from(observed, (_, row) => row).filter((row) => observed[row] >= limit);
    const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]);
    return rounded(spearman(pick(predicted), pick(observed)));
  };
  const within = (draw: number): number => {
    const inside = Array.from(scores, (score, row) => {
      const [low, high] = accuracyRange(budget, score, draw);
      return observed[row] >= low && observed[row] <= high;
    });
    return rounded(inside.filter(Boolean).length / inside.length);
  };
  return {
    epochs: budget.epochs,
    spearman: rounded(spearman(predicted, observed)),
    kendall: rounded(kendall(predicted, observed)),
    rmse: rounded(Math.sqrt(squares / predicted.length)),
    spearmanBestTenth: best(0.1),
    spearmanBestHundredth: best(0.01),
    withinHalf: within(normalQuantile(0.75)),
    withinNineTenths: within(normalQuantile(0.95)),
  };
}

/** The share of the variance of the observed values that the predictions explain. */
function determination(predicted: Float64Array, observed: Float64Array): number {
  const mean = observed.reduce((sum, value) => sum + value, 0) / observed.length;
  const rest = observed.reduce((sum, value, row) => sum + (value - predicted[row]) ** 2, 0);
  return 1 - rest / observed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** How far a model is off on rows that it was not fitted on. */
export interface SurrogateScore {
  readonly rows: number;
  readonly budgets: readonly SurrogateError[];
  readonly timeR2: number;
}

/** Scores a model on rows. Throws UsageError if they have no budget that the model knows. */
export function scoreSurrogate(model: SurrogateModel, observed: Observations): SurrogateScore {
  const shared = model.budgets.flatMap((budget, b) => {
    const column = observed.epochs.indexOf(budget.epochs);
    return column < 0 ? [] : [{ budget, b, column }];
  });
  if (shared.length === 0) {
    const known = model.budgets.map(({ epochs }) => epochs).join(', ');
    throw new UsageError(
      `${observed.source} has budgets of ${observed.epochs.join(', ')} epochs, the model of ${known}`,
    );
  }
  const predictions = createPredictor(model)(observed.cells);
  const { count } = predictions;
  const largest = model.budgets[model.budgets.length - 1].epochs;
  const seconds = observed.seconds[observed.epochs.indexOf(largest)];
  return {
    rows: count,
    budgets: shared.map(({ budget, b, column }) => {
      const scores = predictions.scores.subarray(b * count, (b + 1) * count);
      return errorOf(budget, scores, observed.validation[column]);
    }),
    timeR2: seconds === undefined ? Number.NaN : rounded(determination(predictions.seconds, seconds)),
  };
}
