import type { Cell } from '../cell.ts';
import { emptyMatrix, padGraph, rowMajorPairs } from '../pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from '../space.ts';
import { cellFromIndices, checkPoint, type Encoding, operationParameters, type Parameter } from './encoding.ts';

/**
 * Encoding A, the paper's default: one binary parameter per possible edge, in row-major order (0,1), (0,2), ..., (5,6),
 * then one categorical parameter per interior vertex. 26 parameters, 2^21 * 3^5 = 510 million points for NAS-Bench-101.
 */
export function encodingA(space: CellSpace = NASBENCH_101): Encoding {
  checkSpace(space);
  const pairs = rowMajorPairs(space.maxVertices);
  const edges = pairs.map((_, i): Parameter => ({ kind: 'categorical', name: `edge_${i}`, choices: 2 }));
  const parameters = [...edges, ...operationParameters(space)];
  return {
    name: 'A',
    space,
    parameters,
    decode(point: readonly number[]): Cell {
      checkPoint(parameters, point);
      const matrix = emptyMatrix(space.maxVertices);
      pairs.forEach(([x, y], i) => {
        matrix[x][y] = point[i];
      });
      return cellFromIndices(matrix, point.slice(pairs.length), space);
    },
    encode(cell: Cell): number[] {
      const { matrix, operations } = padGraph(cell.original, space);
      return [...pairs.map(([x, y]) => matrix[x][y]), ...operations];
    },
  };
}
