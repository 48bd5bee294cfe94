import { NasbenchError } from '@nasbench/foundation/errors';
import type { Layer, Shape } from './layers.ts';

type Unnamed<L> = L extends Layer ? Omit<L, 'id' | 'name'> : never;

/**
 * Adds layers to a plan and returns their ids; parameters and multiply-adds follow from the layer.
 * Operations get one (see `Operation`). Methods assume ids that this builder gave out.
 */
export class PlanBuilder {
  readonly layers: Layer[] = [];
  readonly #names = new Set<string>();
  #scope = '';

  /** Names of the following layers start with `scope/`; returns this builder. */
  in(scope: string): this {
    this.#scope = `${scope}/`;
    return this;
  }

  shapeOf(id: number): Shape {
    return this.layers[id].shape;
  }

  input(shape: Shape): number {
    return this.#add('input', { kind: 'input', inputs: [], shape, parameters: 0, multiplyAdds: 0 });
  }

  /** Convolution kernel x kernel, stride 1, no bias; batch normalisation with scale and offset; ReLU. */
  convBnRelu(input: number, kernel: number, filters: number, label = `conv${kernel}x${kernel}-bn-relu`): number {
    const [height, width, channels] = this.shapeOf(input);
    if (!Number.isInteger(kernel) || kernel < 1 || !Number.isInteger(filters) || filters < 1) {
      throw new NasbenchError(
        `${this.#scope}${label} has kernel ${kernel} and ${filters} filters, expected integers of 1 or more`,
      );
    }
    const weights = kernel * kernel * channels * filters;
    return this.#add(label, {
      kind: 'conv-bn-relu',
      kernel,
      filters,
      inputs: [input],
      shape: [height, width, filters],
      parameters: weights + 2 * filters,
      multiplyAdds: height * width * weights,
    });
  }

  maxPool(input: number, size: number, stride = 1): number {
    const [height, width, channels] = this.shapeOf(input);
    if (!Number.isInteger(size) || size < 1 || (stride !== 1 && stride !== size)) {
      throw new NasbenchError(
        `${this.#scope}maxpool has size ${size} and stride ${stride}, expected an integer size and stride 1 or the size`,
      );
    }
    return this.#add(`maxpool${size}x${size}`, {
      kind: 'max-pool',
      size,
      stride,
      inputs: [input],
      shape: [Math.ceil(height / stride), Math.ceil(width / stride), channels],
      parameters: 0,
      multiplyAdds: 0,
    });
  }

  /** The first `channels` channels; no layer if there are no others. */
  truncate(input: number, channels: number): number {
    const [height, width, present] = this.shapeOf(input);
    if (present === channels) return input;
    if (present < channels) throw new NasbenchError(`cannot truncate ${present} channels to ${channels}`);
    return this.#add('truncate', {
      kind: 'truncate',
      channels,
      inputs: [input],
      shape: [height, width, channels],
      parameters: 0,
      multiplyAdds: 0,
    });
  }

  /** Elementwise sum of equal shapes; no layer for a single input. */
  sum(inputs: readonly number[]): number {
    if (inputs.length === 1) return inputs[0];
    const shape = this.shapeOf(inputs[0]);
    return this.#add('sum', { kind: 'sum', inputs, shape, parameters: 0, multiplyAdds: 0 });
  }

  /** Channels one after the other; no layer for a single input. */
  concat(inputs: readonly number[]): number {
    if (inputs.length === 1) return inputs[0];
    const [height, width] = this.shapeOf(inputs[0]);
    const channels = inputs.reduce((total, id) => total + this.shapeOf(id)[2], 0);
    const shape = [height, width, channels] as const;
    return this.#add('concat', { kind: 'concat', inputs, shape, parameters: 0, multiplyAdds: 0 });
  }

  globalAveragePool(input: number): number {
    const shape = [1, 1, this.shapeOf(input)[2]] as const;
    return this.#add('average', {
      kind: 'global-average-pool',
      inputs: [input],
      shape,
      parameters: 0,
      multiplyAdds: 0,
    });
  }

  /** With bias. */
  dense(input: number, units: number): number {
    const channels = this.shapeOf(input)[2];
    return this.#add('dense', {
      kind: 'dense',
      units,
      inputs: [input],
      shape: [1, 1, units],
      parameters: channels * units + units,
      multiplyAdds: channels * units,
    });
  }

  #add(label: string, details: Unnamed<Layer>): number {
    const id = this.layers.length;
    let name = this.#scope + label;
    for (let copy = 2; this.#names.has(name); copy++) name = `${this.#scope}${label}-${copy}`;
    this.#names.add(name);
    this.layers.push({ id, name, ...details });
    return id;
  }
}
