/*
 * The layers once more, in double precision and plain loops: what the fast compositions are compared with. Arrays are
 * images x height x width x channels; `same` padding, stride 1 unless told otherwise.
 */

export interface Grid {
  readonly images: number;
  readonly size: number;
  readonly channels: number;
}

const at = ({ size, channels }: Grid, n: number, i: number, j: number, c: number) =>
  ((n * size + i) * size + j) * channels + c;

export function conv(
  x: ArrayLike<number>,
  grid: Grid,
  filter: ArrayLike<number>,
  kernel: number,
  filters: number,
): Float64Array {
  const { images, size, channels } = grid;
  const before = Math.floor((kernel - 1) / 2);
  const y = new Float64Array(images * size * size * filters);
  for (let n = 0; n < images; n++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        for (let p = 0; p < kernel; p++)
          for (let q = 0; q < kernel; q++) {
            const [row, column] = [i + p - before, j + q - before];
            if (row < 0 || row >= size || column < 0 || column >= size) continue;
            for (let c = 0; c < channels; c++)
              for (let f = 0; f < filters; f++)
                y[at({ ...grid, channels: filters }, n, i, j, f)] +=
                  x[at(grid, n, row, column, c)] * filter[((p * kernel + q) * channels + c) * filters + f];
          }
  return y;
}

export interface Moments {
  readonly mean: Float64Array;
  /** Biased. */
  readonly variance: Float64Array;
}

export function moments(y: ArrayLike<number>, channels: number): Moments {
  const count = y.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < y.length; i++) mean[i % channels] += y[i] / count;
  for (let i = 0; i < y.length; i++) variance[i % channels] += (y[i] - mean[i % channels]) ** 2 / count;
  return { mean, variance };
}

export function normalizeRelu(
  y: ArrayLike<number>,
  { mean, variance }: Moments,
  scale: ArrayLike<number>,
  offset: ArrayLike<number>,
  epsilon: number,
): Float64Array {
  const channels = mean.length;
  return Float64Array.from({ length: y.length }, (_, i) => {
    const c = i % channels;
    return Math.max(0, (scale[c] * (y[i] - mean[c])) / Math.sqrt(variance[c] + epsilon) + offset[c]);
  });
}

/** Each window's maximum and the place where reading order meets it first. */
export function maxPool(
  x: ArrayLike<number>,
  grid: Grid,
  size: number,
  stride: number,
): { value: Float64Array; places: Int32Array } {
  const outputSize = Math.ceil(grid.size / stride);
  const before = Math.floor(Math.max((outputSize - 1) * stride + size - grid.size, 0) / 2);
  const output = { ...grid, size: outputSize };
  const value = new Float64Array(grid.images * outputSize * outputSize * grid.channels).fill(Number.NEGATIVE_INFINITY);
  const places = new Int32Array(value.length);
  for (let n = 0; n < grid.images; n++)
    for (let i = 0; i < outputSize; i++)
      for (let j = 0; j < outputSize; j++)
        for (let c = 0; c < grid.channels; c++)
          for (let p = 0; p < size; p++)
            for (let q = 0; q < size; q++) {
              const [row, column] = [i * stride + p - before, j * stride + q - before];
              if (row < 0 || row >= grid.size || column < 0 || column >= grid.size) continue;
              const [window, place] = [at(output, n, i, j, c), at(grid, n, row, column, c)];
              if (x[place] > value[window]) [value[window], places[window]] = [x[place], place];
            }
  return { value, places };
}

/** Gradient of f at x by central differences, at about 40 of its places; NaN elsewhere. */
export function numericalGradient(f: (x: Float64Array) => number, x: ArrayLike<number>, step = 1e-5): Float64Array {
  const point = Float64Array.from(x);
  const stride = Math.ceil(point.length / 40);
  return Float64Array.from({ length: point.length }, (_, i) => {
    if (i % stride !== 0) return Number.NaN;
    const value = point[i];
    point[i] = value + step;
    const above = f(point);
    point[i] = value - step;
    const below = f(point);
    point[i] = value;
    return (above - below) / (2 * step);
  });
}
