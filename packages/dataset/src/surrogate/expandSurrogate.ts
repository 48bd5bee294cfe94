import { createRandom, normal, type Random } from '@nasbench/foundation/random';
import {
  type CellEnumeration,
  type CellSpace,
  enumerateCells,
  hashCells,
  NASBENCH_101,
  type PackedCell,
} from '@nasbench/graph';
import { PAPER_NETWORK } from '@nasbench/model';
import { type Metric, metricColumn, type Point } from '../columns.ts';
import { compareHashes, HASH_BYTES, readHash } from '../hashBytes.ts';
import { FORMAT_VERSION, type TableMetadata } from '../metadata.ts';
import type { BenchmarkTable } from '../table.ts';
import { tableFromColumns } from '../tableFromColumns.ts';
import type { CellColumns, MetricColumn } from '../tableSource.ts';
import { type CellPredictions, createPredictor } from './predict.ts';
import { type BudgetModel, type SurrogateModel, valueOf } from './surrogateModel.ts';

/** Cells predicted at once: their features fit the processor's cache. */
const BLOCK = 1024;

/** Accuracy of guessing one of ten classes. */
const CHANCE = 0.1;

export interface ExpandOptions {
  /** Gets the number of cells done and of all cells. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Only cells of at most so many vertices, 2 .. 7: with the same values as in the whole table. Default 7. */
  readonly maxVertices?: number | undefined;
}

/**
 * The table of all 423 624 cells that a model stands for: the predicted distribution of every cell and budget, drawn from
 * `repeats` times. The same model gives the same bits on every machine; the draws of a cell follow from the model's seed and
 * its module hash alone. About 260 MB in memory.
 *
 * Rules for what the model does not know: test accuracy is on a line over validation accuracy, with noise; train accuracy is
 * `trainGap` of the way from validation accuracy to 1; half-way accuracies are those of the same score at the next smaller
 * budget (at the smallest: half-way to chance), at half the time; accuracies at the start are those of guessing. The total
 * time is the training time: evaluation costs nothing.
 */
export function expandSurrogate(model: SurrogateModel, options: ExpandOptions = {}): BenchmarkTable {
  const space = { ...NASBENCH_101, maxVertices: options.maxVertices ?? NASBENCH_101.maxVertices };
  const enumeration = enumerateCells(space);
  const { count } = enumeration;
  options.onProgress?.(0, count);
  const hashes = hashCells(enumeration);
  const order = new Uint32Array(count).map((_, index) => index);
  order.sort((a, b) => compareHashes(hashes, a, hashes, b));
  const cells = createCellColumns(enumeration, hashes, order);
  const columns = createMetricColumns(model, count);
  const predict = createPredictor(model);
  for (let start = 0; start < count; start += BLOCK) {
    const block: PackedCell[] = [];
    for (let row = start; row < Math.min(count, start + BLOCK); row++) block.push(packedCell(enumeration, order[row]));
    const predictions = predict(block);
    cells.trainableParameters.set(predictions.trainableParameters, start);
    for (let i = 0; i < block.length; i++) {
      const random = createRandom(model.seed, 'cell', readHash(cells.moduleHashes, start + i));
      drawCell(model, predictions, i, columns, start + i, random);
    }
    options.onProgress?.(start + block.length, count);
  }
  return tableFromColumns(
    metadataOf(model, space),
    cells,
    columns.flatMap(({ metrics }) => Object.values(metrics)),
  );
}

function metadataOf(model: SurrogateModel, space: CellSpace): TableMetadata {
  const { fit, modelVersion } = model;
  const errors = fit.budgets.map(({ epochs, spearman }) => `${spearman.toFixed(3)} at ${epochs} epochs`).join(', ');
  return {
    formatVersion: FORMAT_VERSION,
    provenance: 'surrogate',
    epochs: model.budgets.map(({ epochs }) => epochs),
    repeats: model.repeats,
    space,
    images: { description: 'none: predicted, not trained' },
    network: PAPER_NETWORK,
    training: null,
    codeVersion: `surrogate model ${modelVersion}`,
    seed: model.seed,
    engine: null,
    notes: `predicted by a model fitted on ${fit.rows} rows of ${fit.source}; rank correlation with rows left out: ${errors}`,
    surrogate: { ...fit, budgets: fit.budgets.map((budget) => ({ ...budget })) },
  };
}

const packedCell = (cells: CellEnumeration, index: number): PackedCell => ({
  vertices: cells.vertices[index],
  edges: cells.edges[index],
  operations: cells.operations[index],
});

