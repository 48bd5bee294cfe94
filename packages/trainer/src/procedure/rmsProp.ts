import { runOwnKernel } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Constants of the optimizer, named as in TensorFlow 1. */
export interface RmsPropConfig {
  readonly decay: number;
  readonly momentum: number;
  readonly epsilon: number;
}

/** The two slots outside TensorFlow.js, as long as all trainable values together and in the order of the variables. */
export interface RmsPropSlots {
  readonly meanSquare: Float32Array;
  readonly moment: Float32Array;
}

/** The optimizer's state: all trainable values of a network as one vector, and two slots of the same length. */
export interface RmsProp {
  /** the trainable values that the next step starts from, in the order of the variables */
  readonly values: tf.Tensor1D;
  /**
   * One update from the gradients of the loss without weight decay, in the order of the variables; the decay's
   * gradient, weightDecay times the value, is added here.
   */
  step(gradients: readonly tf.Tensor[], learningRate: number): void;
  /** Copies of the slots, read from the backend: for checkpoints, not for every step. */
  readSlots(): RmsPropSlots;
  dispose(): void;
}

/**
 * RMSProp as TensorFlow 1 defines it (`tf.compat.v1.train.RMSPropOptimizer`), which differs from TensorFlow.js and
 * PyTorch: epsilon is inside the square root and the mean square starts at one.
 *
 *     ms  = decay ms + (1 - decay) g^2
 *     mom = momentum mom + learningRate g / sqrt(ms + epsilon)
 *     v   = v - mom
 *
 * Works on one long vector, because some fifty small variables times a dozen operations each cost more in calls than
 * in arithmetic. Every variable gets a new tensor: the wasm backend caches packed filters by tensor and would go on
 * computing with the old values if they were changed in place.
 *
 * @param slots those of an optimizer of the same variables, which this one continues bit for bit (copied); by default
 *   the ones of a new run
 */
export function createRmsProp(
  variables: readonly tf.Variable[],
  { decay, momentum, epsilon }: RmsPropConfig,
  weightDecay: number,
  slots?: RmsPropSlots,
): RmsProp {
  let values = tf.tidy(() => concatenate(variables));
  // Copies: a backend may keep the array that it is given.
  let meanSquare: tf.Tensor1D = slots ? tf.tensor1d(slots.meanSquare.slice()) : tf.onesLike(values);
  let moment: tf.Tensor1D = slots ? tf.tensor1d(slots.moment.slice()) : tf.zerosLike(values);

  /** With the kernels of @nasbench/kernels, where they are registered. */
  function stepInOneKernel(gradients: readonly tf.Tensor[], learningRate: number): boolean {
    const constants = { learningRate, decay, momentum, epsilon, weightDecay };
    const inputs = { ...Object.fromEntries(gradients.entries()), values, meanSquare, moment };
    const outputs = runOwnKernel('RmsProp', inputs, constants);
    if (outputs === undefined) return false;
    tf.dispose([values, meanSquare, moment]);
    const [newValues, newMeanSquare, newMoment, ...newVariables] = outputs;
    [values, meanSquare, moment] = [newValues, newMeanSquare, newMoment].map((slot) => tf.keep(slot)) as tf.Tensor1D[];
    for (const [i, variable] of variables.entries()) variable.assign(newVariables[i]);
    tf.dispose(newVariables);
    return true;
  }

  return {
    get values() {
      return values;
    },
    step(gradients, learningRate) {
      if (stepInOneKernel(gradients, learningRate)) return;
      const [newValues, newMeanSquare, newMoment] = tf.tidy(() => {
        const gradient = tf.add(concatenate(gradients), tf.mul(values, weightDecay));
        const ms = tf.add(meanSquare, tf.mul(tf.sub(tf.square(gradient), meanSquare), 1 - decay));
        const scaled = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(ms, epsilon)));
        const mom = tf.add(tf.mul(moment, momentum), scaled);
        // Kept, for the caller may be in a tidy of its own.
        return [tf.keep(tf.sub(values, mom)), tf.keep(ms), tf.keep(mom)] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      });
      tf.dispose([values, meanSquare, moment]);
      [values, meanSquare, moment] = [newValues, newMeanSquare, newMoment];
      assignSlices(variables, values);
    },
    readSlots() {
      const read = (slot: tf.Tensor1D) => Float32Array.from(slot.dataSync());
      return { meanSquare: read(meanSquare), moment: read(moment) };
    },
    dispose() {
      tf.dispose([values, meanSquare, moment]);
    },
  };
}

function concatenate(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [tensor.size])));
}

function assignSlices(variables: readonly tf.Variable[], values: tf.Tensor1D): void {
  tf.tidy(() => {
    let offset = 0;
    for (const variable of variables) {
      variable.assign(tf.reshape(tf.slice1d(values, offset, variable.size), variable.shape));
      offset += variable.size;
    }
  });
}
