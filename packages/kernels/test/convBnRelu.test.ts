import { beforeEach, expect, test } from 'vitest';
import { draws, relativeError, run, runOnCpu, type Shape4, size, useKernels, type Values } from './reference.ts';

const EPSILON = 1e-3;
const MOMENTUM = 0.9;

/** images, size, channels, filters, kernel */
const CASES: [number, number, number, number, number][] = [
  [3, 7, 3, 5, 3],
  [1, 14, 1, 21, 3],
  [2, 7, 21, 3, 5],
  [1, 1, 5, 1, 3],
  [40, 1, 8, 4, 1],
  [2, 14, 5, 21, 1],
  [3, 7, 16, 16, 1],
  [5, 16, 4, 13, 3],
  [2, 6, 2, 3, 2],
  [1, 30, 3, 16, 3],
  [35, 4, 12, 20, 3],
];

beforeEach(useKernels);

function inputsOf([images, length, channels, filters, kernel]: (typeof CASES)[number]) {
  const array = (shape: number[], seed: number, map = (value: number) => value) => ({
    values: draws(size(shape), seed).map(map),
    shape,
  });
  return {
    x: array([images, length, length, channels], 1),
    filter: array([kernel, kernel, channels, filters], 2),
    scale: array([filters], 3),
    offset: array([filters], 4, (value) => value / 2),
    movingMean: array([filters], 5),
    movingVariance: array([filters], 6, (value) => value ** 2 + 0.5),
  };
}

const DESCRIPTION = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined, dilations: [1, 1] };

/** The convolution by the cpu backend, the rest in double precision. */
async function expectedForward(inputs: ReturnType<typeof inputsOf>, training: boolean) {
  const { x, filter, scale, offset, movingMean, movingVariance } = inputs;
  const filters = scale.values.length;
  const y = await runOnCpu('Conv2D', { x, filter }, DESCRIPTION);
  const count = y.length / filters;
  const mean = Float64Array.from(training ? { length: filters } : movingMean.values, (value) => (training ? 0 : value));
  const variance = Float64Array.from(training ? { length: filters } : movingVariance.values, (value) =>
    training ? 0 : value,
  );
  if (training) {
    for (const [i, value] of y.entries()) mean[i % filters] += value / count;
    for (const [i, value] of y.entries()) variance[i % filters] += (value - mean[i % filters]) ** 2 / count;
  }
  const inverse = variance.map((value) => 1 / Math.sqrt(value + EPSILON));
  const normalized = Float64Array.from(y, (value, i) => (value - mean[i % filters]) * inverse[i % filters]);
  const before = normalized.map((value, i) => scale.values[i % filters] * value + offset.values[i % filters]);
  return { y, count, filters, mean, variance, inverse, normalized, before, value: before.map((v) => Math.max(v, 0)) };
}

