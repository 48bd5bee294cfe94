import { type Cell, cellFromMatrix, INPUT, OUTPUT } from '@nasbench/graph';
import type { NetworkConfig } from '../src/index.ts';
import { NETWORK_PRESETS } from '../src/index.ts';

export const CONV3 = 'conv3x3-bn-relu';
export const CONV1 = 'conv1x1-bn-relu';
const POOL = 'maxpool3x3';

/** A cell from its edges `x-y` and the operations of its interior. */
export function cell(edges: string, ...interior: string[]): Cell {
  const vertices = interior.length + 2;
  const matrix = Array.from({ length: vertices }, () => Array.from({ length: vertices }, () => 0));
  for (const edge of edges.split(' ')) {
    const [from, to] = edge.split('-').map(Number);
    matrix[from][to] = 1;
  }
  return cellFromMatrix(matrix, [INPUT, ...interior, OUTPUT]);
}

/** Cells of SPEC 2, and one that has every kind of layer: truncation, uneven split, pool, sum, output projection. */
export const CELLS = {
  resnet: cell('0-1 1-2 2-3 0-3', CONV3, CONV3),
  inception: cell('0-1 0-2 0-3 0-5 1-6 2-6 3-4 4-6 5-6', CONV1, CONV3, CONV3, CONV3, POOL),
  best: cell('0-1 0-2 0-5 0-6 1-5 2-3 3-4 4-5 5-6', CONV1, CONV3, POOL, CONV3, CONV3),
  uneven: cell('0-1 1-2 1-3 2-5 3-5 1-4 4-5 0-5 0-4', CONV3, POOL, CONV1, CONV3),
  direct: cell('0-1'),
};

export const PAPER: NetworkConfig = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };
