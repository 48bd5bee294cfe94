import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cellFromMatrix } from '@nasbench/graph';
import { type NetworkConfig, planNetwork } from '@nasbench/model';
import { createNetwork } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../src/engines/startBackend.node.ts';
import { createRmsProp, type RmsPropConfig } from '../src/procedure/rmsProp.ts';
import { trainingStep } from '../src/procedure/trainingStep.ts';
import { ENGINE } from './shared.ts';
import { useSoftplus } from './smoothConvBn.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');

/** Written by fixtures/make_tensorflow_fixtures.py, which says what is what. */
interface Reference {
  readonly optimizer: RmsPropConfig;
  readonly steps: number;
  readonly learningRate: number;
  readonly rates: readonly number[];
  readonly networks: readonly {
    readonly cell: string;
    readonly activation: string;
    readonly losses: readonly number[];
  }[];
}

/** The parts of what make_fixtures.py writes that are used here. */
interface Fixture {
  readonly cell: { readonly matrix: readonly string[]; readonly operations: readonly string[] };
  readonly network: NetworkConfig;
  readonly training: { readonly weightDecay: number };
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly batchSize: number;
  readonly labels: readonly (readonly number[])[];
  readonly variables: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

const floatsOf = async (name: string) =>
  new Float32Array(new Uint8Array(await readFile(path.join(FIXTURES, name))).buffer);
const jsonOf = async <T>(name: string) => JSON.parse(await readFile(path.join(FIXTURES, `${name}.json`), 'utf8')) as T;

let reference: Reference;
let values: Float32Array;
let offset = 0;
const take = (count: number) => values.subarray(offset, (offset += count));

beforeAll(async () => {
  await startBackend(ENGINE);
  reference = await jsonOf<Reference>('tensorflow');
  values = await floatsOf('tensorflow.bin');
});

/** Euclidean distance relative to the length of the expected vector. */
function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  const lengthOf = (of: (i: number) => number) => Math.hypot(...Array.from(expected, (_, i) => of(i)));
  return lengthOf((i) => found[i] - expected[i]) / lengthOf((i) => expected[i]);
}

/** Our trained values after 1 and 50 steps, and all losses, from the weights of a fixture. */
async function train(name: string) {
  const { cell, network, training, mean, std, batchSize, labels, variables } = await jsonOf<Fixture>(name);
  const start = await floatsOf(`${name}.bin`);
  const raw = new Uint8Array(await readFile(path.join(FIXTURES, `images-${network.imageSize}.bin`)));
  const channel = (i: number) => i % 3;
  const pixels = Float32Array.from(raw, (value, i) =>
    Math.fround(Math.fround(value - Math.fround(mean[channel(i)])) / Math.fround(std[channel(i)])),
  );
  const matrix = cell.matrix.map((row) => Array.from(row, Number));
  const plan = planNetwork(cellFromMatrix(matrix, ['input', ...cell.operations, 'output']), network);
  const net = createNetwork(plan, 'any');
  let place = 0;
  // In the order of the fixture, which is not ours.
  const weights = variables.map(({ name: weight, shape }) => {
    const variable = net.weights.get(weight) as tf.Variable;
    const size = shape.reduce((product, length) => product * length, 1);
    tf.tidy(() => variable.assign(tf.tensor(start.slice(place, (place += size)), [...shape])));
    return variable;
  });
  const read = () => Float32Array.from(weights.flatMap((weight) => [...weight.dataSync()]));
  const rmsProp = createRmsProp(net.variables, reference.optimizer, training.weightDecay);
  const losses: number[] = [];
  const kept: Float32Array[] = [];
  const perBatch = pixels.length / labels.length;
  for (let step = 0; step < reference.steps; step++) {
    const of = step % labels.length;
    const batch = {
      pixels: pixels.subarray(of * perBatch, (of + 1) * perBatch),
      labels: Uint8Array.from(labels[of].slice(0, batchSize)),
    };
    const loss = trainingStep(net, rmsProp, training.weightDecay, batch, reference.learningRate);
    losses.push(loss.dataSync()[0]);
    loss.dispose();
    if (step === 0 || step === reference.steps - 1) kept.push(read());
  }
  rmsProp.dispose();
  net.dispose();
  return { kept, losses, size: kept[0].length };
}

describe('against TensorFlow', () => {
  it('the optimizer alone agrees to 1e-6 over 50 steps', () => {
    const { rates, steps, optimizer } = reference;
    const [start, gradients, after] = [take(40), take(40 * steps), take((40 * steps) / 10)];
    const variable = tf.variable(tf.tensor1d(start.slice()));
    const rmsProp = createRmsProp([variable], optimizer, 0);
    for (let step = 0; step < steps; step++) {
      tf.tidy(() => rmsProp.step([tf.tensor1d(gradients.slice(40 * step, 40 * (step + 1)))], rates[step]));
      if (step % 10 < 9) continue;
      const expected = after.subarray(4 * (step - 9), 4 * (step + 1));
      const found = variable.dataSync();
      for (let i = 0; i < 40; i++)
        expect(Math.abs(found[i] - expected[i]), `value ${i} after step ${step}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(expected[i])),
        );
    }
    rmsProp.dispose();
  });

  // In the order of the file: relu and smooth of each cell. A kernel of softplus replaces the real one, so it comes last.
  it('networks agree to 1e-4 after a step, and to 1e-3 after 50 with a smooth activation', async () => {
    const drifts: Record<string, number[]> = {};
    const expected = new Map<string, Float32Array[]>();
    for (const { cell, activation } of reference.networks) {
      const { variables } = await jsonOf<Fixture>(cell);
      const size = variables.reduce(
        (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
        0,
      );
      expected.set(`${cell} ${activation}`, [take(size), take(size)]);
    }
    expect(offset).toBe(values.length);
    for (const activation of ['relu', 'smooth']) {
      if (activation === 'smooth') useSoftplus();
      for (const { cell, losses } of reference.networks.filter((network) => network.activation === activation)) {
        const found = await train(cell);
        const [one, fifty] = expected.get(`${cell} ${activation}`) ?? [];
        drifts[`${cell} ${activation}`] = [distance(found.kept[0], one), distance(found.kept[1], fifty)];
        expect(Math.abs(found.losses[0] - losses[0])).toBeLessThan(1e-4);
      }
    }
    if (process.env.NASBENCH_SHOW_DRIFT) process.stdout.write(`${JSON.stringify(drifts)}\n`);
    for (const [name, [one, fifty]] of Object.entries(drifts)) {
      expect(one, `${name} after 1 step`).toBeLessThan(1e-4);
      expect(fifty, `${name} after 50 steps`).toBeLessThan(name.endsWith('smooth') ? 1e-3 : Infinity);
    }
  });
});
