import { type Network, runOwnKernel } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Batcher } from '../batches/pixels.ts';
import type { ImageSplit } from '../images/imageSet.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { RmsProp } from './rmsProp.ts';

/**
 * One step: forward, backward, update.
 *
 * @returns the loss before the update: mean softmax cross-entropy + weightDecay / 2 times the sum of squares of all
 *   trainable values, batch-norm scales and offsets and the bias included
 */
export function trainingStep(
  network: Network,
  optimizer: RmsProp,
  weightDecay: number,
  batch: Batch,
  learningRate: number,
): number {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(
      () => crossEntropy(network.apply(imageTensor(network, batch), 'train'), batch.labels),
      network.variables as tf.Variable[],
    );
    const loss = tf.add(value, decayLoss(optimizer, weightDecay));
    optimizer.step(
      network.variables.map(({ name }) => grads[name]),
      learningRate,
    );
    return loss.dataSync()[0];
  });
}

/** Not a number, or infinite, as soon as any trainable value is. */
export function isFiniteState(optimizer: RmsProp): boolean {
  return Number.isFinite(tf.tidy(() => decayLoss(optimizer, 1).dataSync()[0]));
}

/**
 * The share of images classified correctly, over whole batches: a remainder smaller than a batch is dropped, as the
 * reference does, so 10 000 images in batches of 256 give k / 9 984. Rounded to single precision.
 */
export async function accuracy(
  network: Network,
  batches: Batcher,
  split: ImageSplit,
  batchSize: number,
  pause: () => Promise<void>,
): Promise<number> {
  const evaluated = split.count - (split.count % batchSize);
  let correct = 0;
  for (let start = 0; start < evaluated; start += batchSize) {
    const batch = batches.evaluation(split, start, batchSize);
    const logits = tf.tidy(() => network.apply(imageTensor(network, batch), 'evaluate').dataSync());
    correct += countCorrect(logits, batch.labels);
    await pause();
  }
  return Math.fround(correct / evaluated);
}

function decayLoss(optimizer: RmsProp, weightDecay: number): tf.Scalar {
  const { values } = optimizer;
  const sum = runOwnKernel('SumOfSquares', { x: values })?.[0] ?? tf.sum(tf.square(values));
  return tf.mul(sum, weightDecay / 2);
}

function imageTensor(network: Network, { pixels, labels }: Batch): tf.Tensor4D {
  const { imageSize, imageChannels } = network.plan.config;
  return tf.tensor4d(pixels, [labels.length, imageSize, imageSize, imageChannels]);
}

/** The largest logit decides, the first of equal ones. */
function countCorrect(logits: ArrayLike<number>, labels: Uint8Array): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[i * classes + c] > logits[i * classes + best]) best = c;
    if (best === labels[i]) correct++;
  }
  return correct;
}
