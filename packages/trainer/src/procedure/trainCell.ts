import { UsageError } from '@nasbench/foundation/errors';
import { deriveSeed, type Seed } from '@nasbench/foundation/random';
import type { Cell } from '@nasbench/graph';
import { type NetworkPlan, type NetworkPreset, type Operations, planNetwork } from '@nasbench/model';
import type { Checkpoint } from '../checkpoints/checkpoint.node.ts';
import type { CheckpointStore } from '../checkpoints/checkpointStore.node.ts';
import { assertSameRun, fingerprintOf, fingerprintOfOwnLayers, type RunIdentity } from '../checkpoints/runIdentity.ts';
import { namedEngineFailure } from '../engines/engineFailure.ts';
import { ensureBackend } from '../engines/startBackend.node.ts';
import { type ImageSet, SPLITS } from '../images/imageSet.ts';
import { assertImageSet, trainingCount, withTrainingSplit } from '../images/trainingImages.ts';
import { assertTrainingConfig, type TrainingConfig } from './config.ts';
import type { EvaluationPoint, RunHistory, RunState } from './runState.ts';
import { stepCounts } from './stepCounts.ts';
import { type TrainingProgress, trainOnce } from './trainOnce.ts';

/** The network and the procedure; what the images decide (size, channels, labels) is added by {@link trainCell}. */
export interface TrainingSetup {
  readonly network: NetworkPreset;
  readonly training: TrainingConfig;
  /** what the cell's operations mean; default: those of `@nasbench/model` */
  readonly operations?: Operations | undefined;
}

export interface TrainingOptions {
  /** passes over the training images; may be a fraction */
  readonly epochs: number;
  /** decides initial weights, order of the images and their variation */
  readonly seed: Seed;
  /** called after every step and before every evaluation */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** stops the run: the promise is rejected with the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** compute sample metrics at the start, at half and at the end */
  readonly sampleMetrics?: boolean | undefined;
  /** is offered a checkpoint after every step and every evaluation */
  readonly checkpoints?: CheckpointStore | undefined;
  /** a checkpoint of the same run, which goes on from there */
  readonly resume?: Checkpoint | undefined;
}

export type TrainingResult =
  | {
      readonly status: 'completed';
      /** the training-time limit ended the run early; it was evaluated and counts as usual */
      readonly stoppedAtTimeLimit: boolean;
      /** start, half, end */
      readonly points: readonly [EvaluationPoint, EvaluationPoint, EvaluationPoint];
      /** losses and learning rates by step, further evaluations and sample metrics, if any */
      readonly history: Omit<RunHistory, 'points'>;
      readonly trainableParameters: number;
      readonly steps: number;
      /** wall seconds of all attempts, evaluation included */
      readonly totalTime: number;
      /** attempts made, the successful one included */
      readonly attempts: number;
    }
  | {
      readonly status: 'failed';
      /** why the last attempt failed */
      readonly reason: string;
      readonly trainableParameters: number;
      /** wall seconds of all attempts */
      readonly totalTime: number;
      readonly attempts: number;
    };

/**
 * Trains the network of a cell from random weights and evaluates it at the start, at half and at the end of its budget
 * (Ying et al. 2019, section 2.4 and 2.5). Starts the wasm backend unless another is running. One run at a time in a
 * process. The same cell, images, setup, epochs and seed give the same bits, measured times excepted; so does a run that
 * is stopped and resumed from a checkpoint, unless seconds decide (`trainingTimeLimit`, cosine-by-time).
 *
 * A run whose loss or weights stop being finite is started again from a seed derived from the attempt, at most
 * `training.attempts` times in all; then the result says that it failed.
 *
 * @throws UsageError for a config, budget or images that do not fit one another; OtherRunError, a UsageError, for a
 *   checkpoint of another run; NasbenchError for a disconnected cell or an unknown operation,
 *   or when memory runs out or the engine fails, after which the process should train no more
 */
