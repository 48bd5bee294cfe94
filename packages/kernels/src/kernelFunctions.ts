import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.ts';
import type { KernelExports } from './wasmModule.ts';

type Inputs = Readonly<Record<string, TensorInfo>>;
type Attributes = Readonly<Record<string, number | boolean>>;
type KernelFunction = (inputs: Inputs, attrs: Attributes) => TensorInfo | TensorInfo[];

/**
 * The kernels by name. All tensors are float32, activations images x height x width x channels; convolutions and pools
 * have `same` padding. Inputs and attributes are what the functions destructure.
 */
export function kernelFunctions(backend: WasmBackend, wasm: KernelExports): Record<string, KernelFunction> {
  const at = ({ dataId }: { readonly dataId: DataId }) => backend.dataIdMap.get(dataId).memoryOffset;
  const scratch = scratchMemory(backend);

  function output(shape: readonly number[]): TensorInfo {
    const tensor = backend.makeOutput([...shape], 'float32');
    // malloc gives 0 when the 4 GB are full; writing there would destroy what the backend keeps.
    if (at(tensor) === 0) throw new Error(`allocation failed: no wasm memory for a tensor of ${shape.join(' x ')}`);
    return tensor;
  }

  return {
    /** Outputs: value, y (the convolution's), statistics, and when training the new moving averages. */
    NasbenchConvBnRelu({ x, filter, scale, offset, movingMean, movingVariance }, { epsilon, momentum, training }) {
      const [images, height, width, channels] = x.shape;
      const [kernel, , , filters] = filter.shape;
      const shape = [images, height, width, channels, filters, kernel];
      const memory = scratch(wasm.convBnReluScratch(...shape));
      const y = output([images, height, width, filters]);
      const value = output(y.shape);
      const statistics = output([2, filters]);
      const averages = training ? [output([filters]), output([filters])] : [];
      wasm.convBnRelu(
        memory,
        ...[x, filter, scale, offset, movingMean, movingVariance, value, y, statistics].map(at),
        ...(training ? averages.map(at) : [0, 0]),
        ...shape,
        epsilon as number,
        momentum as number,
        Number(training),
      );
      return [value, y, statistics, ...averages];
    },

    /** Outputs: gradients for filter, scale, offset, and x if asked for. */
    NasbenchConvBnReluGradient(inputs, { training, differentiateInput }) {
      const { dValue, x, filter, scale, offset, y, statistics } = inputs;
      const [images, height, width, channels] = x.shape;
      const [kernel, , , filters] = filter.shape;
      const shape = [images, height, width, channels, filters, kernel];
      const memory = scratch(wasm.convBnReluScratch(...shape));
      const gradients = [output(filter.shape), output([filters]), output([filters])];
      if (differentiateInput) gradients.push(output(x.shape));
      wasm.convBnReluGradient(
        memory,
        ...[dValue, x, filter, scale, offset, y, statistics, ...gradients].map(at),
        ...(differentiateInput ? [] : [0]),
        ...shape,
        Number(training),
      );
      return gradients;
    },

    NasbenchMaxPool({ x }, { size, stride }) {
      const [images, height, width, channels] = x.shape;
      const value = output([images, Math.ceil(height / Number(stride)), Math.ceil(width / Number(stride)), channels]);
      wasm.maxPool(at(x), at(value), ...x.shape, Number(size), Number(stride));
      return value;
    },

    NasbenchMaxPoolGradient({ x, value, dy }, { size, stride }) {
      const dx = output(x.shape);
      wasm.maxPoolGradient(at(x), at(value), at(dy), at(dx), ...x.shape, Number(size), Number(stride));
      return dx;
    },

    NasbenchConcatChannels(inputs) {
      const parts = Object.values(inputs);
      const [images, height, width] = parts[0].shape;
      const channels = parts.reduce((total, { shape }) => total + shape[3], 0);
      const whole = output([images, height, width, channels]);
      let start = 0;
      for (const part of parts) {
        const count = part.shape[3];
        wasm.copyChannels(at(part), count, 0, at(whole), channels, start, count, images * height * width);
        start += count;
      }
      return whole;
    },

    NasbenchTakeChannels({ x }, { start, count }) {
      const [images, height, width, channels] = x.shape;
      const [first, taken] = [Number(start), Number(count)];
      const part = output([images, height, width, taken]);
      wasm.copyChannels(at(x), channels, first, at(part), taken, 0, taken, images * height * width);
      return part;
    },

    /** x as channels start, start + 1, ..., the others 0. */
    NasbenchPlaceChannels({ x }, { start, channels }) {
      const [images, height, width, count] = x.shape;
      const whole = output([images, height, width, Number(channels)]);
      wasm.placeChannels(at(x), count, at(whole), Number(channels), Number(start), images * height * width);
      return whole;
    },

    NasbenchSum(inputs) {
      const [first, ...others] = Object.values(inputs);
      const total = output(first.shape);
      const floats = first.shape.reduce((a, b) => a * b, 1);
      let sum = first;
      for (const term of others) {
        wasm.add(at(sum), at(term), at(total), floats);
        sum = total;
      }
      return total;
    },

    /** images x 1 x 1 x channels, divided by the number of pixels, to every pixel of height x width. */
    NasbenchSpreadPixels({ x }, { height, width }) {
      const [images, , , channels] = x.shape;
      const pixels = Number(height) * Number(width);
      const spread = output([images, Number(height), Number(width), channels]);
      wasm.spreadPixels(at(x), at(spread), images, pixels, channels, 1 / pixels);
      return spread;
    },

    /** Inputs besides these: the gradients, by number. Outputs: the three long vectors, then each variable's values. */
    NasbenchRmsProp({ values, meanSquare, moment, ...gradients }, attrs) {
      const state = [values, meanSquare, moment].map(at);
      const vectors = [output(values.shape), output(values.shape), output(values.shape)];
      const newState = vectors.map(at);
      const { learningRate, decay, momentum, epsilon, weightDecay } = attrs as Record<string, number>;
      let byteOffset = 0;
      const variables = Object.values(gradients).map((gradient) => {
        const variable = output(gradient.shape);
        const floats = gradient.shape.reduce((a, b) => a * b, 1);
        const offsets = [...state, ...newState].map((start) => start + byteOffset);
        wasm.rmsProp(
          at(gradient),
          ...offsets,
          at(variable),
          floats,
          learningRate,
          1 - decay,
          momentum,
          epsilon,
          weightDecay,
        );
        byteOffset += 4 * floats;
        return variable;
      });
      return [...vectors, ...variables];
    },

    NasbenchSumOfSquares({ x }) {
      const total = output([]);
      const floats = x.shape.reduce((a, b) => a * b, 1);
      wasm.sumOfSquares(at(x), at(total), floats);
      return total;
    },

    /** The backend's own copies; tensors never change, so they may share memory, as on every other backend. */
    Identity({ x }) {
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  };
}

/** One block for all kernels, since only one runs at a time; it grows to what the largest needs. */
function scratchMemory({ wasm }: WasmBackend): (bytes: number) => number {
  let [start, size] = [0, 0];
  return (bytes) => {
    if (bytes > size) {
      if (start !== 0) wasm._free(start);
      start = wasm._malloc(bytes) >>> 0;
      if (start === 0) {
        size = 0;
        throw new Error(`allocation failed: no wasm memory for ${bytes} bytes of scratch`);
      }
      size = bytes;
    }
    return start;
  };
}
