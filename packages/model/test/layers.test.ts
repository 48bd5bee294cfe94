import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { concatChannels, truncateChannels } from '../src/tfjs/channels.ts';
import { globalAveragePool } from '../src/tfjs/head.ts';
import { sum } from '../src/tfjs/sum.ts';
import { BACKENDS, draws, gradientsOf, relativeError, use } from './backend.ts';

const image = (seed: string, ...shape: [number, number, number, number]) =>
  tf.tensor4d(
    draws(
      seed,
      shape.reduce((a, b) => a * b),
    ),
    shape,
  );
const weights = (length: number) => draws('weights', length);
const part = (values: Float32Array, channels: number, start: number, count: number) =>
  values.filter((_, i) => i % channels >= start && i % channels < start + count);

describe.each(BACKENDS)('on %s', (backend) => {
  // Narrow tensors go through 1x1 convolutions, wide ones through slices.
  test.each([
    [4, 3],
    [6, 5],
    [1, 1],
    [40, 39],
  ])('truncate %i to %i', async (channels, count) => {
    await use(backend);
    const x = image('x', 2, 3, 3, channels);
    const { value, gradients } = gradientsOf((input) => truncateChannels(input, count), [x], weights);
    expect(value).toEqual(part(x.dataSync() as Float32Array, channels, 0, count));
    expect(part(gradients[0], channels, 0, count)).toEqual(weights(18 * count));
    expect(part(gradients[0], channels, count, channels).every((number) => number === 0)).toBe(true);
    x.dispose();
  });

  test.each([[[3, 2, 2]], [[6, 5, 5]], [[1]], [[30, 40]], [[1, 64, 3]]])('concat %j', async (counts) => {
    await use(backend);
    const channels = counts.reduce((a, b) => a + b);
    const inputs = counts.map((count, i) => image(`x${i}`, 1, 3, 3, count));
    const { value, gradients } = gradientsOf((...all) => concatChannels(all), inputs, weights);
    let start = 0;
    for (const [i, count] of counts.entries()) {
      expect(part(value, channels, start, count)).toEqual(inputs[i].dataSync());
      expect(gradients[i]).toEqual(part(weights(9 * channels), channels, start, count));
      start += count;
    }
    tf.dispose(inputs);
  });

  test('sum', async () => {
    await use(backend);
    const inputs = ['a', 'b', 'c'].map((seed) => image(seed, 2, 2, 2, 3));
    const { value, gradients } = gradientsOf((...all) => sum(all), inputs, weights);
    const [a, b, c] = inputs.map((x) => x.dataSync() as Float32Array);
    expect(value).toEqual(a.map((number, i) => Math.fround(number + b[i]) + c[i]));
    for (const gradient of gradients) expect(gradient).toEqual(weights(24));
    tf.dispose(inputs);
  });

  test('global average', async () => {
    await use(backend);
    const x = image('x', 2, 3, 3, 5);
    const { value, gradients } = gradientsOf(globalAveragePool, [x], weights);
    const values = x.dataSync();
    const means = Array.from({ length: 10 }, (_, k) => {
      const [n, c] = [Math.floor(k / 5), k % 5];
      return Array.from({ length: 9 }, (_pixel, p) => values[(n * 9 + p) * 5 + c]).reduce((a, b) => a + b) / 9;
    });
    expect(relativeError(value, means)).toBeLessThan(1e-6);
    const dMeans = weights(10);
    const wanted = gradients[0].map((_, i) => dMeans[Math.floor(i / 45) * 5 + (i % 5)] / 9);
    expect(relativeError(gradients[0], wanted)).toBeLessThan(1e-6);
    x.dispose();
  });
});