export async function trainCell(
  cell: Cell,
  images: ImageSet,
  { network, training, operations }: TrainingSetup,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const { epochs, seed, onProgress, signal, checkpoints, resume } = options;
  const started = performance.now();
  const seconds = () => (resume?.totalTime ?? 0) + (performance.now() - started) / 1000;
  assertImageSet(images);
  assertTrainable(images, training, epochs);
  const { size: imageSize, channels: imageChannels, labels } = images;
  const plan = planNetwork(cell, { ...network, imageSize, imageChannels, labels }, operations);
  const engine = await ensureBackend();
  const run = checkpoints || resume ? identify(plan, images, training, options, engine, operations) : undefined;
  if (run && resume) assertSameRun(resume.run, run, 'the checkpoint');

  const trainedImages = withTrainingSplit(images, training);
  let reason = '';
  for (let number = resume?.attempt ?? 1; number <= training.attempts; number++) {
    signal?.throwIfAborted();
    const outcome = await trainOnce({
      plan,
      images: trainedImages,
      config: training,
      epochs,
      seed: number === 1 ? seed : deriveSeed(seed, 'attempt', number),
      number,
      sampleMetrics: options.sampleMetrics ?? false,
      from: resume?.attempt === number ? resume.state : undefined,
      keep:
        run &&
        checkpoints &&
        ((moment, read: () => RunState) =>
          checkpoints.offer(moment, () => ({ run, attempt: number, totalTime: seconds(), state: read() }))),
      onProgress,
      signal,
    }).catch((error: unknown) => {
      throw namedEngineFailure(error);
    });
    if (!outcome.diverged) {
      const { points, ...history } = outcome.history;
      const [start, half, end] = points;
      return {
        status: 'completed',
        stoppedAtTimeLimit: outcome.stoppedAtTimeLimit,
        points: [start, half, end],
        history,
        trainableParameters: plan.trainableParameters,
        steps: outcome.steps,
        totalTime: seconds(),
        attempts: number,
      };
    }
    reason = outcome.reason;
  }
  return {
    status: 'failed',
    reason: `diverged: ${reason} (attempt ${training.attempts} of ${training.attempts})`,
    trainableParameters: plan.trainableParameters,
    totalTime: seconds(),
    attempts: training.attempts,
  };
}

function identify(
  plan: NetworkPlan,
  images: ImageSet,
  training: TrainingConfig,
  { epochs, seed, sampleMetrics = false }: TrainingOptions,
  engine: string,
  operations: Operations | undefined,
): RunIdentity {
  const { pruned } = plan.cell;
  const rows = pruned?.matrix.map((row) => row.join('')).join('/');
  return {
    cell: `${rows}:${pruned?.operations.slice(1, -1).join(',')}`,
    network: plan.config,
    ...fingerprintOfOwnLayers(plan, operations),
    training,
    epochs,
    // 1 and "1" are the same stream.
    seed: String(seed),
    images: fingerprintOf(images),
    engine,
    sampleMetrics,
  };
}

/**
 * What {@link trainCell} checks of its arguments before it starts, apart from the cell: for callers that plan many runs.
 *
 * @throws UsageError for a config, budget or images that do not fit one another
 */
export function assertTrainable(images: ImageSet, training: TrainingConfig, epochs: number): void {
  assertTrainingConfig(training);
  assertImagesFit(images, training.batchSize);
  assertBudget(epochs, trainingCount(images, training), training.batchSize);
}

function assertImagesFit(images: ImageSet, batchSize: number): void {
  for (const name of SPLITS) {
    const { count } = images[name];
    if (count < batchSize)
      throw new UsageError(
        `${name} split of ${images.name} has ${count} images, expected at least one batch of ${batchSize}` +
          (name === 'trainEvaluation' ? '; it is a part of the training images' : ''),
      );
  }
}

function assertBudget(epochs: number, count: number, batchSize: number): void {
  if (!(Number.isFinite(epochs) && epochs > 0))
    throw new UsageError(`epochs are ${epochs}, expected a positive number`);
  const { end } = stepCounts(epochs, count, batchSize);
  // The first step trains no weights.
  if (end < 2)
    throw new UsageError(
      `${epochs} epochs of ${count} images in batches of ${batchSize} are ${end} steps, expected at least 2`,
    );
}
