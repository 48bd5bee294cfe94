import { NasbenchError } from '@nasbench/foundation/errors';
import type { Seed } from '@nasbench/foundation/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer, NetworkPlan } from '../layers.ts';
import { concatChannels, truncateChannels } from './channels.ts';
import { type ConvBnReluWeights, convBnReluEvaluate, convBnReluTrain } from './convBnRelu.ts';
import { type DenseWeights, dense, globalAveragePool } from './head.ts';
import { maxPool } from './maxPool.ts';
import { sum } from './sum.ts';
import { initialWeights, isMoving } from './weights.ts';

/**
 * `train` normalises by the statistics of the batch and moves the moving averages towards them;
 * `evaluate` normalises by the moving averages and changes nothing.
 */
export type Mode = 'train' | 'evaluate';

export interface ApplyOptions {
  /** Weight of the old moving averages in `train` mode, 0 .. 1; 1 leaves them as they are. Default: the plan's config. */
  readonly momentum?: number;
  /** True lets gradients reach the images; by default they stop at the stem, which saves a convolution. */
  readonly imageGradient?: boolean;
  /** Called with every layer and its activation, which is freed later: to look at, not to keep or dispose. */
  readonly observe?: (layer: Layer, activation: tf.Tensor) => void;
}

export interface Network {
  readonly plan: NetworkPlan;
  /**
   * Every weight by `layer/part`, in plan order. Parts of a conv-bn-relu: filter, scale, offset, movingMean,
   * movingVariance; of the dense layer: weights, bias.
   */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /** The trainable ones. Change them with `assign` only: backends keep packed copies of a filter per tensor. */
  readonly variables: readonly tf.Variable[];
  readonly movingStatistics: readonly tf.Variable[];
  /**
   * @param images n x size x size x channels, already normalised
   * @returns logits, n x labels; differentiable for `variables`
   */
  apply(images: tf.Tensor4D, mode: Mode, options?: ApplyOptions): tf.Tensor2D;
  /** Frees the weights; `apply` throws afterwards. */
  dispose(): void;
}

/**
 * A trainable network on the current tfjs backend, with the reference's initial weights (SPEC 2). Each tensor is drawn
 * from its own stream of (seed, layer name): a layer starts with the same bits whatever surrounds it.
 */
export function createNetwork(plan: NetworkPlan, seed: Seed): Network {
  const { layers, config } = plan;
  const weights = new Map<string, tf.Variable>();
  for (const layer of layers) {
    const inputChannels = layer.inputs.length === 0 ? 0 : layers[layer.inputs[0]].shape[2];
    for (const [part, { shape, values }] of Object.entries(initialWeights(layer, inputChannels, seed))) {
      const name = `${layer.name}/${part}`;
      // tfjs names variables globally; left to itself it gives each a new number, so that networks may live side by side.
      weights.set(
        name,
        tf.tidy(() => tf.variable(tf.tensor(values, [...shape]), !isMoving(name))),
      );
    }
  }
  const lastReader = new Map(layers.flatMap((layer) => layer.inputs.map((input) => [input, layer.id] as const)));
  let alive = true;

  return {
    plan,
    weights,
    variables: [...weights].filter(([name]) => !isMoving(name)).map(([, variable]) => variable),
    movingStatistics: [...weights].filter(([name]) => isMoving(name)).map(([, variable]) => variable),
    apply(images, mode, options = {}) {
      if (!alive) throw new NasbenchError('network is disposed and can no longer be applied');
      assertImages(images, plan);
      assertMode(mode, options.momentum ?? 0);
      const context = {
        mode,
        momentum: options.momentum ?? config.batchNormMomentum,
        epsilon: config.batchNormEpsilon,
        weights,
      };
      return tf.tidy(() => {
        const values: tf.Tensor[] = [];
        for (const layer of layers) {
          const inputs = layer.inputs.map((id) => values[id] as tf.Tensor4D);
          const differentiateInput = options.imageGradient === true || layer.inputs[0] !== 0;
          values.push(layer.kind === 'input' ? images : applyLayer(layer, inputs, context, differentiateInput));
          options.observe?.(layer, values[layer.id]);
          // Frees activations early: what the backward pass needs, the layers have saved.
          for (const id of new Set(layer.inputs)) if (id !== 0 && lastReader.get(id) === layer.id) values[id].dispose();
        }
        return values[layers.length - 1] as tf.Tensor2D;
      });
    },
    dispose() {
      if (alive) for (const variable of weights.values()) variable.dispose();
      alive = false;
    },
  };
}

interface Context {
  readonly mode: Mode;
  readonly momentum: number;
  readonly epsilon: number;
  readonly weights: ReadonlyMap<string, tf.Variable>;
}

function applyLayer(
  layer: Exclude<Layer, { kind: 'input' }>,
  inputs: tf.Tensor4D[],
  { mode, momentum, epsilon, weights }: Context,
  differentiateInput: boolean,
): tf.Tensor {
  const part = (name: string) => weights.get(`${layer.name}/${name}`);
  switch (layer.kind) {
    case 'conv-bn-relu': {
      const own = {
        filter: part('filter'),
        scale: part('scale'),
        offset: part('offset'),
        movingMean: part('movingMean'),
        movingVariance: part('movingVariance'),
      } as ConvBnReluWeights;
      return mode === 'train'
        ? convBnReluTrain(inputs[0], own, epsilon, momentum, differentiateInput)
        : convBnReluEvaluate(inputs[0], own, epsilon, differentiateInput);
    }
    case 'max-pool':
      return maxPool(inputs[0], layer.size, layer.stride);
    case 'truncate':
      return truncateChannels(inputs[0], layer.channels);
    case 'sum':
      return sum(inputs);
    case 'concat':
      return concatChannels(inputs);
    case 'global-average-pool':
      return globalAveragePool(inputs[0]);
    case 'dense':
  }
  return dense(inputs[0], { weights: part('weights'), bias: part('bias') } as DenseWeights);
}

function assertMode(mode: Mode, momentum: number): void {
  if (mode !== 'train' && mode !== 'evaluate') {
    throw new NasbenchError(`mode is ${JSON.stringify(mode)}, expected "train" or "evaluate"`);
  }
  if (!(momentum >= 0 && momentum <= 1)) throw new NasbenchError(`momentum is ${momentum}, expected 0 to 1`);
}

function assertImages(images: tf.Tensor, { config }: NetworkPlan): void {
  const { imageSize, imageChannels } = config;
  const [, ...shape] = images.shape;
  if (images.rank !== 4 || images.shape[0] < 1 || shape.join() !== `${imageSize},${imageSize},${imageChannels}`) {
    throw new NasbenchError(
      `images have shape ${images.shape.join(' x ')}, expected n x ${imageSize} x ${imageSize} x ${imageChannels} with n of 1 or more`,
    );
  }
}