for (const training of [true, false]) {
  test.each(CASES)(`forward, training ${training}: %i images of %i, %i to %i channels, kernel %i`, async (...shape) => {
    const inputs = inputsOf(shape);
    const expected = await expectedForward(inputs, training);
    const attributes = { epsilon: EPSILON, momentum: MOMENTUM, training };
    const [value, y, statistics, ...averages] = run('ConvBnRelu', inputs, attributes);
    expect(relativeError(y, expected.y)).toBeLessThan(1e-5);
    // With one pixel in all, the variance is 0 and 1 / sqrt(epsilon) magnifies what single precision rounds.
    expect(relativeError(value, expected.value)).toBeLessThan(1e-5);
    expect(relativeError(statistics, [...expected.mean, ...expected.inverse])).toBeLessThan(1e-5);
    expect(averages).toHaveLength(training ? 2 : 0);
    if (!training) return;
    const unbiased = expected.variance.map((v) => (v * expected.count) / Math.max(expected.count - 1, 1));
    const move = (old: Values, now: Values) => old.map((v, c) => MOMENTUM * v + (1 - MOMENTUM) * now[c]);
    expect(relativeError(averages[0], move(inputs.movingMean.values, expected.mean))).toBeLessThan(1e-5);
    expect(relativeError(averages[1], move(inputs.movingVariance.values, unbiased))).toBeLessThan(1e-5);
  });

  test.each(CASES)(
    `gradient, training ${training}: %i images of %i, %i to %i channels, kernel %i`,
    async (...shape) => {
      const inputs = inputsOf(shape);
      const { x, filter, scale } = inputs;
      const forward = await expectedForward(inputs, training);
      const attributes = { epsilon: EPSILON, momentum: MOMENTUM, training };
      const [, y, statistics] = run('ConvBnRelu', inputs, attributes);
      const { filters, count } = forward;
      const yShape: Shape4 = [...(x.shape.slice(0, 3) as [number, number, number]), filters];
      const dValue = { values: draws(size(yShape), 7), shape: yShape };
      const g = Float64Array.from(dValue.values, (value, i) => (forward.before[i] > 0 ? value : 0));
      const [sum, sumY] = [new Float64Array(filters), new Float64Array(filters)];
      for (const [i, value] of g.entries()) {
        sum[i % filters] += value;
        sumY[i % filters] += value * forward.normalized[i];
      }
      const dy = g.map((value, i) => {
        const c = i % filters;
        const through = training ? (sum[c] + forward.normalized[i] * sumY[c]) / count : 0;
        return scale.values[c] * forward.inverse[c] * (value - through);
      });
      const array = { values: dy, shape: yShape };
      const dFilter = await runOnCpu(
        'Conv2DBackpropFilter',
        { x, dy: array },
        { ...DESCRIPTION, filterShape: filter.shape },
      );
      const dx = await runOnCpu('Conv2DBackpropInput', { dy: array, filter }, { ...DESCRIPTION, inputShape: x.shape });
      const gradientInputs = {
        dValue,
        x,
        filter,
        scale,
        offset: inputs.offset,
        y: { values: y, shape: yShape },
        statistics: { values: statistics, shape: [2, filters] },
      };
      const given = run('ConvBnReluGradient', gradientInputs, { training, differentiateInput: true });
      const expected = [dFilter, sumY, sum, dx];
      // Through the statistics of a single pixel nothing reaches y: what is left of it is rounding.
      const smallest = count === 1 && training ? 1 : 1e-30;
      for (const [i, values] of expected.entries()) {
        expect(relativeError(given[i], values, smallest), `gradient ${i}`).toBeLessThan(1e-4);
      }
      const without = run('ConvBnReluGradient', gradientInputs, { training, differentiateInput: false });
      expect(without).toEqual(given.slice(0, 3));
    },
  );
}

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s in the input reaches value and gradients', (bad) => {
  const inputs = inputsOf([2, 7, 3, 5, 3]);
  inputs.x.values[100] = bad;
  const [value, y, statistics, ...averages] = run('ConvBnRelu', inputs, {
    epsilon: EPSILON,
    momentum: 0.9,
    training: true,
  });
  for (const values of [value, ...averages]) expect([...values].every(Number.isNaN)).toBe(true);
  const yShape = [2, 7, 7, 5];
  const gradients = run(
    'ConvBnReluGradient',
    {
      dValue: { values: draws(y.length), shape: yShape },
      ...inputs,
      y: { values: y, shape: yShape },
      statistics: { values: statistics, shape: [2, 5] },
    },
    { training: true, differentiateInput: true },
  );
  expect(gradients[0].some(Number.isNaN)).toBe(true);
  expect(gradients[3].some(Number.isNaN)).toBe(true);
});

test('the same bits after other runs, wherever the memory is', () => {
  const inputs = inputsOf([5, 16, 4, 13, 3]);
  const attributes = { epsilon: EPSILON, momentum: MOMENTUM, training: true };
  const once = run('ConvBnRelu', inputs, attributes);
  run('ConvBnRelu', inputsOf([3, 7, 21, 5, 5]), attributes);
  run('ConvBnRelu', inputsOf([2, 32, 21, 64, 3]), attributes);
  expect(run('ConvBnRelu', inputs, attributes)).toEqual(once);
  // An image's convolution does not depend on what else is in the batch.
  const first = { ...inputs, x: { values: inputs.x.values.slice(0, 16 * 16 * 4), shape: [1, 16, 16, 4] } };
  expect(run('ConvBnRelu', first, attributes)[1]).toEqual(once[1].slice(0, 16 * 16 * 13));
});
