import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { NETWORK_PRESETS, OPERATIONS, planNetwork } from '../src/index.ts';
import { createNetwork, type Network, readWeights, writeWeights } from '../src/tfjs/index.ts';
import { BACKENDS, draws, relativeError, use, weightedSum } from './backend.ts';
import { CELLS, cell } from './cells.ts';

const TINY = { ...NETWORK_PRESETS.tiny, imageSize: 7, imageChannels: 3, labels: 5 };
const UNEVEN = planNetwork(CELLS.uneven, TINY);

function images(count: number, seed = 'images'): tf.Tensor4D {
  return tf.tensor4d(draws(seed, count * 7 * 7 * 3), [count, 7, 7, 3]);
}

/** One step of gradient descent on a weighted sum of the logits; gives the gradients by weight name. */
function step(network: Network, batch: tf.Tensor4D, learningRate = 0.01): Map<string, Float32Array> {
  const gradients = new Map<string, Float32Array>();
  tf.tidy(() => {
    const loss = () => {
      const logits = network.apply(batch, 'train');
      return weightedSum(logits, draws('loss', logits.size));
    };
    const { grads } = tf.variableGrads(loss, [...network.variables]);
    for (const [name, variable] of network.weights) {
      if (!variable.trainable) continue;
      gradients.set(name, grads[variable.name].dataSync() as Float32Array);
      variable.assign(tf.sub(variable, tf.mul(grads[variable.name], learningRate)));
    }
  });
  return gradients;
}

