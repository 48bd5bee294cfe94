import { type Operations, planNetwork } from '@nasbench/model';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import type { JournalEntry } from '../journal/journal.ts';
import { runOf } from '../pool/trainUnit.ts';
import type { WorkCount } from './countWork.ts';

/** Memory and disk of some work in bytes, counted and not measured. */
export interface Needs {
  /**
   * of a worker, at least: results of all layers of the cell with most multiply-adds, which the backward pass needs, and
   * weights, gradients and the optimizer's two slots
   */
  readonly memory: number;
  /** images whose results are in memory at once */
  readonly imagesAtOnce: number;
  /** of one run, at most: weights and slots */
  readonly checkpoint: number;
  readonly journals: number;
  readonly table: number;
}

const FLOAT = 4;
/** 3 accuracies and a time at 3 points as floats, the total time as a double. */
const RUN_IN_TABLE = 3 * 4 * FLOAT + 8;
/** The module hash, and masks of edges and operations. */
const CELL_IN_TABLE = 16 + 8;

export function needsOf(configuration: Configuration, count: WorkCount, operations?: Operations): Needs {
  const { units, costs, parameters, multiplyAdds } = count;
  const { network, training } = setupOf(configuration);
  const { size, channels, labels } = configuration.images;
  const dearest = costs.multiplyAdds.indexOf(multiplyAdds.most);
  const config = { ...network, imageSize: size, imageChannels: channels, labels };
  const { layers, trainableParameters } = planNetwork(units.cell(dearest), config, operations);
  const imagesAtOnce = training.batchSize / training.shards;
  // A convolution keeps its own result and the normalised one.
  const values = layers.reduce(
    (total, { kind, shape }) => total + (kind === 'conv-bn-relu' ? 2 : 1) * shape.reduce((a, b) => a * b, 1),
    0,
  );
  return {
    memory: FLOAT * (imagesAtOnce * values + 4 * trainableParameters),
    imagesAtOnce,
    checkpoint: 3 * FLOAT * parameters.most,
    journals: units.length * lineBytes(configuration, count),
    table: units.length * RUN_IN_TABLE + units.cellCount * CELL_IN_TABLE,
  };
}

/** Of a run with numbers as long as they usually are: accuracies are fractions of a number of images, times floats. */
function lineBytes(configuration: Configuration, { units }: WorkCount): number {
  const unit = units.at(units.length - 1);
  const value = Math.fround(1 / 3);
  const point = {
    epochs: unit.epochs,
    trainingTime: value,
    trainAccuracy: value,
    validationAccuracy: value,
    testAccuracy: value,
  };
  const entry: JournalEntry = {
    ...runOf(unit, configuration),
    trainableParameters: 1_000_000,
    totalTime: 1 / 3,
    attempts: 1,
    engine: '@tensorflow/tfjs-backend-wasm 4.22.0 with @nasbench/kernels 0.1.0',
    points: [point, point, point],
  };
  const checksumAndNewline = 10;
  return JSON.stringify(entry).length + checksumAndNewline;
}
