import { createRandom, type Seed, truncatedNormal } from '@nasbench/foundation/random';

/** Standard deviation of a standard normal truncated at two of them: TensorFlow 1.12 divides by it (SPEC 2). */
const TRUNCATED_NORMAL_DEVIATION = 0.87962566103423978;

/**
 * TF1's default for convolutions: variance scaling, scale 1, fan-in, truncated normal.
 * @param shape height, width, input channels, output channels of the filter
 */
export function varianceScaling(shape: readonly number[], seed: Seed, name: string): Float32Array {
  const random = createRandom(seed, 'weights', name);
  const fanIn = shape[0] * shape[1] * shape[2];
  const deviation = Math.sqrt(1 / fanIn) / TRUNCATED_NORMAL_DEVIATION;
  return fill(shape, () => deviation * truncatedNormal(random));
}

/** TF1's default for dense layers: uniform within sqrt(6 / (inputs + outputs)). */
export function glorotUniform(shape: readonly number[], seed: Seed, name: string): Float32Array {
  const random = createRandom(seed, 'weights', name);
  const limit = Math.sqrt(6 / (shape[0] + shape[1]));
  return fill(shape, () => limit * (2 * random.float() - 1));
}

function fill(shape: readonly number[], draw: () => number): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw);
}
