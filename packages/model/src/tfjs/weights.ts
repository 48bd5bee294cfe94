import { NasbenchError } from '@nasbench/foundation/errors';
import type { Seed } from '@nasbench/foundation/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layers.ts';
import { glorotUniform, varianceScaling } from './initializers.ts';
import type { Network } from './network.ts';

/** One weight tensor outside tfjs. */
export interface WeightValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Parts of a layer that training moves but no gradient reaches. */
const MOVING_PARTS: ReadonlySet<string> = new Set(['movingMean', 'movingVariance']);

export function isMoving(name: string): boolean {
  return MOVING_PARTS.has(name.slice(name.lastIndexOf('/') + 1));
}

/** The starting weights of a layer by part; none for layers without. */
export function initialWeights(layer: Layer, inputChannels: number, seed: Seed): Record<string, WeightValues> {
  if (layer.kind === 'conv-bn-relu') {
    const { kernel, filters } = layer;
    const shape = [kernel, kernel, inputChannels, filters];
    return {
      filter: { shape, values: varianceScaling(shape, seed, `${layer.name}/filter`) },
      scale: constant(filters, 1),
      offset: constant(filters, 0),
      movingMean: constant(filters, 0),
      movingVariance: constant(filters, 1),
    };
  }
  if (layer.kind === 'dense') {
    const shape = [inputChannels, layer.units];
    return {
      weights: { shape, values: glorotUniform(shape, seed, `${layer.name}/weights`) },
      bias: constant(layer.units, 0),
    };
  }
  return {};
}

function constant(length: number, value: number): WeightValues {
  return { shape: [length], values: new Float32Array(length).fill(value) };
}

/** All weights and moving averages by name, in plan order, as copies. */
export function readWeights(network: Network): Map<string, WeightValues> {
  const read = new Map<string, WeightValues>();
  for (const [name, variable] of network.weights) {
    read.set(name, { shape: [...variable.shape], values: Float32Array.from(variable.dataSync()) });
  }
  return read;
}

/**
 * Replaces the weights named in `weights` (any subset; copies).
 * @throws NasbenchError, before anything changes, if a name is unknown or a shape or length differs
 */
export function writeWeights(network: Network, weights: ReadonlyMap<string, WeightValues>): void {
  for (const [name, { shape, values }] of weights) {
    const variable = network.weights.get(name);
    if (variable === undefined) throw new NasbenchError(`network has no weight ${JSON.stringify(name)}`);
    const expected = variable.shape.join(' x ');
    const given = shape.join(' x ');
    if (given !== expected) throw new NasbenchError(`weight ${name} has shape ${given}, expected ${expected}`);
    if (values.length !== variable.size) {
      throw new NasbenchError(`weight ${name} has ${values.length} values, expected ${variable.size}`);
    }
  }
  for (const [name, { shape, values }] of weights) {
    // The engine may keep the array it is given.
    const tensor = tf.tensor(values.slice(), [...shape], 'float32');
    network.weights.get(name)?.assign(tensor);
    tensor.dispose();
  }
}
