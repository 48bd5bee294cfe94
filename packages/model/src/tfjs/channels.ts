import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { runOwnKernel } from './ownKernel.ts';

/** The first `count` channels. */
export function truncateChannels(x: tf.Tensor4D, count: number): tf.Tensor4D {
  const channels = x.shape[3];
  return differentiable([x], () => ({
    value: takeChannels(x, 0, count),
    save: {},
    gradient: (dy) => [placeChannels(dy, 0, channels)],
  }));
}

/** Channels of all inputs one after the other. */
export function concatChannels(inputs: readonly tf.Tensor4D[]): tf.Tensor4D {
  const counts = inputs.map((x) => x.shape[3]);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0));
  const channels = counts.reduce((a, b) => a + b, 0);
  return differentiable(inputs, () => ({
    value:
      (runOwnKernel('ConcatChannels', inputs)?.[0] as tf.Tensor4D | undefined) ?? concatStock(inputs, starts, channels),
    save: {},
    gradient: (dy) => counts.map((count, i) => takeChannels(dy, starts[i], count)),
  }));
}

function concatStock(inputs: readonly tf.Tensor4D[], starts: readonly number[], channels: number): tf.Tensor4D {
  return inputs.some((x) => isNarrow(x.shape[3], channels))
    ? inputs.map((x, i) => placeChannels(x, starts[i], channels)).reduce((total, x) => tf.add(total, x))
    : tf.concat([...inputs], 3);
}

/**
 * Copying channels pixel by pixel costs the wasm backend 0.1 us a pixel whatever their number; a 1x1 convolution with
 * a part of the identity matrix copies as exactly (finite values), in proportion to both numbers of channels.
 * They meet at about this product.
 */
function isNarrow(some: number, all: number): boolean {
  return some * all <= 1024;
}

function takeChannels(x: tf.Tensor4D, start: number, count: number): tf.Tensor4D {
  const own = runOwnKernel('TakeChannels', { x }, { start, count });
  if (own !== undefined) return own[0] as tf.Tensor4D;
  const channels = x.shape[3];
  if (!isNarrow(count, channels)) return tf.slice(x, [0, 0, 0, start], [-1, -1, -1, count]);
  return tf.conv2d(x, identityPart(channels, count, start, 0), 1, 'same');
}

/** x as channels start, start + 1, ... of `channels`, the others 0. */
function placeChannels(x: tf.Tensor4D, start: number, channels: number): tf.Tensor4D {
  const own = runOwnKernel('PlaceChannels', { x }, { start, channels });
  if (own !== undefined) return own[0] as tf.Tensor4D;
  const count = x.shape[3];
  if (isNarrow(count, channels)) return tf.conv2d(x, identityPart(count, channels, 0, start), 1, 'same');
  return tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [start, channels - start - count],
  ]);
}

/** A 1x1 filter that carries channel firstIn + i to channel firstOut + i. */
function identityPart(channelsIn: number, channelsOut: number, firstIn: number, firstOut: number): tf.Tensor4D {
  const values = new Float32Array(channelsIn * channelsOut);
  for (let i = 0; firstIn + i < channelsIn && firstOut + i < channelsOut; i++) {
    values[(firstIn + i) * channelsOut + firstOut + i] = 1;
  }
  return tf.tensor4d(values, [1, 1, channelsIn, channelsOut]);
}
