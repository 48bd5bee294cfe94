import { NasbenchError } from '@nasbench/foundation/errors';
import type { Cell, CellGraph } from '@nasbench/graph';
import { splitChannels } from './channels.ts';
import { assertNetworkConfig, type NetworkConfig } from './config.ts';
import type { NetworkPlan } from './layers.ts';
import { addOperation, OPERATIONS, type Operations } from './operations.ts';
import { PlanBuilder } from './planBuilder.ts';

/**
 * The network of a cell (Ying et al. 2019, section 2.2; reference: lib/model_builder.py): stem conv3x3, stacks of
 * cells, a 2x2 stride-2 max-pool with doubled channels before every stack but the first, global average, dense.
 * Uses the pruned graph.
 *
 * @param operations what the labels of the interior vertices mean
 * @throws NasbenchError if the cell is disconnected, an operation unknown, the config out of range or a vertex without a channel
 */
export function planNetwork(cell: Cell, config: NetworkConfig, operations: Operations = OPERATIONS): NetworkPlan {
  assertNetworkConfig(config);
  const graph = prunedGraph(cell);
  const builder = new PlanBuilder();
  const images = builder.input([config.imageSize, config.imageSize, config.imageChannels]);
  let net = builder.in('stem').convBnRelu(images, 3, config.stemFilters);
  for (let stack = 0; stack < config.stacks; stack++) {
    const channels = stackChannels(config, stack);
    if (stack > 0) net = builder.in(`stack${stack}/downsample`).maxPool(net, 2, 2);
    for (let index = 0; index < config.cellsPerStack; index++) {
      net = addCell(builder, `stack${stack}/cell${index}`, graph, net, channels, operations);
    }
  }
  builder.in('head').dense(builder.in('head').globalAveragePool(net), config.labels);
  const { layers } = builder;
  return {
    cell,
    config: { ...config },
    layers,
    trainableParameters: layers.reduce((total, layer) => total + layer.parameters, 0),
    multiplyAdds: layers.reduce((total, layer) => total + layer.multiplyAdds, 0),
  };
}

/** @throws NasbenchError if the output is not reachable from the input. */
export function prunedGraph(cell: Cell): CellGraph {
  if (cell.pruned === undefined) {
    throw new NasbenchError('cell is disconnected: its output is not reachable from its input, so it has no network');
  }
  return cell.pruned;
}

/** Channels of the cells of a stack: doubled at every downsampling. */
export function stackChannels(config: NetworkConfig, stack: number): number {
  return config.stemFilters * 2 ** stack;
}

/**
 * One cell. A vertex reads the sum of its interior predecessors, each truncated to the vertex's channels, and of a
 * projection (1x1 conv-bn-relu) of the cell's input if there is an edge from it. The output is the concatenation of
 * the vertices that feed it, plus a projection of the cell's input if there is that edge.
 */
function addCell(
  builder: PlanBuilder,
  scope: string,
  { matrix, operations: labels }: CellGraph,
  input: number,
  outputChannels: number,
  operations: Operations,
): number {
  const output = matrix.length - 1;
  const channels = splitChannels(builder.shapeOf(input)[2], outputChannels, matrix);
  const project = (vertex: number) => builder.convBnRelu(input, 1, channels[vertex], 'projection');
  const values = [input];
  for (let vertex = 1; vertex < output; vertex++) {
    builder.in(`${scope}/vertex${vertex}`);
    const terms: number[] = [];
    for (let source = 1; source < vertex; source++) {
      if (matrix[source][vertex] === 1) terms.push(builder.truncate(values[source], channels[vertex]));
    }
    if (matrix[0][vertex] === 1) terms.push(project(vertex));
    values.push(addOperation(builder, operations, labels[vertex], builder.sum(terms), channels[vertex]));
  }
  builder.in(`${scope}/output`);
  const parts = values.filter((_, vertex) => vertex > 0 && matrix[vertex][output] === 1);
  if (parts.length === 0) return project(output);
  const joined = builder.concat(parts);
  return matrix[0][output] === 1 ? builder.sum([joined, project(output)]) : joined;
}
