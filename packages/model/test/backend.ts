import { createRandom, normal, type Random } from '@nasbench/foundation/random';
import { removeKernels, startWithKernels } from '@nasbench/kernels';
import * as tf from '@tensorflow/tfjs-core';

/** `wasm` is the composition of stock operations. */
export const BACKENDS = ['cpu', 'wasm', 'wasm with kernels'] as const;
export type Backend = (typeof BACKENDS)[number];

export async function use(backend: Backend): Promise<void> {
  tf.enableProdMode();
  if (backend === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend(backend);
    return;
  }
  await import('@tensorflow/tfjs-backend-wasm');
  // Even where they are not wanted, for they can be installed only while the backend starts.
  const installation = await startWithKernels(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  if (!installation.installed) throw new Error(installation.reason);
  if (backend === 'wasm') removeKernels();
}

export function draws(seed: string, length: number, draw: (random: Random) => number = normal): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => draw(random));
}

/** Gradient of sum(weights * f(inputs)) for each input, and the value of f. */
export function gradientsOf(
  f: (...inputs: tf.Tensor4D[]) => tf.Tensor,
  inputs: tf.Tensor4D[],
  weights: (size: number) => Float32Array,
): { value: Float32Array; gradients: Float32Array[] } {
  return tf.tidy(() => {
    let value: Float32Array | undefined;
    const loss = (...variables: tf.Tensor[]) => {
      const output = f(...(variables as tf.Tensor4D[]));
      value = output.dataSync() as Float32Array;
      return weightedSum(output, weights(output.size));
    };
    const gradients = tf
      .grads(loss)(inputs)
      .map((gradient) => gradient.dataSync() as Float32Array);
    return { value: value as Float32Array, gradients };
  });
}

/** Differentiable without any gradient registered with tfjs. */
export function weightedSum(x: tf.Tensor, weights: Float32Array): tf.Scalar {
  return tf.customGrad((...[input]) => {
    const factor = tf.tensor(weights, (input as tf.Tensor).shape);
    return {
      value: tf.sum<tf.Scalar>(tf.mul(input as tf.Tensor, factor)),
      gradFunc: (dy: tf.Scalar) => tf.mul(tf.tensor(weights, x.shape), dy),
    };
  })(x);
}

/** Largest difference relative to the largest expected magnitude, or `floor`; where NaN is expected, anything goes. */
export function relativeError(given: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-30): number {
  if (given.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, floor];
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i])) continue;
    difference = Math.max(difference, Math.abs(given[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / scale;
}
