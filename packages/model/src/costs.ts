import { NasbenchError } from '@nasbench/foundation/errors';
import {
  type Cell,
  type CellGraph,
  type CellSpace,
  INPUT,
  MAX_PACKED_VERTICES,
  NASBENCH_101,
  OUTPUT,
  type PackedCell,
} from '@nasbench/graph';
import { splitChannels } from './channels.ts';
import { assertNetworkConfig, CONFIG_KEYS, type NetworkConfig } from './config.ts';
import { addOperation, OPERATIONS, type Operations } from './operations.ts';
import { PlanBuilder } from './planBuilder.ts';
import { prunedGraph, stackChannels } from './planNetwork.ts';

/** The totals of a NetworkPlan. */
export interface NetworkCosts {
  readonly trainableParameters: number;
  /** Of one forward pass of one image. */
  readonly multiplyAdds: number;
}

/** Gives the totals of the plan of a cell without making the plan: about 1 us a cell once it has seen a few. */
export type CostCounter = (cell: Cell | PackedCell) => NetworkCosts;

/**
 * For whole spaces: `planNetwork`'s totals, from the operations' costs at each number of channels, kept here.
 *
 * @param space says what the operation digits of packed cells mean
 * @throws NasbenchError as `planNetwork` does, when made (config) or called (cell); packed cells must be pruned
 */
export function createCostCounter(
  config: NetworkConfig,
  operations: Operations = OPERATIONS,
  space: CellSpace = NASBENCH_101,
): CostCounter {
  assertNetworkConfig(config);
  const { labels, cellsPerStack, stacks, stemFilters } = config;
  const frame = frameCosts(config);
  const sizes = Array.from({ length: stacks }, (_, stack) => Math.ceil(config.imageSize / 2 ** stack));
  const known = sizes.map(() => new Map<string, NetworkCosts[]>());

  function operationCosts(stack: number, name: string, channels: number): NetworkCosts {
    let byChannels = known[stack].get(name);
    if (byChannels === undefined) known[stack].set(name, (byChannels = []));
    return (byChannels[channels] ??= costsOfLayers(sizes[stack], channels, (builder, input) =>
      addOperation(builder, operations, name, input, channels),
    ));
  }

  return (cell) => {
    const { matrix, operations: names } = 'edges' in cell ? unpackPruned(cell, space) : prunedGraph(cell);
    const output = matrix.length - 1;
    let { trainableParameters, multiplyAdds } = frame;
    let inputChannels = stemFilters;
    for (let stack = 0; stack < stacks; stack++) {
      const outputChannels = stackChannels(config, stack);
      const channels = splitChannels(inputChannels, outputChannels, matrix);
      let projected = 0;
      for (let vertex = 1; vertex <= output; vertex++) {
        if (matrix[0][vertex] === 1) projected += channels[vertex];
        if (vertex === output) continue;
        const costs = operationCosts(stack, names[vertex], channels[vertex]);
        trainableParameters += cellsPerStack * costs.trainableParameters;
        multiplyAdds += cellsPerStack * costs.multiplyAdds;
      }
      // Projections: filters of (input channels x projected), scale and offset. Only a stack's first cell may read other than its output channels.
      const weights = projected * (inputChannels + (cellsPerStack - 1) * outputChannels);
      trainableParameters += weights + 2 * projected * cellsPerStack;
      multiplyAdds += weights * sizes[stack] ** 2;
      inputChannels = outputChannels;
    }
    trainableParameters += (inputChannels + 1) * labels;
    multiplyAdds += inputChannels * labels;
    return { trainableParameters, multiplyAdds };
  };
}

let latest: { readonly config: NetworkConfig; readonly count: CostCounter } | undefined;

/** `planNetwork(cell, config).trainableParameters`, much faster; for other operations or spaces see `createCostCounter`. */
export function countParameters(cell: Cell | PackedCell, config: NetworkConfig): number {
  return counterOf(config)(cell).trainableParameters;
}

/** `planNetwork(cell, config).multiplyAdds`, much faster; for other operations or spaces see `createCostCounter`. */
export function countMultiplyAdds(cell: Cell | PackedCell, config: NetworkConfig): number {
  return counterOf(config)(cell).multiplyAdds;
}

/** Loops over a space ask with one config: the counter of the last one is kept. */
function counterOf(config: NetworkConfig): CostCounter {
  if (latest === undefined || !CONFIG_KEYS.every((key) => config[key] === latest?.config[key])) {
    const copy = { ...config };
    latest = { config: copy, count: createCostCounter(copy) };
  }
  return latest.count;
}

/** The stem; the dense layer is added with the channels that reach it. */
function frameCosts({ imageSize, imageChannels, stemFilters }: NetworkConfig): NetworkCosts {
  return costsOfLayers(imageSize, imageChannels, (builder, input) => builder.convBnRelu(input, 3, stemFilters));
}

function costsOfLayers(
  size: number,
  channels: number,
  add: (builder: PlanBuilder, input: number) => number,
): NetworkCosts {
  const builder = new PlanBuilder();
  add(builder, builder.input([size, size, channels]));
  return {
    trainableParameters: builder.layers.reduce((total, layer) => total + layer.parameters, 0),
    multiplyAdds: builder.layers.reduce((total, layer) => total + layer.multiplyAdds, 0),
  };
}

/**
 * `unpackCell` of a graph that needs no pruning, without the steps that would find that out one by one: a whole space
 * passes through here.
 */
function unpackPruned(packed: PackedCell, space: CellSpace): CellGraph {
  const { vertices, edges } = packed;
  const base = space.operations.length;
  const pairs = (vertices * (vertices - 1)) / 2;
  const fits = Number.isInteger(vertices) && vertices >= 2 && vertices <= MAX_PACKED_VERTICES;
  if (!fits || !(edges < 2 ** pairs) || !(packed.operations < base ** (vertices - 2))) {
    throw new NasbenchError(`packed cell is out of range: ${JSON.stringify(packed)}`);
  }
  const matrix: number[][] = [];
  const operations: string[] = [INPUT];
  for (let source = 0; source < vertices; source++) {
    const row: number[] = [];
    for (let target = 0; target < vertices; target++) {
      row.push(source < target ? (edges >>> (source + (target * (target - 1)) / 2)) & 1 : 0);
    }
    matrix.push(row);
  }
  let digits = packed.operations;
  for (let vertex = vertices - 2; vertex > 0; vertex--) {
    operations[vertex] = space.operations[digits % base];
    digits = Math.floor(digits / base);
  }
  operations.push(OUTPUT);
  // In topological order, an edge into and out of every vertex is enough for a path through it.
  for (let vertex = 0; vertex < vertices; vertex++) {
    const [into, outOf] = [matrix.some((row) => row[vertex] === 1), matrix[vertex].includes(1)];
    if ((vertex > 0 && !into) || (vertex < vertices - 1 && !outOf)) {
      throw new NasbenchError(`packed cell is not pruned: vertex ${vertex} is not between its input and output`);
    }
  }
  return { matrix, operations };
}
