import type { CellGraph } from '../cell.ts';
import { padGraph, rowMajorPairs } from '../pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from '../space.ts';

/**
 * The adjacency one-hot vector of a graph, for predictors: the edges in row-major order, then for each interior vertex one
 * bit per operation. 21 + 5 * 3 = 36 numbers, 0 or 1, for NAS-Bench-101. A graph with fewer vertices has its output moved
 * to the last place; the operation bits of vertices that it does not have are all 0.
 *
 * @throws InvalidCellError if the graph has too many vertices or an operation that is not in the space.
 */
export function adjacencyOneHot(graph: CellGraph, space: CellSpace = NASBENCH_101): Uint8Array {
  checkSpace(space);
  const { matrix, operations } = padGraph(graph, space);
  const pairs = rowMajorPairs(space.maxVertices);
  const choices = space.operations.length;
  const vector = new Uint8Array(pairs.length + operations.length * choices);
  pairs.forEach(([x, y], i) => {
    vector[i] = matrix[x][y];
  });
  for (let i = 0; i < graph.matrix.length - 2; i++) vector[pairs.length + i * choices + operations[i]] = 1;
  return vector;
}
