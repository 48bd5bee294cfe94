import { loadLanes, storeLanes } from './lanes';

/*
 * Passes over pixels x channels with one number per channel. Those numbers are repeated four times: then vectors of 4
 * fit into them whatever the number of channels, and `period` = 4 x channels floats later all starts again.
 */

export function repeat4(values: usize, repeated: usize, channels: i32): void {
  for (let i = 0; i < 4; i++) {
    memory.copy(repeated + (<usize>(i * channels) << 2), values, <usize>channels << 2);
  }
}

/** Folds repeated sums into one per channel, in double precision. */
export function foldedSum(sums: usize, channel: i32, channels: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < 4; i++) total += <f64>f32.load(sums + (<usize>(i * channels + channel) << 2));
  return total;
}

export function addSums(y: usize, floats: i32, period: i32, sums: usize): void {
  for (let at = 0; at < floats; at += period) {
    const run = min(period, floats - at);
    for (let i = 0; i < run; i += 4) {
      const sum = sums + (<usize>i << 2);
      storeLanes(sum, f32x4.add(v128.load(sum), loadLanes(y, run - i)), run - i);
      y += 16;
    }
  }
}

/** Sums of (y - mean)^2. */
export function addSquares(y: usize, floats: i32, period: i32, means: usize, sums: usize): void {
  for (let at = 0; at < floats; at += period) {
    const run = min(period, floats - at);
    for (let i = 0; i < run; i += 4) {
      const sum = sums + (<usize>i << 2);
      const centered = f32x4.sub(loadLanes(y, run - i), v128.load(means + (<usize>i << 2)));
      storeLanes(sum, f32x4.add(v128.load(sum), f32x4.mul(centered, centered)), run - i);
      y += 16;
    }
  }
}

/** factor (y - mean) + offset: the forward and the backward pass must agree in its last bit. */
function normalized(centered: v128, factors: usize, offsets: usize, i: i32): v128 {
  const at = <usize>i << 2;
  return f32x4.add(f32x4.mul(centered, v128.load(factors + at)), v128.load(offsets + at));
}

/** relu(factor (y - mean) + offset); NaN stays NaN. */
export function normalizeRelu(
  y: usize, value: usize, floats: i32, period: i32, means: usize, factors: usize, offsets: usize,
): void {
  const zero = f32x4.splat(0);
  for (let at = 0; at < floats; at += period) {
    const run = min(period, floats - at);
    for (let i = 0; i < run; i += 4) {
      const centered = f32x4.sub(loadLanes(y, run - i), v128.load(means + (<usize>i << 2)));
      storeLanes(value, f32x4.pmax(normalized(centered, factors, offsets, i), zero), run - i);
      y += 16;
      value += 16;
    }
  }
}

/** The gradient behind the ReLU: 0 where its value is 0. */
function behindRelu(dValue: v128, centered: v128, factors: usize, offsets: usize, i: i32): v128 {
  return v128.andnot(dValue, f32x4.le(normalized(centered, factors, offsets, i), f32x4.splat(0)));
}

/** Sums of g, the gradient behind the ReLU, and of g (y - mean). */
export function addGradientSums(
  dValue: usize, y: usize, floats: i32, period: i32,
  means: usize, factors: usize, offsets: usize, sums: usize, sumsY: usize,
): void {
  for (let at = 0; at < floats; at += period) {
    const run = min(period, floats - at);
    for (let i = 0; i < run; i += 4) {
      const lanes = run - i;
      const sum = sums + (<usize>i << 2);
      const sumY = sumsY + (<usize>i << 2);
      const centered = f32x4.sub(loadLanes(y, lanes), v128.load(means + (<usize>i << 2)));
      const g = behindRelu(loadLanes(dValue, lanes), centered, factors, offsets, i);
      storeLanes(sum, f32x4.add(v128.load(sum), g), lanes);
      storeLanes(sumY, f32x4.add(v128.load(sumY), f32x4.mul(g, centered)), lanes);
      y += 16;
      dValue += 16;
    }
  }
}

/** dy = factor g + shift + slope (y - mean). */
export function writeGradient(
  dValue: usize, y: usize, dy: usize, floats: i32, period: i32,
  means: usize, factors: usize, offsets: usize, shifts: usize, slopes: usize,
): void {
  for (let at = 0; at < floats; at += period) {
    const run = min(period, floats - at);
    for (let i = 0; i < run; i += 4) {
      const lanes = run - i;
      const here = <usize>i << 2;
      const centered = f32x4.sub(loadLanes(y, lanes), v128.load(means + here));
      const g = behindRelu(loadLanes(dValue, lanes), centered, factors, offsets, i);
      const constant = f32x4.add(f32x4.mul(g, v128.load(factors + here)), v128.load(shifts + here));
      storeLanes(dy, f32x4.add(constant, f32x4.mul(centered, v128.load(slopes + here))), lanes);
      y += 16;
      dValue += 16;
      dy += 16;
    }
  }
}
