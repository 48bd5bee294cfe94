import type { NetworkPlan } from '@nasbench/model';
import type { Network } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batches/pixels.ts';
import { crossEntropy } from './crossEntropy.ts';
import { imageTensor } from './trainingStep.ts';

/**
 * What the reference computes on its fixed 100 images at every evaluation (`lib/model_builder.py`, PREDICT), with the
 * moving averages of batch normalisation. The loss and its gradients include weight decay. n images.
 */
export interface SampleMetrics {
  /** n x labels */
  readonly logits: readonly (readonly number[])[];
  readonly loss: number;
  /** Euclidean norm of the loss's gradient for each image, as the network takes it; n numbers */
  readonly inputGradientNorms: readonly number[];
  /** Euclidean norm of each trainable weight, by name */
  readonly parameterNorms: Readonly<Record<string, number>>;
  readonly parameterGradientNorms: Readonly<Record<string, number>>;
  /** after the stem and after each stack: n x n, how the activations of two images vary together (numpy's `cov` of the images as rows) */
  readonly activationCovariances: readonly (readonly (readonly number[])[])[];
}

/** Costs about three evaluations of the batch; changes nothing. */
export function sampleMetrics(network: Network, batch: Batch, weightDecay: number): SampleMetrics {
  return tf.tidy(() => {
    const images = tf.variable(imageTensor(network, batch));
    try {
      const activationCovariances: number[][][] = [];
      const observed = stageEnds(network.plan);
      const logits = network.apply(images, 'evaluate', {
        observe: ({ id }, activation) => {
          if (observed.has(id)) activationCovariances.push(covariance(activation));
        },
      });
      const { value, grads } = tf.variableGrads(
        () => crossEntropy(network.apply(images, 'evaluate', { imageGradient: true }), batch.labels),
        [...network.variables, images] as tf.Variable[],
      );
      const decay = tf.mul(tf.addN(network.variables.map((weight) => tf.sum(tf.square(weight)))), weightDecay / 2);
      const names = [...network.weights].filter(([, weight]) => network.variables.includes(weight));
      const normOf = (tensor: tf.Tensor) => tf.norm(tensor).dataSync()[0];
      return {
        logits: logits.arraySync(),
        loss: tf.add(value, decay).dataSync()[0],
        inputGradientNorms: [...tf.sqrt(tf.sum(tf.square(grads[images.name]), [1, 2, 3])).dataSync()],
        parameterNorms: Object.fromEntries(names.map(([name, weight]) => [name, normOf(weight)])),
        parameterGradientNorms: Object.fromEntries(
          names.map(([name, weight]) => [name, normOf(tf.add(grads[weight.name], tf.mul(weight, weightDecay)))]),
        ),
        activationCovariances,
      };
    } finally {
      images.dispose();
    }
  });
}

/** Ids of the layers whose activations leave the stem and each stack. */
function stageEnds({ layers }: NetworkPlan): Set<number> {
  const ends = layers.flatMap(({ name, kind, inputs }) =>
    kind === 'global-average-pool' || name.includes('/downsample/') ? [inputs[0]] : [],
  );
  // The stem is the first layer after the images.
  return new Set([1, ...ends]);
}

/** The reference's `_covariance_matrix`, as np.cov of the activations in rows: means and divisor are those of an image's values. */
function covariance(activation: tf.Tensor): number[][] {
  return tf.tidy(() => {
    const rows: tf.Tensor2D = tf.reshape(activation, [activation.shape[0], -1]);
    const centered: tf.Tensor2D = tf.sub(rows, tf.mean(rows, 1, true));
    return tf.div<tf.Tensor2D>(tf.matMul(centered, centered, false, true), Math.max(rows.shape[1] - 1, 1)).arraySync();
  });
}
