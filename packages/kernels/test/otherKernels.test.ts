import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { draws, relativeError, run, runOnCpu, size, useKernels } from './reference.ts';

beforeEach(useKernels);

/** images, height, width, channels; size, stride */
const POOLS: [number, number, number, number, number, number][] = [
  [2, 7, 7, 3, 3, 1],
  [1, 14, 5, 21, 3, 1],
  [1, 1, 1, 1, 3, 1],
  [3, 8, 8, 16, 2, 2],
  [2, 7, 7, 5, 2, 2],
  [1, 7, 8, 4, 3, 3],
  [1, 6, 6, 2, 5, 1],
];

/** Multiples of a quarter, so that windows have ties; all below zero in the last image. */
const quarters = (length: number) =>
  draws(length).map((value, i) => Math.round(value * 4) / 4 - (i > length / 2 ? 2 : 0) + 0);

/** Every window's maximum and the place where reading order meets it first, in plain loops. */
function pool(x: Float32Array, [images, height, width, channels, window, stride]: (typeof POOLS)[number]) {
  const before = (length: number) => Math.max((Math.ceil(length / stride) - 1) * stride + window - length, 0) >> 1;
  const value: number[] = [];
  const places: number[] = [];
  for (let n = 0; n < images; n++)
    for (let i = 0; i < height; i += stride)
      for (let j = 0; j < width; j += stride)
        for (let c = 0; c < channels; c++) {
          let best = -1;
          for (let p = i - before(height); p < i - before(height) + window; p++)
            for (let q = j - before(width); q < j - before(width) + window; q++) {
              if (p < 0 || p >= height || q < 0 || q >= width) continue;
              const place = ((n * height + p) * width + q) * channels + c;
              if (best < 0 || x[place] > x[best]) best = place;
            }
          value.push(x[best]);
          places.push(best);
        }
  return { value: Float32Array.from(value), places };
}

describe.each(POOLS)('max-pool of %i x %i x %i x %i, size %i, stride %i', (...shape) => {
  const [images, height, width, channels, window, stride] = shape;
  const x = { values: quarters(images * height * width * channels), shape: [images, height, width, channels] };
  const attributes = { size: window, stride };
  const outputShape = [images, Math.ceil(height / stride), Math.ceil(width / stride), channels];

  test('finds the maxima', async () => {
    const [value] = run('MaxPool', { x }, attributes);
    expect(value).toEqual(pool(x.values, shape).value);
    const stock = { filterSize: [window, window], strides: [stride, stride], pad: 'same', dimRoundingMode: undefined };
    expect(value).toEqual(await runOnCpu('MaxPool', { x }, stock));
  });

  test('gives the gradient to the first maximum', () => {
    const { value, places } = pool(x.values, shape);
    const dy = draws(value.length, 2);
    const expected = new Float32Array(x.values.length);
    for (const [i, place] of places.entries()) expected[place] += dy[i];
    const inputs = { x, value: { values: value, shape: outputShape }, dy: { values: dy, shape: outputShape } };
    const [dx] = run('MaxPoolGradient', inputs, attributes);
    expect(dx).toEqual(expected);
  });
});

test('max-pool keeps NaN', () => {
  const values = draws(7 * 7 * 3);
  values[3 * (7 * 3 + 3)] = Number.NaN;
  const [value] = run('MaxPool', { x: { values, shape: [1, 7, 7, 3] } }, { size: 3, stride: 1 });
  expect(value.filter(Number.isNaN)).toHaveLength(9);
});

