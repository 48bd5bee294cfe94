import { cellFromMatrix } from '@nasbench/graph';
import { planNetwork } from '@nasbench/model';
import { createNetwork } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from '../procedure/crossEntropy.ts';
import { EngineAbsentError } from './engine.ts';

/** Losses of healthy engines differ by less than 1e-5 of their size, those of a wrong kernel by far more. */
const TOLERANCE = 1e-3;

/** All kinds of layers: both convolutions, pooling of both strides, uneven channels, sum, concat, projection. */
const PLAN = planNetwork(
  cellFromMatrix(
    [
      [0, 1, 1, 1, 1, 0],
      [0, 0, 0, 1, 0, 1],
      [0, 0, 0, 0, 1, 1],
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0],
    ],
    ['input', 'conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3', 'conv3x3-bn-relu', 'output'],
  ),
  {
    stemFilters: 5,
    stacks: 2,
    cellsPerStack: 1,
    labels: 10,
    imageSize: 6,
    imageChannels: 3,
    batchNormMomentum: 0.9,
    batchNormEpsilon: 1e-5,
  },
);
const LABELS = Uint8Array.of(3, 1, 4, 1);
const STEPS = 2;
const LEARNING_RATE = 0.05;

/**
 * Trains a network of some hundred weights on the current backend and on another, which is not current afterwards.
 * @throws EngineAbsentError if the losses are not finite or differ
 */
export async function assertTrains(backend: string, startReference: () => Promise<unknown>): Promise<void> {
  const found = await losses();
  await startReference();
  const expected = await losses();
  await tf.setBackend(backend);
  const agree = found.every((loss, i) => Math.abs(loss - expected[i]) < TOLERANCE * expected[i]);
  if (!agree)
    throw new EngineAbsentError(
      `it does not train as it should: losses ${found.map((loss) => loss.toPrecision(6)).join(', ')}, expected ${expected.map((loss) => loss.toPrecision(6)).join(', ')}`,
    );
}

/** The loss before each of the steps and after the last one. */
async function losses(): Promise<number[]> {
  const { imageSize, imageChannels } = PLAN.config;
  const network = createNetwork(PLAN, 'smoke');
  const pixels = Float32Array.from({ length: LABELS.length * imageSize ** 2 * imageChannels }, (_, i) =>
    Math.fround(((i * 7919) % 101) / 50 - 1),
  );
  const images = tf.tensor4d(pixels, [LABELS.length, imageSize, imageSize, imageChannels]);
  const values: tf.Scalar[] = [];
  for (let step = 0; step <= STEPS; step++) {
    values.push(
      tf.tidy(() => {
        const loss = () => crossEntropy(network.apply(images, 'train'), LABELS);
        const { value, grads } = tf.variableGrads(loss, [...network.variables]);
        for (const variable of network.variables)
          variable.assign(tf.sub(variable, tf.mul(grads[variable.name], LEARNING_RATE)));
        return value;
      }),
    );
  }
  const read = await Promise.all(values.map((value) => value.data()));
  tf.dispose([images, ...values]);
  network.dispose();
  return read.map(([loss]) => loss);
}
