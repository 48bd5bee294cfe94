import { NasbenchError } from '@nasbench/foundation/errors';
import type { Matrix } from '@nasbench/graph';

/**
 * Channels of every vertex of a pruned cell (reference: lib/model_builder.py, compute_vertex_channels):
 * the output has `outputChannels`; the d interior vertices that feed it share them, floor(co / d) each and the first
 * (co mod d) one more; every other interior vertex, walking backwards, has the maximum over its successors.
 * Example: the diamond 0-1 0-2 1-3 2-3 with (8, 15) has 8, 8, 7, 15.
 *
 * @param inputChannels channels of the cell's input, at least 1
 * @param outputChannels channels of the cell's output, at least the number of interior vertices that feed it
 * @param matrix pruned adjacency matrix, 2 vertices or more
 * @throws NasbenchError if a vertex would get no channel, or the matrix is not a pruned one
 */
export function vertexChannels(inputChannels: number, outputChannels: number, matrix: Matrix): number[] {
  for (const [name, value] of [['input', inputChannels] as const, ['output', outputChannels] as const]) {
    if (!Number.isInteger(value) || value < 1) {
      throw new NasbenchError(`${name} channels are ${value}, expected an integer of 1 or more`);
    }
  }
  if (matrix.length < 2 || matrix.some((row) => row.length !== matrix.length)) {
    throw new NasbenchError(`adjacency matrix is not square with 2 rows or more, it has ${matrix.length} rows`);
  }
  return splitChannels(inputChannels, outputChannels, matrix);
}

/** `vertexChannels` without the checks of its arguments; still refuses a split that leaves a vertex empty. */
export function splitChannels(inputChannels: number, outputChannels: number, matrix: Matrix): number[] {
  const output = matrix.length - 1;
  const channels = matrix.map(() => 0);
  channels[0] = inputChannels;
  channels[output] = outputChannels;
  let feeding = 0;
  for (let v = 1; v < output; v++) if (matrix[v][output] === 1) feeding++;
  if (feeding === 0 && output > 1) {
    throw new NasbenchError(`cell is not pruned: none of its ${output - 1} interior vertices feeds the output`);
  }
  if (feeding > outputChannels) {
    throw new NasbenchError(
      `too few channels: ${feeding} vertices feed the output and share ${outputChannels} channels, expected ${feeding} or more (raise stemFilters)`,
    );
  }
  const share = Math.floor(outputChannels / feeding);
  let remainder = outputChannels % feeding;
  for (let v = output - 1; v > 0; v--) if (matrix[v][output] === 1) channels[v] = share;
  for (let v = 1; v < output && remainder > 0; v++) {
    if (matrix[v][output] === 1) {
      channels[v]++;
      remainder--;
    }
  }
  for (let v = output - 2; v > 0; v--) {
    if (matrix[v][output] === 1) continue;
    for (let successor = v + 1; successor < output; successor++) {
      if (matrix[v][successor] === 1) channels[v] = Math.max(channels[v], channels[successor]);
    }
  }
  return channels;
}