describe.each(BACKENDS)('on %s', (backend) => {
  test('weights have the plan’s names, shapes and number', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    const shapes = new Map([...network.weights].map(([name, { shape }]) => [name, shape]));
    expect(shapes.get('stack0/cell0/vertex1/conv3x3-bn-relu/filter')).toEqual([3, 3, 6, 6]);
    expect(shapes.get('stack1/cell0/output/projection/movingVariance')).toEqual([32]);
    expect(shapes.get('head/dense/weights')).toEqual([32, 5]);
    expect(network.variables.reduce((total, { size }) => total + size, 0)).toBe(UNEVEN.trainableParameters);
    expect(network.variables.length + network.movingStatistics.length).toBe(network.weights.size);
    network.dispose();
  });

  test('initial weights: truncated normal of fan-in, Glorot uniform, and constants', async () => {
    await use(backend);
    const network = createNetwork(
      planNetwork(CELLS.resnet, { ...NETWORK_PRESETS.small, imageSize: 8, imageChannels: 3, labels: 10 }),
      7,
    );
    const weights = readWeights(network);
    const valuesOf = (name: string) => weights.get(name)?.values ?? new Float32Array();
    const filter = valuesOf('stack2/cell0/vertex1/conv3x3-bn-relu/filter');
    const deviation = Math.sqrt(1 / (9 * 64));
    expect(Math.sqrt(filter.reduce((total, value) => total + value ** 2, 0) / filter.length) / deviation).toBeCloseTo(
      1,
      2,
    );
    expect(Math.max(...filter.map(Math.abs)) / deviation).toBeCloseTo(2 / 0.87962566103423978, 2);
    // Twice as many channels come out as go in: the deviation tells which of them counts.
    const widening = valuesOf('stack2/cell0/output/projection/filter');
    expect(widening).toHaveLength(32 * 64);
    const spread = Math.sqrt(widening.reduce((total, value) => total + value ** 2, 0) / widening.length);
    expect(spread / Math.sqrt(1 / 32)).toBeCloseTo(1, 1);
    const dense = valuesOf('head/dense/weights');
    const limit = Math.sqrt(6 / 74);
    expect(Math.max(...dense) / limit).toBeCloseTo(1, 1);
    expect(Math.max(...dense)).toBeLessThan(limit);
    expect(Math.sqrt(dense.reduce((total, value) => total + value ** 2, 0) / dense.length) / limit).toBeCloseTo(
      Math.sqrt(1 / 3),
      1,
    );
    for (const [part, value] of [
      ['scale', 1],
      ['offset', 0],
      ['movingMean', 0],
      ['movingVariance', 1],
    ] as const) {
      expect(new Set(valuesOf(`stem/conv3x3-bn-relu/${part}`))).toEqual(new Set([value]));
    }
    expect(new Set(valuesOf('head/dense/bias'))).toEqual(new Set([0]));
    network.dispose();
  });

  test('a layer starts with the same bits in another network; another seed gives others', async () => {
    await use(backend);
    const [one, other, reseeded] = [
      createNetwork(UNEVEN, 'a'),
      createNetwork(planNetwork(CELLS.direct, TINY), 'a'),
      createNetwork(UNEVEN, 'b'),
    ];
    const filter = (network: Network) => network.weights.get('stack0/cell0/output/projection/filter')?.dataSync();
    expect(filter(one)).toEqual(filter(other));
    expect(filter(one)).not.toEqual(filter(reseeded));
    for (const network of [one, other, reseeded]) network.dispose();
  });

  test('train moves the moving averages unless momentum is 1; evaluate does not', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    const batch = images(4);
    const averages = () => network.movingStatistics.map((variable) => variable.dataSync().slice());
    const before = averages();
    tf.dispose(network.apply(batch, 'evaluate'));
    tf.dispose(network.apply(batch, 'train', { momentum: 1 }));
    expect(averages()).toEqual(before);
    tf.dispose(network.apply(batch, 'train'));
    expect(averages()).not.toEqual(before);
    network.dispose();
    batch.dispose();
  });

  test('with the statistics of the batch itself, evaluate agrees with train', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    const batch = images(16);
    const trained = network.apply(batch, 'train', { momentum: 0 }).dataSync();
    // The averages hold unbiased variances, up to 1 / (16 x 4 x 4) larger than the biased ones.
    expect(relativeError(network.apply(batch, 'evaluate').dataSync(), trained)).toBeLessThan(0.02);
    network.dispose();
    batch.dispose();
  });

  test('gradients reach the images only when asked', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    const batch = images(2);
    const loss = (imageGradient: boolean) => (x: tf.Tensor) =>
      weightedSum(network.apply(x as tf.Tensor4D, 'evaluate', { imageGradient }), draws('loss', 10));
    const gradient = tf.grad(loss(true))(batch);
    expect(gradient.shape).toEqual([2, 7, 7, 3]);
    // Along the gradient, the loss grows by its squared length.
    const length = Math.sqrt((gradient.dataSync() as Float32Array).reduce((total, value) => total + value ** 2, 0));
    const at = (distance: number) => loss(false)(tf.add(batch, tf.mul(gradient, distance / length))).dataSync()[0];
    expect((at(1e-2) - at(-1e-2)) / (2e-2 * length)).toBeCloseTo(1, 1);
    expect(() => tf.grad(loss(false))(batch)).toThrow(/^Cannot compute gradient of y=f\(x\)/);
    network.dispose();
  });

  test('every layer can be looked at while it is computed', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    const batch = images(2);
    const seen: [string, number][] = [];
    const logits = network.apply(batch, 'evaluate', {
      observe: (layer, activation) => seen.push([layer.name, activation.size]),
    });
    expect(seen).toEqual(
      UNEVEN.layers.map(({ name, shape: [height, width, channels] }) => [name, 2 * height * width * channels]),
    );
    tf.dispose([logits, batch]);
    network.dispose();
  });

  test('new weights are used at once', async () => {
    await use(backend);
    const [network, other] = [createNetwork(UNEVEN, 1), createNetwork(UNEVEN, 2)];
    const batch = images(2);
    const before = network.apply(batch, 'evaluate').dataSync();
    writeWeights(network, readWeights(other));
    const after = network.apply(batch, 'evaluate').dataSync();
    expect(after).not.toEqual(before);
    expect(after).toEqual(other.apply(batch, 'evaluate').dataSync());
    network.dispose();
    other.dispose();
    batch.dispose();
  });

  test('training leaks no tensors, and dispose frees all', async () => {
    await use(backend);
    const start = tf.memory().numTensors;
    const network = createNetwork(UNEVEN, 1);
    const batch = images(2);
    step(network, batch);
    const { numTensors } = tf.memory();
    step(network, batch);
    tf.dispose(network.apply(batch, 'evaluate'));
    tf.dispose(network.apply(batch, 'train'));
    expect(tf.memory().numTensors).toBe(numTensors);
    network.dispose();
    network.dispose();
    batch.dispose();
    expect(tf.memory().numTensors).toBe(start);
    expect(() => network.apply(batch, 'train')).toThrow(/^network is disposed/);
  });

  test('refuses images and weights of another shape', async () => {
    await use(backend);
    const network = createNetwork(UNEVEN, 1);
    expect(() => network.apply(tf.zeros([2, 7, 7, 1]), 'train')).toThrow(
      /^images have shape 2 x 7 x 7 x 1, expected n x 7 x 7 x 3 with n of 1 or more$/,
    );
    expect(() => network.apply(tf.zeros([0, 7, 7, 3]), 'train')).toThrow(/^images have shape 0 x/);
    expect(() => network.apply(images(1), 'training' as 'train')).toThrow(/^mode is "training", expected/);
    expect(() => network.apply(images(1), 'train', { momentum: 2 })).toThrow(/^momentum is 2, expected 0 to 1$/);
    const one = (name: string, shape: number[], length: number) =>
      writeWeights(network, new Map([[name, { shape, values: new Float32Array(length) }]]));
    expect(() => one('nowhere', [1], 1)).toThrow(/^network has no weight "nowhere"$/);
    expect(() => one('head/dense/bias', [4], 4)).toThrow(/^weight head\/dense\/bias has shape 4, expected 5$/);
    expect(() => one('head/dense/bias', [5], 4)).toThrow(/^weight head\/dense\/bias has 4 values, expected 5$/);
    network.dispose();
  });
});

