import { deriveSeed } from '@nasbench/foundation/random';
import { planNetwork } from '@nasbench/model';
import { createNetwork, type Network, readWeights, writeWeights } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Batch, batcher } from '../src/batches/pixels.ts';
import { shuffledStream } from '../src/batches/shuffledStream.ts';
import {
  type Checkpoint,
  type ImageSet,
  PRESETS,
  type SampleMetrics,
  sampleMetrics,
  sampleOf,
  startBackend,
  type TrainingConfig,
  type TrainingOptions,
  trainCell,
} from '../src/index.ts';
import { crossEntropy } from '../src/procedure/crossEntropy.ts';
import { createRmsProp } from '../src/procedure/rmsProp.ts';
import { cutBatch, imageTensor, trainingStep } from '../src/procedure/trainingStep.ts';
import { RESNET_LIKE } from './shared.ts';
import { SMALL_NETWORK, SMALL_TRAINING, smallImages } from './small.ts';

let images: ImageSet;
beforeAll(async () => {
  await startBackend('wasm');
  images = await smallImages();
});

function network(): Network {
  const { size: imageSize, channels: imageChannels, labels } = images;
  return createNetwork(planNetwork(RESNET_LIKE, { ...SMALL_NETWORK, imageSize, imageChannels, labels }), 'variant');
}

const batchOf = (indices: number[]): Batch =>
  batcher(images, { padding: 0, flip: false }).training(Uint32Array.from(indices), 0, 0);

/** A run with every checkpoint it offers. */
async function run(training: Partial<TrainingConfig>, options: Partial<TrainingOptions> = {}, set = images) {
  const kept: Checkpoint[] = [];
  const setup = { network: SMALL_NETWORK, training: { ...SMALL_TRAINING, ...training } };
  const result = await trainCell(RESNET_LIKE, set, setup, {
    epochs: 2,
    seed: 'variant',
    checkpoints: { offer: (moment, read) => void (moment !== 'step' && kept.push(read())) },
    ...options,
  });
  if (result.status === 'failed') throw new Error(result.reason);
  return { result, kept };
}

const closeTo = (found: ArrayLike<number>, expected: ArrayLike<number>, digits: number) => {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i], digits);
};

describe('shards', () => {
  const OPTIMIZER = { decay: 0.9, momentum: 0.9, epsilon: 1 };
  const batch = () => batchOf([3, 1, 4, 15, 9, 26, 5, 35]);

  function step(shards: number, of: Batch) {
    const net = network();
    const optimizer = createRmsProp(net.variables, OPTIMIZER, 0.01);
    const loss = trainingStep(net, optimizer, 0.01, of, 0.2, shards).dataSync()[0];
    const { meanSquare, moment } = optimizer.readSlots();
    const moving = net.movingStatistics.map((average) => [...average.dataSync()]);
    optimizer.dispose();
    net.dispose();
    return { loss, meanSquare, moment, moving };
  }

  it('average their gradients and losses, each with statistics of its own', () => {
    const net = network();
    const parts = [0, 1].map((index) => cutBatch(batch(), 2, index));
    const found = parts.map((part) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => crossEntropy(net.apply(imageTensor(net, part), 'train', { momentum: 1 }), part.labels),
          net.variables as tf.Variable[],
        );
        return {
          loss: value.dataSync()[0],
          gradient: net.variables.flatMap(({ name }) => [...grads[name].dataSync()]),
        };
      }),
    );
    const values = net.variables.flatMap((variable) => [...variable.dataSync()]);
    net.dispose();
    const { loss, meanSquare, moment } = step(2, batch());
    const squares = values.reduce((sum, value) => sum + value * value, 0);
    expect(loss).toBeCloseTo((found[0].loss + found[1].loss) / 2 + 0.005 * squares, 4);
    const gradient = values.map((value, i) => (found[0].gradient[i] + found[1].gradient[i]) / 2 + 0.01 * value);
    closeTo(
      meanSquare,
      gradient.map((g) => 0.9 + 0.1 * g * g),
      5,
    );
    closeTo(
      moment,
      gradient.map((g, i) => (0.2 * g) / Math.sqrt(meanSquare[i] + 1)),
      5,
    );
    // Statistics of the whole batch give other gradients.
    expect(Math.max(...step(1, batch()).moment.map((m, i) => Math.abs(m - moment[i])))).toBeGreaterThan(1e-3);
  });

  it('move the moving averages by the first one alone', () => {
    expect(step(2, batch()).moving).toEqual(step(1, cutBatch(batch(), 2, 0)).moving);
    expect(step(2, batch()).moving).not.toEqual(step(1, cutBatch(batch(), 2, 1)).moving);
  });

  it('leave evaluation and its counts as they are', async () => {
    const [whole, cut] = [await run({ learningRate: 0 }), await run({ learningRate: 0, shards: 4, batchSize: 16 })];
    // Without learning only the moving averages differ; 64 images are evaluated either way.
    for (const { testAccuracy } of [...whole.result.points, ...cut.result.points])
      expect(Math.fround(Math.round(testAccuracy * 64) / 64)).toBe(testAccuracy);
  });

  it('need no memory beyond one', () => {
    const net = network();
    const optimizer = createRmsProp(net.variables, OPTIMIZER, 0);
    const before = tf.memory().numTensors;
    trainingStep(net, optimizer, 0, batch(), 0.1, 4).dispose();
    expect(tf.memory().numTensors).toBe(before);
    optimizer.dispose();
    net.dispose();
  });
});

