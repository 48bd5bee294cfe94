import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { runOwnKernel } from './ownKernel.ts';

/**
 * Max-pool size x size with `same` padding; stride is 1 or size. The gradient of a window goes to its first maximum
 * in reading order, as in TensorFlow. Composed of subtractions and depthwise convolutions: the wasm backend's
 * MaxPoolGrad is up to ten times as slow, picks the last maximum and loses windows whose maximum is 0.
 */
export function maxPool(x: tf.Tensor4D, size: number, stride: number): tf.Tensor4D {
  return differentiable([x], () => {
    const own = runOwnKernel('MaxPool', { x }, { size, stride }) as [tf.Tensor4D] | undefined;
    const value = own?.[0] ?? tf.maxPool(x, size, stride, 'same');
    const stockGradient = stride === 1 ? slidingGradient : tilingGradient;
    return {
      value,
      save: { x, value },
      gradient: (dy, saved) =>
        runOwnKernel('MaxPoolGradient', { ...saved, dy }, { size, stride }) ?? [
          stockGradient(saved.x, saved.value, dy, size),
        ],
    };
  });
}

/** Stride 1. A window's first maximum lies in the first row that has the maximum, at that row's first: two 1-d passes. */
function slidingGradient(x: tf.Tensor4D, value: tf.Tensor4D, dy: tf.Tensor4D, size: number): tf.Tensor4D {
  const rowMaxima = tf.maxPool(x, [1, size], 1, 'same');
  const dRowMaxima = slidingPass(rowMaxima, value, dy, size, 'vertical');
  return slidingPass(x, rowMaxima, dRowMaxima, size, 'horizontal');
}

/**
 * One axis: hands each window's gradient to the first of its `size` pixels that equals the maximum. All arrays are
 * indexed by pixel; at step i pixel n is the i-th of window n - i + before, so the windows are shifted onto the pixels.
 */
function slidingPass(
  x: tf.Tensor4D,
  maxima: tf.Tensor4D,
  dMaxima: tf.Tensor4D,
  size: number,
  axis: 'vertical' | 'horizontal',
): tf.Tensor4D {
  const before = Math.floor((size - 1) / 2);
  const shift = (values: tf.Tensor4D, distance: number) => shiftPixels(values, distance, axis);
  let open = dMaxima;
  let dx: tf.Tensor4D | undefined;
  for (let i = 0; i < size; i++) {
    const [taken] = handOut(shift(open, i - before), tf.sub(shift(maxima, i - before), x));
    dx = dx === undefined ? taken : tf.add(dx, taken);
    // Not the shifted rest: windows whose i-th pixel is outside would be lost.
    if (i < size - 1) open = tf.sub(open, shift(taken, before - i));
  }
  return dx as tf.Tensor4D;
}

/** Splits what windows still hold into what this pixel takes, where it equals the maximum, and the rest. */
function handOut(open: tf.Tensor4D, belowMaximum: tf.Tensor): [taken: tf.Tensor4D, rest: tf.Tensor4D] {
  const rest: tf.Tensor4D = tf.mul(open, tf.step(belowMaximum));
  return [tf.sub(open, rest), rest];
}

/** result[n] = x[n - distance] along an axis, 0 where that is outside: a depthwise convolution with a single 1. */
function shiftPixels(x: tf.Tensor4D, distance: number, axis: 'vertical' | 'horizontal'): tf.Tensor4D {
  if (distance === 0) return x;
  // An odd number of taps, so that `same` padding is even; 2 taps would also be 20 times as slow on wasm.
  const reach = Math.abs(distance);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, tap) => (tap === reach - distance ? 1 : 0));
  return tf.depthwiseConv2d(x, depthwiseFilter(taps, axis === 'vertical' ? taps.length : 1, x.shape[3]), 1, 'same');
}

/** The same height x width taps for every channel. */
function depthwiseFilter(taps: number[], height: number, channels: number): tf.Tensor4D {
  return tf.mul(tf.tensor4d(taps, [height, taps.length / height, 1, 1]), tf.ones([1, 1, channels, 1]));
}

/** Stride = size: windows do not overlap, so every pixel belongs to one, at one of size x size places. */
function tilingGradient(x: tf.Tensor4D, value: tf.Tensor4D, dy: tf.Tensor4D, size: number): tf.Tensor4D {
  const [images, height, width, channels] = x.shape;
  const [, rows, columns] = value.shape;
  const [top, left] = [Math.floor((rows * size - height) / 2), Math.floor((columns * size - width) / 2)];
  const whole = padPixels(x, top, rows * size - height - top, left, columns * size - width - left);
  let open = dy;
  const bands: tf.Tensor[] = [];
  for (let i = 0; i < size; i++) {
    const places: tf.Tensor[] = [];
    for (let j = 0; j < size; j++) {
      const [taken, rest] = handOut(open, tf.sub(value, pickPlace(whole, size, i, j)));
      places.push(taken);
      open = rest;
    }
    bands.push(interleave(places, [images * rows * columns, channels]));
  }
  const dx: tf.Tensor4D = tf.reshape(interleave(bands, [images * rows, columns * size * channels]), whole.shape);
  return whole === x ? dx : tf.slice(dx, [0, top, left, 0], [images, height, width, channels]);
}

/** Pads with the lowest finite number: infinity times 0 would be NaN in `pickPlace`. */
function padPixels(x: tf.Tensor4D, top: number, bottom: number, left: number, right: number): tf.Tensor4D {
  if (top + bottom + left + right === 0) return x;
  const lowest = -3.4028234663852886e38;
  return tf.pad4d(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    lowest,
  );
}

/** Pixel (i, j) of every size x size tile: a strided depthwise convolution with a single 1. */
function pickPlace(x: tf.Tensor4D, size: number, i: number, j: number): tf.Tensor4D {
  const taps = Array.from({ length: size * size }, (_, tap) => (tap === i * size + j ? 1 : 0));
  return tf.depthwiseConv2d(x, depthwiseFilter(taps, size, x.shape[3]), size, 'valid');
}

/** Row 0 of each part, row 1 of each part, ...: parts x rows x width becomes rows x parts x width. */
function interleave(parts: tf.Tensor[], [rows, width]: [number, number]): tf.Tensor {
  const stacked = tf.concat(parts.map((part) => tf.reshape(part, [rows, width])));
  return tf.transpose(tf.reshape(stacked, [parts.length, rows, width]), [1, 0, 2]);
}