/** The cells in the order of their hashes; parameters are still zero. */
function createCellColumns(cells: CellEnumeration, hashes: Uint8Array, order: Uint32Array): CellColumns {
  const count = order.length;
  const base = NASBENCH_101.operations.length;
  const moduleHashes = new Uint8Array(count * HASH_BYTES);
  const operations = new Int16Array(count);
  const operationLists: string[][] = [];
  const listOf = new Map<number, number>();
  order.forEach((index, row) => {
    moduleHashes.set(hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES), row * HASH_BYTES);
    const key = cells.operations[index] * 8 + cells.vertices[index];
    let list = listOf.get(key);
    if (list === undefined) {
      list = operationLists.length;
      listOf.set(key, list);
      const digits: string[] = [];
      let code = cells.operations[index];
      for (let vertex = cells.vertices[index] - 2; vertex > 0; vertex--) {
        digits.unshift(NASBENCH_101.operations[code % base]);
        code = Math.floor(code / base);
      }
      operationLists.push(digits);
    }
    operations[row] = list;
  });
  return {
    moduleHashes,
    vertices: Uint8Array.from(order, (index) => cells.vertices[index]),
    edges: Uint32Array.from(order, (index) => cells.edges[index]),
    operations,
    operationLists,
    trainableParameters: new Uint32Array(count),
  };
}

type BudgetColumns = Record<`${Point} ${Metric}` | 'total', MetricColumn & { readonly values: Float32Array }>;

interface Columns {
  readonly budget: BudgetModel;
  /** Of the next smaller budget; undefined for the smallest. */
  readonly smaller: BudgetModel | undefined;
  readonly metrics: BudgetColumns;
}

function createMetricColumns({ budgets, repeats }: SurrogateModel, count: number): Columns[] {
  return budgets.map((budget, index) => {
    const column = (name: string): BudgetColumns['total'] => ({
      name,
      repeats,
      values: new Float32Array(count * repeats),
      validity: null,
    });
    const metric = (point: Point, name: Metric): BudgetColumns['total'] =>
      column(metricColumn(name, budget.epochs, point));
    return {
      budget,
      smaller: budgets[index - 1],
      metrics: {
        'end train_accuracy': metric('end', 'train_accuracy'),
        'end validation_accuracy': metric('end', 'validation_accuracy'),
        'end test_accuracy': metric('end', 'test_accuracy'),
        'end training_time': metric('end', 'training_time'),
        total: column(`total_time_${budget.epochs}`),
        'half train_accuracy': metric('half', 'train_accuracy'),
        'half validation_accuracy': metric('half', 'validation_accuracy'),
        'half test_accuracy': metric('half', 'test_accuracy'),
        'half training_time': metric('half', 'training_time'),
        'start train_accuracy': metric('start', 'train_accuracy'),
        'start validation_accuracy': metric('start', 'validation_accuracy'),
        'start test_accuracy': metric('start', 'test_accuracy'),
        'start training_time': metric('start', 'training_time'),
      },
    };
  });
}

function drawCell(
  model: SurrogateModel,
  predictions: CellPredictions,
  i: number,
  columns: readonly Columns[],
  row: number,
  random: Random,
): void {
  const { repeats, images, time } = model;
  const ofCell = normal(random);
  const accuracy = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * images) / images;
  const start = accuracy(CHANCE);
  columns.forEach(({ budget, smaller, metrics }, b) => {
    const score = predictions.scores[b * predictions.count + i];
    const spread = valueOf(budget.deviation, score);
    const own = Math.sqrt(Math.max(0, spread * spread - budget.shared * budget.shared));
    const meanSeconds = budget.time.intercept + budget.time.slope * predictions.seconds[i];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const drawn = score + budget.shared * ofCell + own * valueOf(budget.residual, normal(random));
      const validation = valueOf(budget.accuracy, drawn);
      const half = smaller === undefined ? (validation + CHANCE) / 2 : valueOf(smaller.accuracy, drawn);
      const noise = normal(random);
      const seconds = Math.max(0, meanSeconds * (1 + time.deviation * normal(random)));
      const at = row * repeats + repeat;
      metrics['end validation_accuracy'].values[at] = accuracy(validation);
      metrics['end test_accuracy'].values[at] = accuracy(testAccuracy(budget, validation, noise));
      metrics['end train_accuracy'].values[at] = accuracy(validation + budget.trainGap * (1 - validation));
      metrics['end training_time'].values[at] = seconds;
      metrics.total.values[at] = seconds;
      const halfBudget = smaller ?? budget;
      metrics['half validation_accuracy'].values[at] = accuracy(half);
      metrics['half test_accuracy'].values[at] = accuracy(testAccuracy(halfBudget, half, noise));
      metrics['half train_accuracy'].values[at] = accuracy(half + halfBudget.trainGap * (1 - half));
      metrics['half training_time'].values[at] = seconds / 2;
      metrics['start train_accuracy'].values[at] = start;
      metrics['start validation_accuracy'].values[at] = start;
      metrics['start test_accuracy'].values[at] = start;
    }
  });
}

/** The line was fitted on networks that learned something: between it and guessing, test accuracy is validation accuracy. */
function testAccuracy({ test }: BudgetModel, validation: number, noise: number): number {
  const onLine = test.intercept + test.slope * validation;
  const trust = Math.min(1, Math.max(0, (validation - CHANCE) / CHANCE));
  return validation + trust * (onLine - validation + test.deviation * noise);
}