describe('the stream of training images', () => {
  /** Two runs see the same images in a step if their losses agree while their weights do: without learning, always. */
  const losses = async (restartStream: boolean) =>
    (await run({ restartStream, learningRate: 0, augmentation: { padding: 0, flip: false } })).result.history.losses;

  it('starts again after each evaluation where wanted', async () => {
    const [running, restarted] = [await losses(false), await losses(true)];
    expect(restarted[0]).toBe(running[0]);
    for (let step = 1; step < 12; step++) expect(restarted[step], `step ${step}`).not.toBe(running[step]);
    // After step 1 and half, step 6, from streams of their own.
    const net = network();
    const lossOf = (start: number, step: number) => {
      const optimizer = createRmsProp(net.variables, SMALL_TRAINING.optimizer, 1e-4);
      const indices = shuffledStream(deriveSeed('variant', 'stream', start), 100, 16).batch(step - start);
      const loss = trainingStep(net, optimizer, 1e-4, batchOf([...indices]), 0).dataSync()[0];
      optimizer.dispose();
      return loss;
    };
    writeWeights(net, (await run({ learningRate: 0 })).kept[0].state.weights);
    for (const [start, step] of [
      [1, 1],
      [1, 5],
      [6, 6],
      [6, 11],
    ])
      expect(lossOf(start, step)).toBe(restarted[step]);
    net.dispose();
  });
});

describe('recomputed statistics', () => {
  it('are the means over the batches, in place of the moving averages, for evaluation only', async () => {
    const [moving, recomputed] = [await run({}), await run({ statisticsBatches: 3 })];
    expect(recomputed.result.history.losses).toEqual(moving.result.history.losses);
    for (const [i, { state }] of recomputed.kept.entries()) expect(state.weights).toEqual(moving.kept[i].state.weights);
    expect(recomputed.result.points[1].validationAccuracy).not.toBe(moving.result.points[1].validationAccuracy);
  });

  it('of one batch classify as training does', async () => {
    // The network that is evaluated at the end, by hand: statistics of the first batch of their stream.
    const { result, kept } = await run({ statisticsBatches: 1 });
    const net = network();
    const { state } = kept[2];
    writeWeights(net, state.weights);
    const seed = deriveSeed('variant', 'statistics', state.step);
    const indices = shuffledStream(seed, 100, 16).batch(0);
    const batches = batcher(images, SMALL_TRAINING.augmentation);
    tf.tidy(() => net.apply(imageTensor(net, batches.training(indices, seed, 0)), 'train', { momentum: 0 }));
    const { pixels, labels } = batches.evaluation(images.test, 0, 64);
    const guesses = tf.tidy(() => tf.argMax(net.apply(imageTensor(net, { pixels, labels }), 'evaluate'), 1).dataSync());
    net.dispose();
    const right = labels.filter((label, i) => label === guesses[i]).length;
    expect(result.points[2].testAccuracy).toBe(Math.fround(right / 64));
  });
});

