import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a kernel of @nasbench/kernels if it is registered for the current backend.
 *
 * @returns its outputs; undefined if there is none, and the composition of stock operations has to do
 */
export function runOwnKernel(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>> | readonly tf.Tensor[],
  attributes: Readonly<Record<string, number | boolean>> = {},
): tf.Tensor[] | undefined {
  const kernelName = `Nasbench${name}`;
  if ((tf.getKernel(kernelName, tf.getBackend()) as tf.KernelConfig | undefined) === undefined) return undefined;
  const outputs: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(kernelName, Object.assign({}, inputs) as tf.NamedTensorMap, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}