test.each([
  [1, [1, 3, 5]],
  [2, [21, 1]],
  [3, [4, 8, 4]],
])('%i images: channels %j are joined and taken apart', (images, counts) => {
  const channels = counts.reduce((a, b) => a + b);
  const parts = counts.map((count, i) => ({
    values: draws(images * 49 * count, i + 1),
    shape: [images, 7, 7, count],
  }));
  const [whole] = run('ConcatChannels', Object.fromEntries(parts.entries()));
  let start = 0;
  for (const { values, shape } of parts) {
    const count = shape[3];
    const joined = whole.filter((_, i) => i % channels >= start && i % channels < start + count);
    expect(joined).toEqual(values);
    const x = { values: whole, shape: [images, 7, 7, channels] };
    expect(run('TakeChannels', { x }, { start, count })[0]).toEqual(values);
    const [placed] = run('PlaceChannels', { x: { values, shape } }, { start, channels });
    expect(placed).toEqual(
      whole.map((value, i) => (i % channels >= start && i % channels < start + count ? value : 0)),
    );
    start += count;
  }
});

test.each([1, 2, 3, 4, 50])('sum of tensors of %i', (length) => {
  const terms = [1, 2, 3].map((seed) => ({ values: draws(length, seed), shape: [length, 1, 1, 1] }));
  const [a, b, c] = terms.map(({ values }) => values);
  expect(run('Sum', Object.fromEntries(terms.entries()))[0]).toEqual(
    a.map((value, i) => Math.fround(value + b[i]) + c[i]),
  );
});

test('pixels share what a mean of them gets', () => {
  const x = { values: draws(2 * 5), shape: [2, 1, 1, 5] };
  const [spread] = run('SpreadPixels', { x }, { height: 2, width: 4 });
  expect(spread).toEqual(
    Float32Array.from({ length: 2 * 8 * 5 }, (_, i) => x.values[Math.floor(i / 40) * 5 + (i % 5)] / 8),
  );
});

test('RMSProp is the formula, for long and short variables', () => {
  const shapes = [[3, 3, 2, 5], [1], [7], [5000]];
  const length = shapes.reduce((total, shape) => total + size(shape), 0);
  const [values, meanSquare, moment] = [draws(length), draws(length, 2).map((v) => v + 1), draws(length, 3)];
  const gradients = shapes.map((shape, i) => ({ values: draws(size(shape), 4 + i), shape }));
  const constants = { learningRate: 0.1, decay: 0.9, momentum: 0.8, epsilon: 1e-2, weightDecay: 0.05 };
  const vector = (array: Float32Array) => ({ values: array, shape: [length] });
  const inputs = { values: vector(values), meanSquare: vector(meanSquare), moment: vector(moment) };
  const outputs = run('RmsProp', { ...inputs, ...Object.fromEntries(gradients.entries()) }, constants);
  const g = gradients.flatMap((gradient) => [...gradient.values]).map((value, i) => value + 0.05 * values[i]);
  const ms = g.map((value, i) => 0.9 * meanSquare[i] + 0.1 * value ** 2);
  const mom = g.map((value, i) => 0.8 * moment[i] + (0.1 * value) / Math.sqrt(ms[i] + 1e-2));
  const result = mom.map((value, i) => values[i] - value);
  for (const [i, expected] of [result, ms, mom].entries())
    expect(relativeError(outputs[i], expected)).toBeLessThan(1e-6);
  expect(outputs.slice(3).flatMap((variable) => [...variable])).toEqual([...outputs[0]]);
});

test.each([1, 5, 1603, 20_000])('sum of squares of %i values', (length) => {
  const values = draws(length);
  const expected = values.reduce((total, value) => total + value ** 2, 0);
  expect(relativeError(run('SumOfSquares', { x: { values, shape: [length] } })[0], [expected])).toBeLessThan(1e-6);
  values[length - 1] = Number.NaN;
  expect(run('SumOfSquares', { x: { values, shape: [length] } })[0]).toEqual(Float32Array.of(Number.NaN));
});

test('neither tensors nor memory grow', () => {
  const x = { values: draws(2 * 49 * 3), shape: [2, 7, 7, 3] };
  const step = () => run('ConcatChannels', { 0: x, 1: x });
  step();
  const { numTensors, numBytes } = tf.memory();
  const heap = (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm;
  const before = heap.HEAPU8.length;
  for (let i = 0; i < 2000; i++) step();
  expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  expect(heap.HEAPU8).toHaveLength(before);
});
