import type { Seed } from '@nasbench/foundation/random';
import type { NetworkPlan } from '@nasbench/model';
import { createNetwork } from '@nasbench/model/tfjs';
import { batcher } from '../batches/pixels.ts';
import { shuffledStream } from '../batches/shuffledStream.ts';
import type { ImageSet, ImageSplit } from '../images/imageSet.ts';
import type { TrainingConfig } from './config.ts';
import { createRmsProp } from './rmsProp.ts';
import { learningRateAt } from './schedule.ts';
import { stepCounts } from './stepCounts.ts';
import { accuracy, isFiniteState, trainingStep } from './trainingStep.ts';

/** What is known about the network at one moment of its training. */
export interface EvaluationPoint {
  /** epochs trained: 0, half and all of the budget, or fewer where the time limit stopped the run */
  readonly epochs: number;
  /** seconds spent in training steps so far, evaluation and the start step excluded; single precision */
  readonly trainingTime: number;
  /** share of images classified correctly, in single precision */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
}

/** What a run reports while it goes on. */
export interface TrainingProgress {
  readonly phase: 'training' | 'evaluating';
  readonly attempt: number;
  /** steps done, of `steps` */
  readonly step: number;
  readonly steps: number;
  /** of the last step, weight decay included */
  readonly loss: number;
  /** of the last step */
  readonly learningRate: number;
  /** mean over the training steps of this attempt; 0 before the second step */
  readonly imagesPerSecond: number;
}

/** One attempt at a run; everything random in it follows from its seed. */
export interface Attempt {
  readonly plan: NetworkPlan;
  readonly images: ImageSet;
  readonly config: TrainingConfig;
  readonly epochs: number;
  readonly seed: Seed;
  readonly number: number;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type AttemptOutcome =
  | {
      readonly diverged: false;
      readonly points: readonly [EvaluationPoint, EvaluationPoint, EvaluationPoint];
      readonly steps: number;
      readonly stoppedAtTimeLimit: boolean;
    }
  | { readonly diverged: true; readonly reason: string };

/** Trains a new network from its seed and evaluates it at the start, at half and at the end. */
export async function trainOnce(attempt: Attempt): Promise<AttemptOutcome> {
  const { plan, images, config, epochs, seed, signal } = attempt;
  const { batchSize, weightDecay } = config;
  const { start, half, end } = stepCounts(epochs, images.train.count, batchSize);
  const timeLimit = config.trainingTimeLimit ?? Number.POSITIVE_INFINITY;
  const stream = shuffledStream(seed, images.train.count, batchSize);
  const batches = batcher(images, config.augmentation);
  const network = createNetwork(plan, seed);
  const optimizer = createRmsProp(network.variables, config.optimizer, weightDecay);
  const pause = pauser(signal);

  let step = 0;
  let seconds = 0;
  let loss = Number.NaN;
  let learningRate = 0;

  function report(phase: TrainingProgress['phase']): void {
    const imagesPerSecond = seconds > 0 ? ((step - start) * batchSize) / seconds : 0;
    attempt.onProgress?.({ phase, attempt: attempt.number, step, steps: end, loss, learningRate, imagesPerSecond });
  }

  /** @returns whether the loss is finite */
  function takeStep(): boolean {
    const before = performance.now();
    learningRate = learningRateAt(config.schedule, config.learningRate, { step, steps: end });
    const batch = batches.training(stream.batch(step), seed, step);
    loss = trainingStep(network, optimizer, weightDecay, batch, learningRate);
    // The official table has 0 s at the start: its step trains no weights.
    if (step >= start) seconds += (performance.now() - before) / 1000;
    step++;
    return Number.isFinite(loss);
  }

  async function evaluate(epochsDone: number): Promise<EvaluationPoint> {
    report('evaluating');
    const measure = (split: ImageSplit) => accuracy(network, batches, split, batchSize, pause);
    return {
      epochs: epochsDone,
      trainingTime: Math.fround(seconds),
      trainAccuracy: await measure(images.trainEvaluation),
      validationAccuracy: await measure(images.validation),
      testAccuracy: await measure(images.test),
    };
  }

  try {
    const points: EvaluationPoint[] = [];
    for (const [target, budget] of [
      [start, 0],
      [half, epochs / 2],
      [end, epochs],
    ]) {
      while (step < target && seconds < timeLimit) {
        await pause();
        if (!takeStep()) return { diverged: true, reason: `loss was ${loss} at step ${step - 1}` };
        report('training');
      }
      // A gradient that is not finite spoils its value, and the next loss by its decay term; after the last step look here.
      if (!isFiniteState(optimizer))
        return { diverged: true, reason: `weights were not finite after step ${step - 1}` };
      points.push(await evaluate(step < target ? (step * batchSize) / images.train.count : budget));
    }
    const [first, middle, last] = points;
    return { diverged: false, points: [first, middle, last], steps: step, stoppedAtTimeLimit: step < end };
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

/** Lets timers, messages and signals through every 20 ms, and stops the run when the signal says so. */
function pauser(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last >= 20) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
