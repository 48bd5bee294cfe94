import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type ConvBnReluWeights, convBnReluEvaluate, convBnReluTrain } from '../src/tfjs/convBnRelu.ts';
import { BACKENDS, draws, relativeError, use, weightedSum } from './backend.ts';
import { conv, type Moments, moments, normalizeRelu, numericalGradient } from './float64.ts';

const EPSILON = 1e-3;

/** Odd and even numbers of channels, sizes and images; kernels of every operation, and an even one. */
const CASES = [
  { images: 2, size: 5, channels: 3, kernel: 3, filters: 5 },
  { images: 1, size: 4, channels: 2, kernel: 3, filters: 3 },
  { images: 3, size: 3, channels: 5, kernel: 1, filters: 7 },
  { images: 2, size: 6, channels: 1, kernel: 5, filters: 2 },
  { images: 2, size: 4, channels: 2, kernel: 2, filters: 3 },
  { images: 4, size: 1, channels: 4, kernel: 3, filters: 4 },
  { images: 2, size: 9, channels: 16, kernel: 3, filters: 8 },
] as const;

function setUp({ images, size, channels, kernel, filters }: (typeof CASES)[number]) {
  const values = {
    x: draws('x', images * size * size * channels),
    filter: draws('filter', kernel * kernel * channels * filters),
    scale: draws('scale', filters),
    offset: draws('offset', filters),
    movingMean: draws('movingMean', filters),
    movingVariance: draws('movingVariance', filters).map((value) => value ** 2 + 0.5),
    weights: draws('weights', images * size * size * filters),
  };
  const weights = {
    filter: tf.variable(tf.tensor4d(values.filter, [kernel, kernel, channels, filters])),
    scale: tf.variable(tf.tensor1d(values.scale)),
    offset: tf.variable(tf.tensor1d(values.offset)),
    movingMean: tf.variable(tf.tensor1d(values.movingMean), false),
    movingVariance: tf.variable(tf.tensor1d(values.movingVariance), false),
  } satisfies ConvBnReluWeights;
  const x = tf.variable(tf.tensor4d(values.x, [images, size, size, channels]));
  return { values, weights, x, dispose: () => tf.dispose([x, ...Object.values(weights)]) };
}

/** Gradients of the weighted sum of the layer's output for x, filter, scale and offset, numerically in double precision. */
function expected(shape: (typeof CASES)[number], values: ReturnType<typeof setUp>['values'], fixed?: Moments) {
  const layer = (
    x: ArrayLike<number>,
    filter: ArrayLike<number>,
    scale: ArrayLike<number>,
    offset: ArrayLike<number>,
  ) => {
    const y = conv(x, shape, filter, shape.kernel, shape.filters);
    return normalizeRelu(y, fixed ?? moments(y, shape.filters), scale, offset, EPSILON);
  };
  const sum = (output: Float64Array) => output.reduce((total, value, i) => total + value * values.weights[i], 0);
  const { x, filter, scale, offset } = values;
  return {
    value: layer(x, filter, scale, offset),
    gradients: [
      numericalGradient((point) => sum(layer(point, filter, scale, offset)), x),
      numericalGradient((point) => sum(layer(x, point, scale, offset)), filter),
      numericalGradient((point) => sum(layer(x, filter, point, offset)), scale),
      numericalGradient((point) => sum(layer(x, filter, scale, point)), offset),
    ],
  };
}

describe.each(BACKENDS)('on %s', (backend) => {
  test.each(CASES)('train: %j', async (shape) => {
    await use(backend);
    const { values, weights, x, dispose } = setUp(shape);
    const reference = expected(shape, values);
    const output = convBnReluTrain(x, weights, EPSILON, 1, true);
    expect(relativeError(output.dataSync(), reference.value)).toBeLessThan(1e-5);
    const inputs = [x, weights.filter, weights.scale, weights.offset];
    const { grads } = tf.variableGrads(
      () => weightedSum(convBnReluTrain(x, weights, EPSILON, 1, true), values.weights),
      inputs,
    );
    for (const [i, { name }] of inputs.entries()) {
      expect(relativeError(grads[name].dataSync(), reference.gradients[i]), `input ${i}`).toBeLessThan(1e-4);
    }
    dispose();
  });

  test.each(CASES)('evaluate: %j', async (shape) => {
    await use(backend);
    const { values, weights, x, dispose } = setUp(shape);
    const fixed = { mean: Float64Array.from(values.movingMean), variance: Float64Array.from(values.movingVariance) };
    const reference = expected(shape, values, fixed);
    const output = convBnReluEvaluate(x, weights, EPSILON, true);
    expect(relativeError(output.dataSync(), reference.value)).toBeLessThan(1e-5);
    const inputs = [x, weights.filter, weights.scale, weights.offset];
    const { grads } = tf.variableGrads(
      () => weightedSum(convBnReluEvaluate(x, weights, EPSILON, true), values.weights),
      inputs,
    );
    for (const [i, { name }] of inputs.entries()) {
      expect(relativeError(grads[name].dataSync(), reference.gradients[i]), `input ${i}`).toBeLessThan(1e-4);
    }
    dispose();
  });

  test('moving averages move as in TF1: biased to normalise, unbiased to keep', async () => {
    await use(backend);
    const shape = CASES[0];
    const { values, weights, x, dispose } = setUp(shape);
    const { mean, variance } = moments(conv(values.x, shape, values.filter, 3, shape.filters), shape.filters);
    const count = shape.images * shape.size ** 2;
    convBnReluTrain(x, weights, EPSILON, 0.9, true);
    const wanted = {
      mean: mean.map((value, c) => 0.9 * values.movingMean[c] + 0.1 * value),
      variance: variance.map((value, c) => 0.9 * values.movingVariance[c] + (0.1 * value * count) / (count - 1)),
    };
    expect(relativeError(weights.movingMean.dataSync(), wanted.mean)).toBeLessThan(1e-5);
    expect(relativeError(weights.movingVariance.dataSync(), wanted.variance)).toBeLessThan(1e-5);
    dispose();
  });

  test('a channel far from zero keeps its variance', async () => {
    await use(backend);
    const { weights, x, dispose } = setUp({ images: 4, size: 1, channels: 4, kernel: 3, filters: 4 });
    x.assign(
      tf.tensor4d(
        [1000, 1001, 1002, 1003].flatMap((value) => [value, 0, 0, 0]),
        [4, 1, 1, 4],
      ),
    );
    weights.filter.assign(
      tf.tensor4d(
        Array.from({ length: 144 }, (_, i) => (i === 4 * 16 ? 1 : 0)),
        [3, 3, 4, 4],
      ),
    );
    convBnReluTrain(x, weights, EPSILON, 0, true);
    expect(weights.movingMean.dataSync()[0]).toBeCloseTo(1001.5, 3);
    expect(weights.movingVariance.dataSync()[0]).toBeCloseTo(5 / 3, 4);
    dispose();
  });
});
