import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { runOwnKernel } from './ownKernel.ts';

/** Mean over height and width: images x 1 x 1 x channels. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  return differentiable([x], () => ({
    value: tf.avgPool(x, [height, width], 1, 'valid'),
    save: {},
    gradient: (dy) =>
      runOwnKernel('SpreadPixels', { x: dy }, { height, width }) ?? [
        tf.mul(dy, tf.mul(tf.ones([1, height, width, 1]), 1 / (height * width))),
      ],
  }));
}

export interface DenseWeights {
  /** Input channels x units. */
  readonly weights: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

/** x * weights + bias for x of images x 1 x 1 x channels; gives images x units. */
export function dense(x: tf.Tensor4D, { weights, bias }: DenseWeights): tf.Tensor2D {
  const [images, , , channels] = x.shape;
  return differentiable([x, weights, bias], () => {
    const rows: tf.Tensor2D = tf.reshape(x, [images, channels]);
    return {
      value: tf.add<tf.Tensor2D>(tf.matMul(rows, weights), bias),
      save: { rows, weights },
      gradient: (dy, saved) => {
        // Explicit transposes: matMul's own take a path without SIMD on the wasm backend.
        const dx = tf.reshape(tf.matMul(dy, tf.transpose(saved.weights)), [images, 1, 1, channels]);
        return [dx, tf.matMul(tf.transpose(saved.rows), dy), tf.sum(dy, 0)];
      },
    };
  });
}
