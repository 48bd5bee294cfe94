import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';

/** Max-pool size x size with `same` padding. The gradient of a window goes to its first maximum in reading order. */
export function maxPool(x: tf.Tensor4D, size: number, stride: number): tf.Tensor4D {
  return differentiable([x], () => {
    const value = tf.maxPool(x, size, stride, 'same');
    return {
      value,
      save: { input: x, output: value },
      gradient: (dy, saved) =>
        [
          tf.engine().runKernel('MaxPoolGrad', { dy, ...saved }, { filterSize: size, strides: stride, pad: 'same' }),
        ] as tf.Tensor[],
    };
  });
}
