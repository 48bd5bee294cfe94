import { openArena, take } from './arena';
import {
  addGradientSums, addSquares, addSums, foldedSum, normalizeRelu, repeat4, writeGradient,
} from './channelwise';
import { convolveGroup } from './conv';
import { addFilterGradient, gradientFloats, writeFilterGradient } from './filterGradient';
import { packedFloats, packFilter, packReversedFilter } from './filters';
import { closeOffsets, copyIntoPadding, groupSize, paddedFloats, writeOffsets } from './padding';

/** Bytes of scratch memory that the two functions below need. */
export function convBnReluScratch(
  images: i32, height: i32, width: i32, channels: i32, filters: i32, kernel: i32,
): usize {
  const group = groupSize(images, height, width);
  const floats =
    paddedFloats(group, height, width, channels + filters, kernel) +
    2 * (group * height * width + 8) +
    packedFloats(kernel * kernel, channels, filters) +
    packedFloats(kernel * kernel, filters, channels) +
    gradientFloats(kernel, channels, filters) +
    64 * filters;
  return (<usize>floats << 2) + 32 * 80;
}

/** A 1x1 convolution needs no padding; then only a window that ends with its pixel may be read where x itself is. */
function needsCopy(kernel: i32, channels: i32): bool {
  return kernel > 1 || (channels & 3) != 0;
}

/**
 * value = relu(scale (y - mean) / sqrt(variance + epsilon) + offset) with y = conv(x), and mean and biased variance of
 * the batch if `training`, of the moving averages if not.
 *
 * @param statistics result: the means, then 1 / sqrt(variance + epsilon)
 * @param newMean, newVariance results: the moving averages after this batch (unbiased variance); written if training
 */
export function convBnRelu(
  scratch: usize, x: usize, filter: usize, scale: usize, offset: usize, movingMean: usize, movingVariance: usize,
  value: usize, y: usize, statistics: usize, newMean: usize, newVariance: usize,
  images: i32, height: i32, width: i32, channels: i32, filters: i32, kernel: i32,
  epsilon: f64, momentum: f64, training: bool,
): void {
  openArena(scratch);
  const group = groupSize(images, height, width);
  const groupPixels = group * height * width;
  const copies = needsCopy(kernel, channels);
  const offsets = take(groupPixels + 8);
  writeOffsets(offsets, group, height, width, channels, kernel);
  const packed = take(packedFloats(kernel * kernel, channels, filters));
  packFilter(filter, packed, kernel * kernel, channels, filters);
  const padFloats = copies ? paddedFloats(group, height, width, channels, kernel) : 0;
  const padded = take(padFloats);
  memory.fill(padded, 0, <usize>padFloats << 2);
  const period = 4 * filters;
  const sums = take(period);
  const means = take(period);
  const factors = take(period);
  const shifts = take(period);
  const totals = take(4 * filters);
  memory.fill(totals, 0, <usize>filters << 4);
  const inverses = statistics + (<usize>filters << 2);

  for (let first = 0; first < images; first += group) {
    const count = min(group, images - first);
    const pixels = count * height * width;
    const from = x + (<usize>(first * height * width * channels) << 2);
    const to = y + (<usize>(first * height * width * filters) << 2);
    if (copies) copyIntoPadding(from, padded, count, height, width, channels, kernel, (kernel - 1) >> 1);
    const rowBytes = <usize>((width + kernel - 1) * channels) << 2;
    closeOffsets(offsets, pixels);
    convolveGroup(copies ? padded : from, offsets, packed, to, pixels, kernel, kernel * channels, rowBytes, filters);
    if (training) addMoments(to, first * height * width, pixels, filters, sums, means, totals);
  }

  const count = images * height * width;
  for (let f = 0; f < filters; f++) {
    const at = <usize>f << 2;
    let mean = <f64>f32.load(movingMean + at);
    let variance = <f64>f32.load(movingVariance + at);
    if (training) {
      const batchMean = f64.load(totals + (<usize>f << 3));
      const squares = f64.load(totals + (<usize>(filters + f) << 3));
      f32.store(newMean + at, <f32>(momentum * mean + (1 - momentum) * batchMean));
      const unbiased = squares / <f64>max(count - 1, 1);
      f32.store(newVariance + at, <f32>(momentum * variance + (1 - momentum) * unbiased));
      mean = batchMean;
      variance = squares / <f64>count;
    }
    f32.store(statistics + at, <f32>mean);
    f32.store(inverses + at, <f32>(1 / Math.sqrt(variance + epsilon)));
  }
  repeatFactors(scale, offset, statistics, filters, means, factors, shifts);
  normalizeRelu(y, value, count * filters, period, means, factors, shifts);
}

