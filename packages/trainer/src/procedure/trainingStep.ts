import { type Network, runOwnKernel } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batches/pixels.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { RmsProp } from './rmsProp.ts';

/**
 * One step: forward and backward for each shard of the batch, then one update with the mean gradient. The moving
 * averages follow the first shard: which one the reference evaluates is not documented.
 *
 * @param shards equal parts with batch-norm statistics of their own, a divisor of the batch
 * @returns the loss before the update: mean softmax cross-entropy + weightDecay / 2 times the sum of squares of all
 *   trainable values, batch-norm scales and offsets and the bias included; a tensor, for a GPU may still be computing it
 */
export function trainingStep(
  network: Network,
  optimizer: RmsProp,
  weightDecay: number,
  batch: Batch,
  learningRate: number,
  shards = 1,
): tf.Scalar {
  return tf.tidy(() => {
    let [value, ...gradients] = shardGradients(network, cutBatch(batch, shards, 0), {});
    for (let shard = 1; shard < shards; shard++) {
      const sums = [value, ...gradients];
      const next = shardGradients(network, cutBatch(batch, shards, shard), KEEP_AVERAGES);
      [value, ...gradients] = sums.map((sum, i) => tf.add(sum, next[i]));
      tf.dispose([...sums, ...next]);
    }
    if (shards > 1) [value, ...gradients] = [value, ...gradients].map((sum) => tf.div(sum, shards));
    const loss = tf.add(value, decayLoss(optimizer, weightDecay));
    optimizer.step(gradients, learningRate);
    return loss as tf.Scalar;
  });
}

const KEEP_AVERAGES = { momentum: 1 };

/** The mean cross-entropy of a shard and its gradients in the order of the variables; activations are freed. */
function shardGradients(network: Network, batch: Batch, options: { readonly momentum?: number }): tf.Tensor[] {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(
      () => crossEntropy(network.apply(imageTensor(network, batch), 'train', options), batch.labels),
      network.variables as tf.Variable[],
    );
    return [value, ...network.variables.map(({ name }) => grads[name])];
  });
}

/** Part `index` of `parts` equal ones. */
export function cutBatch({ pixels, labels }: Batch, parts: number, index: number): Batch {
  const [values, count] = [pixels.length / parts, labels.length / parts];
  return {
    pixels: pixels.subarray(index * values, (index + 1) * values),
    labels: labels.subarray(index * count, (index + 1) * count),
  };
}

/** Not a number, or infinite, as soon as any trainable value is. */
export async function isFiniteState(optimizer: RmsProp): Promise<boolean> {
  return Number.isFinite((await readOnce(tf.tidy(() => decayLoss(optimizer, 1))))[0]);
}

/** The values of a tensor, which is freed. A GPU has no other way to give them than later. */
export async function readOnce(tensor: tf.Tensor): Promise<ArrayLike<number>> {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

function decayLoss(optimizer: RmsProp, weightDecay: number): tf.Scalar {
  const { values } = optimizer;
  const sum = runOwnKernel('SumOfSquares', { x: values })?.[0] ?? tf.sum(tf.square(values));
  return tf.mul(sum, weightDecay / 2);
}

export function imageTensor(network: Network, { pixels, labels }: Batch): tf.Tensor4D {
  const { imageSize, imageChannels } = network.plan.config;
  return tf.tensor4d(pixels, [labels.length, imageSize, imageSize, imageChannels]);
}
