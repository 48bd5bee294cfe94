import type { Cell } from '../cell.ts';
import { InvalidCellError } from '../errors.ts';
import { emptyMatrix, padGraph, rowMajorPairs } from '../pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from '../space.ts';
import { countEdges } from '../validity.ts';
import { cellFromIndices, checkPoint, type Encoding, operationParameters, type Parameter } from './encoding.ts';

/** Where {@link encodingC} puts edges that are there and edges that are not: the middles of the two halves of [0, 1]. */
const PRESENT = 0.75;
const ABSENT = 0.25;

/**
 * Encoding C: one real parameter of [0, 1] per possible edge, in row-major order, and an integer number of edges
 * 0 .. `maxEdges`: the edges with the largest values exist. Then one categorical parameter per interior vertex. Among equal
 * values the later edge comes first (the reference takes the end of an ascending sort and leaves ties to numpy).
 */
export function encodingC(space: CellSpace = NASBENCH_101): Encoding {
  checkSpace(space);
  const { maxVertices, maxEdges } = space;
  const pairs = rowMajorPairs(maxVertices);
  const edges = pairs.map((_, i): Parameter => ({ kind: 'real', name: `edge_${i}` }));
  const edgeCount: Parameter = { kind: 'integer', name: 'num_edges', most: maxEdges };
  const parameters = [...edges, edgeCount, ...operationParameters(space)];
  return {
    name: 'C',
    space,
    parameters,
    decode(point: readonly number[]): Cell {
      checkPoint(parameters, point);
      const matrix = emptyMatrix(maxVertices);
      const descending = pairs.map((_, i) => i).toSorted((a, b) => point[b] - point[a] || b - a);
      for (const i of descending.slice(0, point[pairs.length])) {
        const [x, y] = pairs[i];
        matrix[x][y] = 1;
      }
      return cellFromIndices(matrix, point.slice(pairs.length + 1), space);
    },
    encode(cell: Cell): number[] {
      const { matrix, operations } = padGraph(cell.original, space);
      const count = countEdges(matrix);
      if (count > maxEdges) {
        throw new InvalidCellError(
          'too-many-edges',
          `encoding C holds at most ${maxEdges} edges, got ${count} before pruning`,
        );
      }
      return [...pairs.map(([x, y]) => (matrix[x][y] === 1 ? PRESENT : ABSENT)), count, ...operations];
    },
  };
}