/**
 * Updates means and sums of squared distances from them (double precision, in `totals`) by those of some more pixels
 * (Chan, Golub and LeVeque 1983): the first pass over y leaves it in the cache for the second.
 */
function addMoments(y: usize, before: i32, pixels: i32, channels: i32, sums: usize, means: usize, totals: usize): void {
  const period = 4 * channels;
  const floats = pixels * channels;
  memory.fill(sums, 0, <usize>period << 2);
  addSums(y, floats, period, sums);
  for (let c = 0; c < channels; c++) {
    f32.store(means + (<usize>c << 2), <f32>(foldedSum(sums, c, channels) / <f64>pixels));
  }
  for (let i = 1; i < 4; i++) memory.copy(means + (<usize>(i * channels) << 2), means, <usize>channels << 2);
  memory.fill(sums, 0, <usize>period << 2);
  addSquares(y, floats, period, means, sums);
  const share = <f64>pixels / <f64>(before + pixels);
  for (let c = 0; c < channels; c++) {
    const mean = totals + (<usize>c << 3);
    const squares = totals + (<usize>(channels + c) << 3);
    const distance = <f64>f32.load(means + (<usize>c << 2)) - f64.load(mean);
    f64.store(mean, f64.load(mean) + distance * share);
    f64.store(squares, f64.load(squares) + foldedSum(sums, c, channels) + distance * distance * <f64>before * share);
  }
}

/** Repeated means, factors scale / sqrt(variance + epsilon) and offsets. */
function repeatFactors(
  scale: usize, offset: usize, statistics: usize, filters: i32, means: usize, factors: usize, offsets: usize,
): void {
  repeat4(statistics, means, filters);
  repeat4(offset, offsets, filters);
  const inverses = statistics + (<usize>filters << 2);
  for (let f = 0; f < filters; f++) {
    const at = <usize>f << 2;
    f32.store(factors + at, f32.load(scale + at) * f32.load(inverses + at));
  }
  for (let i = 1; i < 4; i++) memory.copy(factors + (<usize>(i * filters) << 2), factors, <usize>filters << 2);
}

/**
 * The whole way back. dy, the gradient of the convolution's output, exists only for one group of images at a time.
 *
 * @param dx result, or 0 to spare it
 */
