import * as tf from '@tensorflow/tfjs-core';

/**
 * Puts softplus(4 x) / 4 in place of ReLU in every conv-bn-relu of a network on the current backend, by registering another
 * kernel under its name: plain loops in double precision. Everything else of the network stays as it is.
 */
export function useSoftplus(): void {
  const backendName = tf.getBackend();
  for (const kernelName of ['NasbenchConvBnRelu', 'NasbenchConvBnReluGradient'])
    if ((tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined) !== undefined)
      tf.unregisterKernel(kernelName, backendName);
  const register = (kernelName: string, kernel: Kernel) =>
    tf.registerKernel({
      kernelName,
      backendName,
      // The engine hands over tensors, which are more than the infos that its types promise.
      kernelFunc: ({ inputs, attrs }) => kernel(inputs as Record<string, tf.Tensor>, attrs as Record<string, number>),
    });
  register('NasbenchConvBnRelu', forward);
  register('NasbenchConvBnReluGradient', backward);
}

type Kernel = (inputs: Record<string, tf.Tensor>, attributes: Record<string, number>) => tf.Tensor[];

const softplus = (z: number): number => Math.log1p(Math.exp(-Math.abs(4 * z))) / 4 + Math.max(z, 0);
const slope = (z: number): number => 1 / (1 + Math.exp(-4 * z));

function forward(
  { x, filter, scale, offset, movingMean, movingVariance }: Record<string, tf.Tensor>,
  { epsilon }: Record<string, number>,
) {
  const [kernel, , ci, co] = filter.shape;
  const [xs, ws, s, o] = [x, filter, scale, offset].map((tensor) => tensor.dataSync());
  const y = new Float64Array((x.size / ci) * co);
  visit(x.shape, kernel, (pixel, from, tap) => {
    for (let i = 0; i < ci; i++)
      for (let c = 0; c < co; c++) y[pixel * co + c] += xs[from * ci + i] * ws[(tap * ci + i) * co + c];
  });
  const [mean, variance] = moments(y, co);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const value = Float32Array.from(y, (v, i) => softplus(s[i % co] * (v - mean[i % co]) * inverse[i % co] + o[i % co]));
  const shape = [...x.shape.slice(0, 3), co];
  return [
    tf.tensor(value, shape),
    tf.tensor(Float32Array.from(y), shape),
    tf.tensor(Float32Array.from([...mean, ...inverse])),
    movingMean.clone(),
    movingVariance.clone(),
  ];
}

function backward(
  { dValue, x, filter, scale, offset, y, statistics }: Record<string, tf.Tensor>,
  { differentiateInput }: Record<string, number>,
) {
  const [kernel, , ci, co] = filter.shape;
  const [ds, xs, ws, s, o, ys, means] = [dValue, x, filter, scale, offset, y, statistics].map((tensor) =>
    tensor.dataSync(),
  );
  const count = ys.length / co;
  const normal = Float64Array.from(ys, (v, i) => (v - means[i % co]) * means[co + (i % co)]);
  const g = normal.map((z, i) => ds[i] * slope(s[i % co] * z + o[i % co]));
  const sum = (of: Float64Array) => {
    const sums = new Float64Array(co);
    for (let i = 0; i < of.length; i++) sums[i % co] += of[i];
    return sums;
  };
  const [sumG, sumGY] = [sum(g), sum(g.map((value, i) => value * normal[i]))];
  const dy = g.map((value, i) => {
    const c = i % co;
    return s[c] * means[co + c] * (value - sumG[c] / count - (normal[i] * sumGY[c]) / count);
  });
  const [dFilter, dx] = [new Float64Array(ws.length), new Float64Array(xs.length)];
  visit(x.shape, kernel, (pixel, from, tap) => {
    for (let i = 0; i < ci; i++)
      for (let c = 0; c < co; c++) {
        dFilter[(tap * ci + i) * co + c] += xs[from * ci + i] * dy[pixel * co + c];
        dx[from * ci + i] += ws[(tap * ci + i) * co + c] * dy[pixel * co + c];
      }
  });
  const single = (values: Float64Array, shape: readonly number[]) => tf.tensor(Float32Array.from(values), [...shape]);
  const gradients = [single(dFilter, filter.shape), single(sumGY, [co]), single(sumG, [co])];
  return differentiateInput ? [...gradients, single(dx, x.shape)] : gradients;
}

/** Every (output pixel, input pixel, tap of the filter) of a convolution with stride 1 and `same` padding. */
function visit(
  [count, height, width]: readonly number[],
  kernel: number,
  multiply: (pixel: number, from: number, tap: number) => void,
): void {
  const reach = (kernel - 1) / 2;
  for (let image = 0; image < count; image++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const [above, left] = [row + Math.floor(tap / kernel) - reach, column + (tap % kernel) - reach];
          if (above < 0 || above >= height || left < 0 || left >= width) continue;
          multiply((image * height + row) * width + column, (image * height + above) * width + left, tap);
        }
}

function moments(values: Float64Array, channels: number): [Float64Array, Float64Array] {
  const count = values.length / channels;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < values.length; i++) mean[i % channels] += values[i] / count;
  for (let i = 0; i < values.length; i++) variance[i % channels] += (values[i] - mean[i % channels]) ** 2 / count;
  return [mean, variance];
}