test.each([
  ['every layer kind', CELLS.uneven, TINY],
  ['inception', CELLS.inception, { ...TINY, imageSize: 7, stacks: 3 }],
  [
    'all operations in a row',
    cell(
      '0-1 1-2 2-3 3-4 4-5 5-6 0-6',
      'identity',
      'bottleneck3x3',
      'bottleneck5x5',
      'maxpool3x3-conv1x1',
      'conv1x1-bn-relu',
    ),
    TINY,
  ],
] as const)('wasm trains as cpu does: %s', async (_name, ofCell, config) => {
  const plan = planNetwork(ofCell, config, OPERATIONS);
  const results: Map<string, Float32Array>[] = [];
  for (const backend of BACKENDS) {
    await use(backend);
    const network = createNetwork(plan, 3);
    const batch = images(3);
    const gradients = step(network, batch);
    results.push(gradients.set('logits', network.apply(batch, 'evaluate').dataSync() as Float32Array));
    network.dispose();
    batch.dispose();
  }
  const [cpu, wasm] = results;
  for (const [name, values] of cpu) expect(relativeError(wasm.get(name) ?? [], values, 1e-2), name).toBeLessThan(2e-3);
});

test('kernels give the composition’s loss and gradients, and the same bits after other runs', async () => {
  const plans = [CELLS.resnet, CELLS.inception, CELLS.best].map((ofCell) =>
    planNetwork(ofCell, { ...TINY, stacks: 3 }),
  );
  const gradientsOf = (plan: (typeof plans)[number]) => {
    const network = createNetwork(plan, 5);
    const batch = images(5);
    const gradients = step(network, batch);
    gradients.set('logits', network.apply(batch, 'evaluate').dataSync() as Float32Array);
    network.dispose();
    batch.dispose();
    return gradients;
  };
  await use('wasm');
  const compositions = plans.map(gradientsOf);
  await use('wasm with kernels');
  const kernels = plans.map(gradientsOf);
  for (const [i, gradients] of kernels.entries()) {
    for (const [name, values] of gradients) {
      expect(relativeError(values, compositions[i].get(name) ?? [], 1e-2), name).toBeLessThan(2e-3);
    }
    expect(gradientsOf(plans[i])).toEqual(gradients);
  }
});

test('with kernels, neither tensors nor the memory of the engine grow', async () => {
  await use('wasm with kernels');
  const network = createNetwork(planNetwork(CELLS.resnet, { ...TINY, stacks: 1 }), 1);
  const batch = images(1);
  const heap = (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm;
  step(network, batch);
  const { numTensors, numBytes } = tf.memory();
  const { length } = heap.HEAPU8;
  for (let i = 0; i < 2000; i++) step(network, batch, 1e-4);
  expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  expect(heap.HEAPU8).toHaveLength(length);
  network.dispose();
  batch.dispose();
});

test.skipIf(process.arch !== 'x64')('the same seed gives the same bits, in every process [needs x86-64]', async () => {
  await use('wasm');
  const digests = [0, 1].map(() => {
    const network = createNetwork(UNEVEN, 'bits');
    const batch = images(8);
    for (let i = 0; i < 3; i++) step(network, batch);
    const digest = createHash('sha256');
    for (const [name, { values }] of readWeights(network)) digest.update(name).update(values);
    network.dispose();
    batch.dispose();
    return digest.digest('hex').slice(0, 16);
  });
  expect(digests).toEqual(['2887746707bae74f', '2887746707bae74f']);
});
