import { normal } from '@nasbench/foundation/random';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { maxPool } from '../src/tfjs/maxPool.ts';
import { BACKENDS, draws, gradientsOf, use } from './backend.ts';
import * as float64 from './float64.ts';

const SHAPES = [
  { images: 2, size: 6, channels: 3 },
  { images: 1, size: 5, channels: 1 },
  { images: 3, size: 7, channels: 8 },
  { images: 2, size: 1, channels: 2 },
  { images: 1, size: 2, channels: 17 },
];
const WINDOWS = [
  { size: 3, stride: 1 },
  { size: 2, stride: 2 },
  { size: 5, stride: 1 },
  { size: 2, stride: 1 },
  { size: 3, stride: 3 },
];
/** Few values make ties; halves below zero; ReLU's zeros; all equal. */
const FILLS = {
  distinct: normal,
  ties: (random) => random.int(3) - 1,
  rectified: (random) => Math.max(0, random.int(5) - 3),
  'all negative': (random) => -1 - random.int(2),
  constant: () => 0,
} satisfies Record<string, Parameters<typeof draws>[2]>;

describe.each(BACKENDS)('on %s', (backend) => {
  describe.each(Object.keys(FILLS) as (keyof typeof FILLS)[])('%s', (fill) => {
    test.each(WINDOWS)('%j sends each gradient to the first maximum', async ({ size, stride }) => {
      await use(backend);
      for (const shape of SHAPES) {
        const x = draws('x', shape.images * shape.size ** 2 * shape.channels, FILLS[fill]);
        // Whole numbers, so that sums are exact in any order.
        const weights = (length: number) => draws('weights', length, (random) => random.int(19) - 9);
        const reference = float64.maxPool(x, shape, size, stride);
        const dx = new Float32Array(x.length);
        for (const [window, weight] of weights(reference.value.length).entries())
          dx[reference.places[window]] += weight;
        const input = tf.tensor4d(x, [shape.images, shape.size, shape.size, shape.channels]);
        const { value, gradients } = gradientsOf((image) => maxPool(image, size, stride), [input], weights);
        expect(value).toEqual(Float32Array.from(reference.value));
        // A tensor of -0 and 0: adding 0 makes them equal.
        expect(gradients[0].map((number) => number + 0)).toEqual(dx.map((number) => number + 0));
        input.dispose();
      }
    });
  });
});
