import { deriveSeed, type Seed } from '@nasbench/foundation/random';
import type { NetworkPlan } from '@nasbench/model';
import { createNetwork, readWeights, writeWeights } from '@nasbench/model/tfjs';
import { batcher } from '../batches/pixels.ts';
import { shuffledStream } from '../batches/shuffledStream.ts';
import type { ImageSet, ImageSplit } from '../images/imageSet.ts';
import { sampleOf } from '../images/trainingImages.ts';
import type { TrainingConfig } from './config.ts';
import { accuracy, withRecomputedStatistics } from './evaluation.ts';
import { createRmsProp } from './rmsProp.ts';
import type { RunHistory, RunState } from './runState.ts';
import { sampleMetrics } from './sampleMetrics.ts';
import { learningRateAt } from './schedule.ts';
import { type Evaluation, listEvaluations } from './stepCounts.ts';
import { isFiniteState, readOnce, trainingStep } from './trainingStep.ts';

/** What a run reports while it goes on. */
export interface TrainingProgress {
  readonly phase: 'training' | 'evaluating';
  readonly attempt: number;
  /** steps done, of `steps` */
  readonly step: number;
  readonly steps: number;
  /** of the last step, weight decay included; NaN before the first step of a run that is resumed before it */
  readonly loss: number;
  /** of the last step */
  readonly learningRate: number;
  /** mean over the training steps of this attempt; 0 before the second step */
  readonly imagesPerSecond: number;
}

/** When a run can be kept: after the evaluations of the same names, or after any step. */
export type Moment = 'step' | Evaluation['moment'];

/** One attempt at a run; everything random in it follows from its seed. */
export interface Attempt {
  readonly plan: NetworkPlan;
  /** its training split is what is trained on */
  readonly images: ImageSet;
  readonly config: TrainingConfig;
  readonly epochs: number;
  readonly seed: Seed;
  readonly number: number;
  readonly sampleMetrics: boolean;
  /** where to go on; undefined: from the start */
  readonly from: RunState | undefined;
  /** called at every moment; `read` copies all weights, so it is for some moments only */
  readonly keep: ((moment: Moment, read: () => RunState) => void | Promise<void>) | undefined;
  readonly onProgress: ((progress: TrainingProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

export type AttemptOutcome =
  | {
      readonly diverged: false;
      readonly history: RunHistory;
      readonly steps: number;
      readonly stoppedAtTimeLimit: boolean;
    }
  | { readonly diverged: true; readonly reason: string };

/** Trains a new network from its seed and evaluates it at the start, at half and at the end. */
export async function trainOnce(attempt: Attempt): Promise<AttemptOutcome> {
  const { plan, images, config, epochs, seed, from, signal } = attempt;
  const { batchSize, weightDecay } = config;
  const evaluations = listEvaluations(epochs, images.train.count, batchSize, config.evaluateEvery);
  const steps = evaluations[evaluations.length - 1].step;
  const timeLimit = config.trainingTimeLimit ?? Number.POSITIVE_INFINITY;
  const batches = batcher(images, config.augmentation);
  const network = createNetwork(plan, seed);
  if (from) writeWeights(network, from.weights);
  const optimizer = createRmsProp(network.variables, config.optimizer, weightDecay, from?.slots);
  const pause = pauser(signal);

  let step = from?.step ?? 0;
  let seconds = from?.seconds ?? 0;
  const history = copyOf(from?.history);

  function report(phase: TrainingProgress['phase']): void {
    attempt.onProgress?.({
      phase,
      attempt: attempt.number,
      step,
      steps,
      loss: history.losses.at(-1) ?? Number.NaN,
      learningRate: history.learningRates.at(-1) ?? 0,
      // The start step is not timed.
      imagesPerSecond: seconds > 0 ? ((step - 1) * batchSize) / seconds : 0,
    });
  }

  /** @returns whether the loss is finite */
  async function takeStep(indices: Uint32Array): Promise<boolean> {
    const before = performance.now();
    const learningRate = learningRateAt(config.schedule, config.learningRate, { step, steps, seconds, timeLimit });
    const batch = batches.training(indices, seed, step);
    const computed = trainingStep(network, optimizer, weightDecay, batch, learningRate, config.shards);
    const [loss] = Array.from(await readOnce(computed));
    // The official table has 0 s at the start: its step trains no weights.
    if (step > 0) seconds += (performance.now() - before) / 1000;
    step++;
    history.losses.push(loss);
    history.learningRates.push(learningRate);
    return Number.isFinite(loss);
  }

  async function evaluate(moment: Evaluation['moment'], epochsDone: number): Promise<void> {
    const ofStatistics = deriveSeed(seed, 'statistics', step);
    const stream = shuffledStream(ofStatistics, images.train.count, batchSize);
    const batchAt = (index: number) => batches.training(stream.batch(index), ofStatistics, index);
    const measure = (split: ImageSplit) => accuracy(network, batches, split, config, pause);
    await withRecomputedStatistics(network, config, batchAt, pause, async () => {
      const spent = { epochs: epochsDone, trainingTime: Math.fround(seconds) };
      if (moment === 'every') {
        history.testPoints.push({ ...spent, testAccuracy: await measure(images.test) });
        return;
      }
      history.points.push({
        ...spent,
        trainAccuracy: await measure(images.trainEvaluation),
        validationAccuracy: await measure(images.validation),
        testAccuracy: await measure(images.test),
      });
      if (!attempt.sampleMetrics) return;
      const sample = sampleOf(images);
      history.sampleMetrics.push(sampleMetrics(network, batches.evaluation(sample, 0, sample.count), weightDecay));
    });
  }

  function read(): RunState {
    return { step, seconds, history: copyOf(history), weights: readWeights(network), slots: optimizer.readSlots() };
  }

  try {
    let streamStart = 0;
    for (const { moment, step: target, epochs: budget } of evaluations) {
      const stream = shuffledStream(
        streamStart === 0 ? seed : deriveSeed(seed, 'stream', streamStart),
        images.train.count,
        batchSize,
      );
      while (step < target && seconds < timeLimit) {
        await pause();
        if (!(await takeStep(stream.batch(step - streamStart))))
          return { diverged: true, reason: `loss was ${history.losses.at(-1)} at step ${step - 1}` };
        report('training');
        await attempt.keep?.('step', read);
      }
      if (config.restartStream) streamStart = target;
      if (isDone(history, moment, budget) || (moment === 'every' && step < target)) continue;
      // A gradient that is not finite spoils its value, and the next loss by its decay term; after the last step look here.
      if (!(await isFiniteState(optimizer)))
        return { diverged: true, reason: `weights were not finite after step ${step - 1}` };
      report('evaluating');
      await evaluate(moment, step < target ? (step * batchSize) / images.train.count : budget);
      await attempt.keep?.(moment, read);
    }
    return { diverged: false, history, steps: step, stoppedAtTimeLimit: step < steps };
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

/** Whether a resumed run has made the evaluation before. */
function isDone({ points, testPoints }: RunHistory, moment: Evaluation['moment'], epochs: number): boolean {
  if (moment === 'every') return testPoints.some((point) => point.epochs === epochs);
  return points.length > ['start', 'half', 'end'].indexOf(moment);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };

/** Arrays of its own: the run goes on while its state is kept. */
function copyOf(history: RunHistory | undefined): Mutable<RunHistory> {
  const { points = [], testPoints = [], sampleMetrics: metrics = [], losses = [], learningRates = [] } = history ?? {};
  return {
    points: [...points],
    testPoints: [...testPoints],
    sampleMetrics: [...metrics],
    losses: [...losses],
    learningRates: [...learningRates],
  };
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
