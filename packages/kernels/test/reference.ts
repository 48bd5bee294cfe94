import { startWithKernels } from '@nasbench/kernels';
import * as tf from '@tensorflow/tfjs-core';

export type Shape4 = [number, number, number, number];
export type Values = Float32Array | Float64Array;

/** Registers both backends. */
export async function loadBackends(): Promise<void> {
  tf.enableProdMode();
  await Promise.all([import('@tensorflow/tfjs-backend-cpu'), import('@tensorflow/tfjs-backend-wasm')]);
}

/** Installs the kernels and leaves the wasm backend current. */
export async function useKernels(): Promise<void> {
  await loadBackends();
  const installation = await startWithKernels(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  if (!installation.installed) throw new Error(installation.reason);
}

/** Uniform in -1 .. 1, from the multiplicative generator of Park and Miller. */
export function draws(length: number, seed = 1): Float32Array {
  let state = seed * 48_271;
  return Float32Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface Array4 {
  readonly values: Values;
  readonly shape: readonly number[];
}

const tensorsOf = (inputs: Readonly<Record<string, Array4>>): tf.NamedTensorMap =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { values, shape }]) => [name, tf.tensor(Float32Array.from(values), [...shape])]),
  );

/** Runs a kernel on the wasm backend; gives the values of its outputs. Nothing stays allocated. */
export function run(
  kernel: string,
  inputs: Readonly<Record<string, Array4>>,
  attributes: Readonly<Record<string, number | boolean>> = {},
): Float32Array[] {
  return tf.tidy(() => {
    const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(`Nasbench${kernel}`, tensorsOf(inputs), attributes);
    return [outputs].flat().map((output) => output.dataSync() as Float32Array);
  });
}

/** The same, of a stock kernel of the cpu backend, which is current only meanwhile. */
export async function runOnCpu(
  kernel: string,
  inputs: Readonly<Record<string, Array4>>,
  attributes: object,
): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const output = tf.tidy(() =>
    tf
      .engine()
      .runKernel<tf.Tensor>(kernel, tensorsOf(inputs), attributes as tf.NamedAttrMap)
      .dataSync(),
  );
  await tf.setBackend('wasm');
  return output as Float32Array;
}

/** Largest difference relative to the largest expected magnitude, or `smallest`. */
export function relativeError(given: ArrayLike<number>, expected: ArrayLike<number>, smallest = 1e-30): number {
  if (given.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, smallest];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(given[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / scale;
}