export function convBnReluGradient(
  scratch: usize, dValue: usize, x: usize, filter: usize, scale: usize, offset: usize, y: usize, statistics: usize,
  dFilter: usize, dScale: usize, dOffset: usize, dx: usize,
  images: i32, height: i32, width: i32, channels: i32, filters: i32, kernel: i32, training: bool,
): void {
  openArena(scratch);
  const group = groupSize(images, height, width);
  const groupPixels = group * height * width;
  const period = 4 * filters;
  const means = take(period);
  const factors = take(period);
  const offsets = take(period);
  const shifts = take(period);
  const slopes = take(period);
  repeatFactors(scale, offset, statistics, filters, means, factors, offsets);

  const sums = take(2 * period);
  const sumsY = sums + (<usize>period << 2);
  const totals = take(4 * filters);
  memory.fill(totals, 0, <usize>filters << 4);
  for (let first = 0; first < images; first += group) {
    const start = <usize>(first * height * width * filters) << 2;
    const floats = min(group, images - first) * height * width * filters;
    memory.fill(sums, 0, <usize>period << 3);
    addGradientSums(dValue + start, y + start, floats, period, means, factors, offsets, sums, sumsY);
    for (let f = 0; f < filters; f++) {
      const total = totals + (<usize>f << 3);
      const totalY = totals + (<usize>(filters + f) << 3);
      f64.store(total, f64.load(total) + foldedSum(sums, f, filters));
      f64.store(totalY, f64.load(totalY) + foldedSum(sumsY, f, filters));
    }
  }
  const count = <f64>(images * height * width);
  for (let f = 0; f < filters; f++) {
    const at = <usize>f << 2;
    const inverse = <f64>f32.load(statistics + (<usize>filters << 2) + at);
    const total = f64.load(totals + (<usize>f << 3));
    const alongY = f64.load(totals + (<usize>(filters + f) << 3)) * inverse;
    f32.store(dOffset + at, <f32>total);
    f32.store(dScale + at, <f32>alongY);
    // dy = factor (g - mean of g - normalised y times mean of (g normalised y)), through the batch's statistics.
    const factor = <f64>f32.load(factors + at);
    f32.store(shifts + at, training ? <f32>(-factor * total / count) : 0);
    f32.store(slopes + at, training ? <f32>(-factor * inverse * alongY / count) : 0);
  }
  for (let i = 1; i < 4; i++) {
    memory.copy(shifts + (<usize>(i * filters) << 2), shifts, <usize>filters << 2);
    memory.copy(slopes + (<usize>(i * filters) << 2), slopes, <usize>filters << 2);
  }

  const before = (kernel - 1) >> 1;
  const after = kernel - 1 - before;
  const copies = needsCopy(kernel, channels);
  const offsetsX = take(groupPixels + 8);
  const offsetsDy = take(groupPixels + 8);
  writeOffsets(offsetsX, group, height, width, channels, kernel);
  writeOffsets(offsetsDy, group, height, width, filters, kernel);
  const packed = take(dx == 0 ? 0 : packedFloats(kernel * kernel, filters, channels));
  if (dx != 0) packReversedFilter(filter, packed, kernel * kernel, channels, filters);
  const gradient = take(gradientFloats(kernel, channels, filters));
  memory.fill(gradient, 0, <usize>gradientFloats(kernel, channels, filters) << 2);
  const xFloats = copies ? paddedFloats(group, height, width, channels, kernel) : 0;
  const paddedX = take(xFloats);
  memory.fill(paddedX, 0, <usize>xFloats << 2);
  const dyFloats = paddedFloats(group, height, width, filters, kernel);
  const paddedDy = take(dyFloats);
  memory.fill(paddedDy, 0, <usize>dyFloats << 2);
  const rowX = <usize>((width + kernel - 1) * channels) << 2;
  const rowDy = <usize>((width + kernel - 1) * filters) << 2;
  const innerDy = paddedDy + <usize>after * rowDy + (<usize>(after * filters) << 2);

  for (let first = 0; first < images; first += group) {
    const imagesHere = min(group, images - first);
    const rows = imagesHere * height;
    const fromX = x + (<usize>(first * height * width * channels) << 2);
    if (copies) copyIntoPadding(fromX, paddedX, imagesHere, height, width, channels, kernel, before);
    const start = <usize>(first * height * width * filters) << 2;
    const rowFloats = width * filters;
    for (let row = 0; row < rows; row++) {
      const at = start + (<usize>(row * rowFloats) << 2);
      const to = innerDy + <usize>i32.load(offsetsDy + (<usize>(row * width) << 2));
      writeGradient(dValue + at, y + at, to, rowFloats, period, means, factors, offsets, shifts, slopes);
    }
    addFilterGradient(
      gradient, copies ? paddedX : fromX, offsetsX, innerDy, offsetsDy, rows, width, channels, filters, kernel, rowX,
    );
    if (dx != 0) {
      closeOffsets(offsetsDy, rows * width);
      convolveGroup(
        paddedDy, offsetsDy, packed, dx + (<usize>(first * height * width * channels) << 2),
        rows * width, kernel, kernel * filters, rowDy, channels,
      );
    }
  }
  writeFilterGradient(gradient, dFilter, kernel, channels, filters);
}
