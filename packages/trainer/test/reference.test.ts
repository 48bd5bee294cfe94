import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cellFromMatrix } from '@nasbench/graph';
import { type NetworkConfig, planNetwork } from '@nasbench/model';
import { createNetwork, type Network } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { batcher } from '../src/batches/pixels.ts';
import { startBackend } from '../src/engines/startBackend.node.ts';
import type { ImageSet } from '../src/images/imageSet.ts';
import { createRmsProp, type RmsPropConfig } from '../src/procedure/rmsProp.ts';
import { trainingStep } from '../src/procedure/trainingStep.ts';
import { ENGINE } from './shared.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const TOLERANCE = 1e-4;

/** Written by fixtures/make_fixtures.py. */
interface Fixture {
  readonly cell: { readonly matrix: readonly string[]; readonly operations: readonly string[] };
  readonly network: NetworkConfig;
  readonly training: {
    readonly learningRates: readonly number[];
    readonly weightDecay: number;
    readonly optimizer: RmsPropConfig;
  };
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly batchSize: number;
  readonly labels: readonly (readonly number[])[];
  readonly variables: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly movingStatistics: readonly { readonly name: string; readonly size: number }[];
  readonly losses: readonly number[];
  readonly firstLogits: readonly (readonly number[])[];
  readonly evaluatedLogits: readonly (readonly number[])[];
}

const FIXTURE_NAMES = ['resnet-like', 'inception-like', 'uneven', 'input-to-output'];

const ARITHMETIC = ENGINE === 'wasm' ? (['kernels', 'stock operations'] as const) : (['stock operations'] as const);

describe.each(FIXTURE_NAMES.flatMap((name) => ARITHMETIC.map((arithmetic) => [name, arithmetic] as const)))(
  '%s, five steps against PyTorch in double precision, on %s',
  (fixtureName, arithmetic) => {
    let fixture: Fixture;
    let reference: ReturnType<typeof splitValues>;
    let network: Network;
    let images: ImageSet;

    beforeAll(async () => {
      const { kernels } = await startBackend(ENGINE, { kernels: arithmetic === 'kernels' });
      if ((kernels !== null) !== (arithmetic === 'kernels')) throw new Error(`kernels are ${kernels}`);
      fixture = JSON.parse(await readFile(path.join(FIXTURES, `${fixtureName}.json`), 'utf8')) as Fixture;
      const bytes = new Uint8Array(await readFile(path.join(FIXTURES, `${fixtureName}.bin`)));
      reference = splitValues(fixture, new Float32Array(bytes.buffer));
      const pixels = await readFile(path.join(FIXTURES, `images-${fixture.network.imageSize}.bin`));
      images = imagesOf(fixture, new Uint8Array(pixels));
      const matrix = fixture.cell.matrix.map((row) => Array.from(row, Number));
      const cell = cellFromMatrix(matrix, ['input', ...fixture.cell.operations, 'output']);
      network = createNetwork(planNetwork(cell, fixture.network), 'any');
      for (const { name, shape } of fixture.variables) {
        const variable = weight(network, name);
        // Refuses another shape.
        tf.tidy(() => variable.assign(tf.tensor(reference.initial.get(name) as Float32Array, [...shape])));
      }
      return () => network.dispose();
    });

    it('has the same trainable tensors', () => {
      expect(network.variables).toHaveLength(fixture.variables.length);
      expect(network.movingStatistics).toHaveLength(2 * fixture.movingStatistics.length);
    });

    it('agrees in logits, losses, trained values and moving statistics', () => {
      const { learningRates, weightDecay, optimizer } = fixture.training;
      const batches = batcher(images, { padding: 0, flip: false });
      const batchOf = (step: number) =>
        batches.training(
          Uint32Array.from({ length: fixture.batchSize }, (_, i) => step * fixture.batchSize + i),
          0,
          step,
        );
      const logits = (mode: 'train' | 'evaluate') =>
        tf.tidy(() => {
          const { pixels, labels } = batchOf(0);
          const input = tf.tensor4d(pixels, [labels.length, images.size, images.size, images.channels]);
          // Momentum 1 leaves the moving statistics alone.
          return network.apply(input, mode, { momentum: 1 }).dataSync();
        });

      expect(difference(logits('train'), fixture.firstLogits.flat())).toBeLessThan(TOLERANCE);
      const rmsProp = createRmsProp(network.variables, optimizer, weightDecay);
      for (const [step, rate] of learningRates.entries()) {
        const [loss] = trainingStep(network, rmsProp, weightDecay, batchOf(step), rate).dataSync();
        expect(difference([loss], [fixture.losses[step]]), `loss of step ${step}`).toBeLessThan(TOLERANCE);
      }
      for (const { name } of fixture.variables) {
        const expected = reference.trained.get(name) as Float32Array;
        expect(difference(weight(network, name).dataSync(), expected), name).toBeLessThan(TOLERANCE);
        // Training has moved every tensor by much more than the tolerance.
        expect(difference(reference.initial.get(name) as Float32Array, expected), name).toBeGreaterThan(5 * TOLERANCE);
      }
      for (const { name } of fixture.movingStatistics)
        for (const part of ['movingMean', 'movingVariance']) {
          const found = weight(network, `${name}/${part}`).dataSync();
          expect(difference(found, reference.moving.get(`${name}/${part}`) as Float32Array), name).toBeLessThan(
            TOLERANCE,
          );
        }
      expect(difference(logits('evaluate'), fixture.evaluatedLogits.flat())).toBeLessThan(TOLERANCE);
      rmsProp.dispose();
    });
  },
);

/** Euclidean distance relative to the length of the expected vector. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  let distance = 0;
  let length = 0;
  for (let i = 0; i < expected.length; i++) {
    distance += (found[i] - expected[i]) ** 2;
    length += expected[i] ** 2;
  }
  return Math.sqrt(distance / length);
}

function weight(network: Network, name: string): tf.Variable {
  const variable = network.weights.get(name);
  if (!variable) throw new Error(`network has no ${name}`);
  return variable;
}

/** The .bin file: initial trainable values, trained ones, moving means and variances. */
function splitValues({ variables, movingStatistics }: Fixture, values: Float32Array) {
  let offset = 0;
  const take = (size: number) => values.subarray(offset, (offset += size));
  const all = () =>
    new Map(variables.map(({ name, shape }) => [name, take(shape.reduce((product, length) => product * length, 1))]));
  const [initial, trained] = [all(), all()];
  const moving = new Map<string, Float32Array>(
    movingStatistics.flatMap(({ name, size }) => [
      [`${name}/movingMean`, take(size)] as const,
      [`${name}/movingVariance`, take(size)] as const,
    ]),
  );
  expect(offset).toBe(values.length);
  return { initial, trained, moving };
}

function imagesOf({ network, mean, std, labels }: Fixture, pixels: Uint8Array): ImageSet {
  const split = { images: pixels, labels: Uint8Array.from(labels.flat()), count: labels.flat().length };
  const { imageSize: size, imageChannels: channels } = network;
  const splits = { train: split, trainEvaluation: split, validation: split, test: split };
  return {
    name: 'fixture',
    description: '',
    size,
    channels,
    labels: network.labels,
    mean,
    std,
    mirrorable: false,
    ...splits,
  };
}
