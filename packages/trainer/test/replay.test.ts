import { createHash } from 'node:crypto';
import { cos } from '@nasbench/foundation/math';
import { planNetwork } from '@nasbench/model';
import { createNetwork, type Network, readWeights } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batcher } from '../src/batches/pixels.ts';
import { shuffledStream } from '../src/batches/shuffledStream.ts';
import type { ImageSplit } from '../src/images/imageSet.ts';
import { type ImageSet, loadImages, startBackend, trainCell } from '../src/index.ts';
import { createRmsProp } from '../src/procedure/rmsProp.ts';
import { trainingStep } from '../src/procedure/trainingStep.ts';
import { ENGINE, RESNET_LIKE } from './shared.ts';
import { SMALL_NETWORK, SMALL_TRAINING } from './small.ts';

/** Numbers that all show in the losses, and evaluated splits that differ in size and content. */
const SEED = 'replay';
const EPOCHS = 3;
const TRAINING = { ...SMALL_TRAINING, learningRate: 0.2, weightDecay: 0.01 };
const STEPS = { start: 1, half: 9, end: 18 };

interface Run {
  /** of every step */
  readonly losses: readonly number[];
  /** train, validation and test at the start, at half and at the end */
  readonly accuracies: readonly (readonly number[])[];
}

async function mirrorableImages(): Promise<ImageSet> {
  const limits = { train: 100, trainEvaluation: 50, validation: 40, test: 84 };
  return { ...(await loadImages('synthetic', { size: 8, limits })), mirrorable: true };
}

async function trained(images: ImageSet): Promise<Run> {
  const losses: number[] = [];
  const result = await trainCell(
    RESNET_LIKE,
    images,
    { network: SMALL_NETWORK, training: TRAINING },
    {
      epochs: EPOCHS,
      seed: SEED,
      onProgress: ({ phase, loss }) => {
        if (phase === 'training') losses.push(loss);
      },
    },
  );
  if (result.status === 'failed') throw new Error(result.reason);
  return {
    losses,
    accuracies: result.points.map((point) => [point.trainAccuracy, point.validationAccuracy, point.testAccuracy]),
  };
}

/** The run put together by hand from its tested parts; the network's weights are left as the last step made them. */
function replayed(images: ImageSet, network: Network): Run {
  const { batchSize, learningRate, weightDecay, optimizer, augmentation } = TRAINING;
  const stream = shuffledStream(SEED, images.train.count, batchSize);
  const batches = batcher(images, augmentation);
  const rmsProp = createRmsProp(network.variables, optimizer, weightDecay);
  const losses: number[] = [];
  const accuracies: number[][] = [];
  for (let step = 0; step < STEPS.end; step++) {
    const rate = step === 0 ? 0 : learningRate * (0.5 * (1 + cos((Math.PI * step) / STEPS.end)));
    const batch = batches.training(stream.batch(step), SEED, step);
    losses.push(trainingStep(network, rmsProp, weightDecay, batch, rate).dataSync()[0]);
    if (Object.values(STEPS).includes(step + 1))
      accuracies.push([images.trainEvaluation, images.validation, images.test].map((split) => share(network, split)));
  }
  rmsProp.dispose();
  return { losses, accuracies };

  /** k of the n images in whole batches. */
  function share(ofNetwork: Network, split: ImageSplit): number {
    const wholeBatches = Math.floor(split.count / batchSize);
    let right = 0;
    for (let batch = 0; batch < wholeBatches; batch++) {
      const { pixels } = batches.evaluation(split, batch * batchSize, batchSize);
      const guesses = tf
        .tidy(() => {
          const input = tf.tensor4d(pixels, [batchSize, images.size, images.size, images.channels]);
          return ofNetwork.apply(input, 'evaluate').arraySync();
        })
        .map((logits) => logits.indexOf(Math.max(...logits)));
      right += guesses.filter((guess, i) => guess === split.labels[batch * batchSize + i]).length;
    }
    return Math.fround(right / (wholeBatches * batchSize));
  }
}

describe('a run replayed by hand', () => {
  let images: ImageSet;
  let network: Network;
  let byHand: Run;
  let found: Run;

  beforeAll(async () => {
    await startBackend(ENGINE);
    images = await mirrorableImages();
    const { size: imageSize, channels: imageChannels, labels } = images;
    network = createNetwork(planNetwork(RESNET_LIKE, { ...SMALL_NETWORK, imageSize, imageChannels, labels }), SEED);
    byHand = replayed(images, network);
    found = await trained(images);
    return () => network.dispose();
  });

  it('has the same losses, bit for bit', () => {
    expect(found.losses).toEqual(byHand.losses);
    expect(found.losses).toHaveLength(STEPS.end);
  });

  it('has the same nine accuracies', () => {
    expect(found.accuracies).toEqual(byHand.accuracies);
    // A split that is mistaken for another would show.
    for (const accuracies of byHand.accuracies) expect(new Set(accuracies).size).toBe(3);
  });

  it.skipIf(process.arch !== 'x64' || ENGINE !== 'wasm')('has the bits that it always had [needs x86-64]', () => {
    const digest = createHash('sha256');
    digest.update(Float64Array.from([...found.losses, ...found.accuracies.flat()]));
    for (const [name, { values }] of readWeights(network)) digest.update(name).update(values);
    expect(digest.digest('hex').slice(0, 16)).toBe('0abcfab7ddb3eeb3');
  });
});
