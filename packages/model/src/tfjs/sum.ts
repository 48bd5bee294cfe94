import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { runOwnKernel } from './ownKernel.ts';

/** Elementwise sum; its gradient is the same for every term. */
export function sum(inputs: readonly tf.Tensor4D[]): tf.Tensor4D {
  return differentiable(inputs, () => ({
    // Not addN: on the wasm backend add is XNNPACK's.
    value:
      (runOwnKernel('Sum', inputs)?.[0] as tf.Tensor4D | undefined) ?? inputs.reduce((total, x) => tf.add(total, x)),
    save: {},
    // One tensor each, because tfjs frees them one by one; reshape shares the memory, clone copies it on wasm.
    gradient: (dy) => inputs.map(() => tf.reshape(dy, dy.shape)),
  }));
}
