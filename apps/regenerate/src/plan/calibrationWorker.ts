// A process that trains some cells for some seconds each and tells how fast it was: started by calibrate.ts.

import { NasbenchError } from '@nasbench/foundation/errors';
import { parseCell } from '@nasbench/graph';
import { type ImageSet, loadImages, startBackend, trainCell } from '@nasbench/trainer';
import { operationsOf, setupOf, textSpace } from '../configuration/configuration.ts';
import type { CalibratedCell, CalibrationMessage, CalibrationRequest } from './calibrate.ts';
import type { Measurement } from './estimate.ts';

/** The first steps compile and fill caches. */
const STEPS_BEFORE = 2;
const LEAST_STEPS = 2;
/** Of validation and of test images, after the first step. */
const EVALUATED_BATCHES = 3;

async function calibrate(request: CalibrationRequest): Promise<Measurement[]> {
  const { configuration, operationsFile, engine, device, cells } = request;
  const operations = await operationsOf(configuration, operationsFile);
  const started = await startBackend(engine, { device: device ?? undefined });
  // On a GPU the processor waits: there the clock tells the time.
  const seconds = started.device === null && started.backend !== 'tensorflow' ? processorSeconds : clockSeconds;
  const measurements: Measurement[] = [];
  for (const cell of cells) {
    const { batchSize } = cell;
    const evaluated = EVALUATED_BATCHES * batchSize;
    const images = await loadImages(request.imagesName, {
      ...request.imageOptions,
      limits: { train: 2 * batchSize, trainEvaluation: batchSize, validation: evaluated, test: evaluated },
    });
    const setup = setupOf(configuration, operations);
    const training = {
      ...setup.training,
      batchSize,
      shards: 1,
      trainOn: 'train' as const,
      statisticsBatches: null,
      evaluateEvery: null,
      trainingTimeLimit: null,
      schedule: 'cosine-by-step' as const,
    };
    measurements.push(await measure(cell, images, { ...setup, training }, request, seconds));
  }
  return measurements;
}

async function measure(
  { text, multiplyAdds, batchSize }: CalibratedCell,
  images: ImageSet,
  setup: Parameters<typeof trainCell>[2],
  { configuration, seconds: wanted }: CalibrationRequest,
  seconds: () => number,
): Promise<Measurement> {
  const stop = new AbortController();
  /** clocks after each step */
  const ends: { readonly busy: number; readonly clock: number }[] = [];
  const start = { busy: seconds(), clock: clockSeconds() };
  let afterSetUp: number | undefined;
  let evaluationStart = 0;
  const run = trainCell(parseCell(text, textSpace(configuration)), images, setup, {
    // More steps than there is time for: an epoch has two.
    epochs: 1e6,
    seed: 'calibration',
    signal: stop.signal,
    onProgress: ({ phase }) => {
      if (phase === 'evaluating') {
        evaluationStart = seconds();
        return;
      }
      afterSetUp ??= seconds() - start.busy;
      ends.push({ busy: seconds(), clock: clockSeconds() });
      if (ends.length >= STEPS_BEFORE + LEAST_STEPS && clockSeconds() - start.clock > wanted) stop.abort(stop);
    },
  });
  const result = await run.catch((error: unknown) => {
    if (error !== stop) throw error;
    return undefined;
  });
  if (result !== undefined)
    throw new NasbenchError(
      `the calibration of ${text} ended early${result.status === 'failed' ? `: ${result.reason}` : ''}`,
    );
  const [from, to] = [ends[STEPS_BEFORE - 1], ends[ends.length - 1]];
  const steps = ends.length - STEPS_BEFORE;
  const secondsPerStep = (to.busy - from.busy) / steps;
  // The evaluation ends with the second step.
  const evaluation = Math.max(0, ends[1].busy - evaluationStart - secondsPerStep);
  const evaluatedImages = images.trainEvaluation.count + images.validation.count + images.test.count;
  return {
    multiplyAdds,
    batchSize,
    steps,
    secondsPerImage: secondsPerStep / batchSize,
    secondsPerEvaluatedImage: evaluation / evaluatedImages,
    setUpSeconds: Math.max(0, (afterSetUp ?? 0) - secondsPerStep),
    computing: Math.min(1, (to.busy - from.busy) / (to.clock - from.clock)),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function clockSeconds(): number {
  return performance.now() / 1000;
}

process.on('disconnect', () => process.exit(1));
process.on('message', (request: CalibrationRequest) => {
  const reply = (message: CalibrationMessage): void => void process.send?.(message, () => process.exit(0));
  calibrate(request).then(
    (measurements) => reply({ measurements }),
    (error: unknown) => {
      if (!(error instanceof NasbenchError)) throw error;
      reply({ reason: error.message });
    },
  );
});
