import { loadLanes, storeLanes } from './lanes';

/**
 * RMSProp as TensorFlow 1 defines it, epsilon inside the root, on the gradient plus weightDecay times the value. Writes
 * the new values twice: into the long vector and into the variable's own tensor.
 */
export function rmsProp(
  gradient: usize, values: usize, meanSquares: usize, moments: usize,
  newValues: usize, newMeanSquares: usize, newMoments: usize, variable: usize,
  floats: i32, learningRate: f32, restOfDecay: f32, momentum: f32, epsilon: f32, weightDecay: f32,
): void {
  const rates = f32x4.splat(learningRate);
  const rest = f32x4.splat(restOfDecay);
  const momenta = f32x4.splat(momentum);
  const epsilons = f32x4.splat(epsilon);
  const decays = f32x4.splat(weightDecay);
  for (let i = 0; i < floats; i += 4) {
    const lanes = floats - i;
    const value = loadLanes(values, lanes);
    const g = f32x4.add(loadLanes(gradient, lanes), f32x4.mul(value, decays));
    const old = loadLanes(meanSquares, lanes);
    const ms = f32x4.add(old, f32x4.mul(f32x4.sub(f32x4.mul(g, g), old), rest));
    const scaled = f32x4.div(f32x4.mul(g, rates), f32x4.sqrt(f32x4.add(ms, epsilons)));
    const moment = f32x4.add(f32x4.mul(loadLanes(moments, lanes), momenta), scaled);
    const result = f32x4.sub(value, moment);
    storeLanes(newValues, result, lanes);
    storeLanes(variable, result, lanes);
    storeLanes(newMeanSquares, ms, lanes);
    storeLanes(newMoments, moment, lanes);
    gradient += 16;
    values += 16;
    meanSquares += 16;
    moments += 16;
    newValues += 16;
    newMeanSquares += 16;
    newMoments += 16;
    variable += 16;
  }
}

/** In double precision, sixteen hundred products at a time. */
export function sumOfSquares(values: usize, result: usize, floats: i32): void {
  let total: f64 = 0;
  for (let start = 0; start < floats; start += 1600) {
    let sum = f32x4.splat(0);
    const run = min(1600, floats - start);
    for (let i = 0; i < run; i += 4) {
      const value = loadLanes(values, run - i);
      sum = f32x4.add(sum, f32x4.mul(value, value));
      values += 16;
    }
    total += <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1);
    total += <f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3);
  }
  f32.store(result, <f32>total);
}
