import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';

/** The first `count` channels. */
export function truncateChannels(x: tf.Tensor4D, count: number): tf.Tensor4D {
  const missing = x.shape[3] - count;
  return differentiable([x], () => ({
    value: sliceChannels(x, 0, count),
    save: {},
    gradient: (dy) => [
      tf.pad(dy, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, missing],
      ]),
    ],
  }));
}

/** Channels of all inputs one after the other. */
export function concatChannels(inputs: readonly tf.Tensor4D[]): tf.Tensor4D {
  const counts = inputs.map((x) => x.shape[3]);
  return differentiable(inputs, () => ({
    value: tf.concat([...inputs], 3),
    save: {},
    gradient: (dy) => {
      let start = 0;
      return counts.map((count) => {
        const part = sliceChannels(dy, start, count);
        start += count;
        return part;
      });
    },
  }));
}

function sliceChannels(x: tf.Tensor4D, start: number, count: number): tf.Tensor4D {
  return tf.slice(x, [0, 0, 0, start], [-1, -1, -1, count]);
}
