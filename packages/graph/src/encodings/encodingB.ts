import type { Cell } from '../cell.ts';
import { InvalidCellError } from '../errors.ts';
import { edgeBit, pairCount } from '../packed.ts';
import { emptyMatrix, padGraph, rowMajorPairs } from '../pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from '../space.ts';
import { cellFromIndices, checkPoint, type Encoding, operationParameters, type Parameter } from './encoding.ts';

/**
 * Encoding B: `maxEdges` categorical parameters that each name an edge, then one categorical parameter per interior
 * vertex. Edges named twice count once, so a point has 1 to `maxEdges` edges. Value i is the edge whose bit is
 * `pairs - 1 - i` in {@link PackedCell} order, because the reference reads its list of bits most significant first:
 * 0 is (5,6) and 20 is (0,1) for NAS-Bench-101.
 */
export function encodingB(space: CellSpace = NASBENCH_101): Encoding {
  checkSpace(space);
  const { maxVertices, maxEdges } = space;
  const pairs = pairCount(maxVertices);
  const valueOf = (x: number, y: number): number => pairs - 1 - edgeBit(x, y);
  const pairOf = rowMajorPairs(maxVertices).toSorted(([a, b], [c, d]) => valueOf(a, b) - valueOf(c, d));
  const edges = Array.from(
    { length: maxEdges },
    (_, i): Parameter => ({ kind: 'categorical', name: `edge_${i}`, choices: pairs }),
  );
  const parameters = [...edges, ...operationParameters(space)];
  return {
    name: 'B',
    space,
    parameters,
    decode(point: readonly number[]): Cell {
      checkPoint(parameters, point);
      const matrix = emptyMatrix(maxVertices);
      for (const value of point.slice(0, maxEdges)) {
        const [x, y] = pairOf[value];
        matrix[x][y] = 1;
      }
      return cellFromIndices(matrix, point.slice(maxEdges), space);
    },
    // The edges in ascending order of their values, the last one repeated.
    encode(cell: Cell): number[] {
      const { matrix, operations } = padGraph(cell.original, space);
      const values = pairOf.flatMap(([x, y], value) => (matrix[x][y] === 1 ? [value] : []));
      if (values.length === 0 || values.length > maxEdges) {
        const reason = values.length === 0 ? 'disconnected' : 'too-many-edges';
        throw new InvalidCellError(
          reason,
          `encoding B holds 1 to ${maxEdges} edges, got ${values.length} before pruning`,
        );
      }
      return [...edges.map((_, i) => values[Math.min(i, values.length - 1)]), ...operations];
    },
  };
}