describe('augmented training', () => {
  it('trains on both splits and measures test accuracy every so many epochs', async () => {
    const { result } = await run({
      trainOn: 'train-and-validation',
      schedule: 'stepwise',
      evaluateEvery: 0.5,
      learningRate: 0.1,
    });
    // 2 epochs of 100 + 70 images in batches of 16.
    expect(result.steps).toBe(21);
    expect(result.history.testPoints.map(({ epochs }) => epochs)).toEqual([0.5, 1, 1.5, 2]);
    expect(result.history.testPoints[3].testAccuracy).toBe(result.points[2].testAccuracy);
    // From floor(10.5), floor(14.007) and floor(17.493).
    const rates = [
      0,
      ...Array(9).fill(0.1),
      ...Array(4).fill(0.01),
      ...Array(3).fill(0.001),
      ...Array(4).fill(0.00001),
    ];
    closeTo(result.history.learningRates, rates, 12);
  });

  it('sees images of both', async () => {
    const onlyValidation = { ...images, train: { ...images.train, labels: images.train.labels.map(() => 0) } };
    const { result } = await run({ trainOn: 'train-and-validation' });
    const other = await run({ trainOn: 'train-and-validation' }, {}, onlyValidation);
    expect(other.result.history.losses).not.toEqual(result.history.losses);
    const changed = { ...images, validation: { ...images.validation, labels: images.validation.labels.map(() => 0) } };
    expect((await run({ trainOn: 'train-and-validation' }, {}, changed)).result.history.losses).not.toEqual(
      result.history.losses,
    );
    expect((await run({}, {}, changed)).result.history.losses).toEqual((await run({})).result.history.losses);
  });

  it('is a preset of 200 epochs without a limit', () => {
    const { network: larger, training, epochs } = PRESETS.augmented;
    expect(training).toEqual({
      ...PRESETS.paper.training,
      trainOn: 'train-and-validation',
      schedule: 'stepwise',
      evaluateEvery: 5,
      trainingTimeLimit: null,
    });
    expect(epochs).toEqual([200]);
    expect(larger.stemFilters * larger.cellsPerStack).toBeGreaterThan(128 * 3);
  });
});

describe('cosine by time', () => {
  it('goes down with the seconds of the limit', async () => {
    const { result } = await run({ schedule: 'cosine-by-time', trainingTimeLimit: 1000, learningRate: 0.1 });
    const [zero, first, ...rest] = result.history.learningRates;
    expect([zero, first]).toEqual([0, 0.1]);
    for (const [i, rate] of rest.entries()) expect(rate).toBeLessThanOrEqual(i === 0 ? first : rest[i - 1]);
    expect(rest.at(-1)).toBeGreaterThan(0.09);
    await expect(run({ schedule: 'cosine-by-time' })).rejects.toThrow(
      'training config: schedule cosine-by-time needs a trainingTimeLimit, found null',
    );
  });
});

describe('sample metrics', () => {
  it('are of the first ten validation images of each class, ordered by class', () => {
    const sample = sampleOf(images);
    const expected = Array.from({ length: 10 }, (_, label) =>
      [...images.validation.labels.keys()].filter((i) => images.validation.labels[i] === label).slice(0, 10),
    ).flat();
    expect([...sample.labels]).toEqual(expected.map((i) => images.validation.labels[i]));
    expect(sample.count).toBe(expected.length);
    const pixels = 8 * 8 * 3;
    for (const [place, i] of expected.entries())
      expect(sample.images.subarray(place * pixels, (place + 1) * pixels)).toEqual(
        images.validation.images.subarray(i * pixels, (i + 1) * pixels),
      );
  });

  it('are what differences and plain arithmetic give', () => {
    const net = network();
    const batch = batchOf([0, 1, 2, 3, 4, 5]);
    const decay = 0.01;
    const before = tf.memory().numTensors;
    const weights = readWeights(net);
    const metrics = sampleMetrics(net, batch, decay);
    expect(tf.memory().numTensors).toBe(before);
    expect(readWeights(net)).toEqual(weights);

    const lossWith = (pixels: Float32Array) =>
      tf.tidy(
        () => crossEntropy(net.apply(imageTensor(net, { ...batch, pixels }), 'evaluate'), batch.labels).dataSync()[0],
      );
    const squares = net.variables.flatMap((weight) => [...weight.dataSync()]).reduce((sum, w) => sum + w * w, 0);
    expect(metrics.loss).toBeCloseTo(lossWith(batch.pixels) + (decay / 2) * squares, 4);
    expect(metrics.logits).toHaveLength(6);
    expect(metrics.inputGradientNorms).toHaveLength(6);
    // Along a random direction of one image the loss changes by gradient times step, and at most by the norm.
    const h = 0.05;
    const slopes = Array.from({ length: 192 }, (_, place) => {
      const [up, down] = [batch.pixels.slice(), batch.pixels.slice()];
      up[192 + place] += h;
      down[192 + place] -= h;
      return (lossWith(up) - lossWith(down)) / (2 * h);
    });
    expect(metrics.inputGradientNorms[1] / Math.hypot(...slopes)).toBeCloseTo(1, 1);
    const bias = net.weights.get('head/dense/bias') as tf.Variable;
    expect(metrics.parameterNorms['head/dense/bias']).toBeCloseTo(Math.hypot(...bias.dataSync()), 6);
    expect(Object.keys(metrics.parameterNorms)).toHaveLength(net.variables.length);
    // The bias's gradient is that of the logits summed over images: softmax - target, a sixth of it each.
    const biasGradient = Array<number>(10).fill(0);
    for (const [i, logits] of metrics.logits.entries()) {
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      for (const [c, logit] of logits.entries())
        biasGradient[c] += (Math.exp(logit) / sum - (batch.labels[i] === c ? 1 : 0)) / 6;
    }
    expect(metrics.parameterGradientNorms['head/dense/bias']).toBeCloseTo(Math.hypot(...biasGradient), 5);
    // After the stem and two stacks; np.cov of the stem's activations.
    expect(metrics.activationCovariances).toHaveLength(3);
    let stem: number[][] = [];
    tf.tidy(() => {
      net.apply(imageTensor(net, batch), 'evaluate', {
        observe: ({ name }, activation) => {
          if (name === 'stem/conv3x3-bn-relu') stem = tf.reshape<tf.Rank.R2>(activation, [6, 256]).arraySync();
        },
      });
    });
    const centered = stem.map((row) => row.map((value) => value - row.reduce((sum, other) => sum + other, 0) / 256));
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 6; j++)
        expect(metrics.activationCovariances[0][i][j]).toBeCloseTo(
          centered[i].reduce((sum, value, k) => sum + value * centered[j][k], 0) / 255,
          4,
        );
    net.dispose();
  });

  it('are in the result at the three points if asked for, and change nothing else', async () => {
    const [without, withMetrics] = [await run({}), await run({}, { sampleMetrics: true })];
    expect(without.result.history.sampleMetrics).toEqual([]);
    const metrics: readonly SampleMetrics[] = withMetrics.result.history.sampleMetrics;
    expect(metrics).toHaveLength(3);
    expect(metrics[2].loss).toBeLessThan(metrics[0].loss);
    expect(withMetrics.result.history.losses).toEqual(without.result.history.losses);
    expect(withMetrics.kept[2].state.weights).toEqual(without.kept[2].state.weights);
  });
});

describe('images that are not what they say', () => {
  const split = (of: ImageSet['train'], change: Partial<ImageSet['train']>) => ({ ...of, ...change });
  it.each<[string, () => Partial<ImageSet>, string]>([
    [
      'another size',
      () => ({ size: 9 }),
      'train split of synthetic has 19200 pixel values, expected 24300 for 100 images of 9 x 9 x 3',
    ],
    [
      'other channels',
      () => ({ channels: 1 }),
      'train split of synthetic has 19200 pixel values, expected 6400 for 100 images of 8 x 8 x 1',
    ],
    [
      'a label out of range',
      () => ({ test: split(images.test, { labels: images.test.labels.map((label, i) => (i === 5 ? 10 : label)) }) }),
      'test split of synthetic, image 5: label 10, expected 0 to 9',
    ],
    [
      'fewer labels',
      () => ({ validation: split(images.validation, { labels: images.validation.labels.subarray(1) }) }),
      'validation split of synthetic has 69 labels, expected 70',
    ],
  ])('with %s are refused', async (_, change, message) => {
    await expect(run({}, {}, { ...images, ...change() })).rejects.toThrow(message);
  });

  it('that are fewer than a batch are refused', async () => {
    await expect(run({ batchSize: 128, shards: 2 })).rejects.toThrow(
      'train split of synthetic has 100 images, expected at least one batch of 128',
    );
    await expect(run({ shards: 3 })).rejects.toThrow(
      'training config: shards are 3, expected a divisor of batchSize, which is 16',
    );
  });

  it('that make the first step infinite are a failed run, not a crash', async () => {
    const setup = { network: SMALL_NETWORK, training: { ...SMALL_TRAINING, attempts: 2 } };
    expect(await trainCell(RESNET_LIKE, { ...images, std: [0, 0, 0] }, setup, { epochs: 2, seed: 1 })).toMatchObject({
      status: 'failed',
      attempts: 2,
      reason: 'diverged: loss was NaN at step 0 (attempt 2 of 2)',
    });
  });
});
