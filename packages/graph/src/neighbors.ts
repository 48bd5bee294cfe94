import { canonicalForm } from './canonical.ts';
import type { Cell } from './cell.ts';
import { cellFromIndices } from './encodings/encoding.ts';
import { padGraph, rowMajorPairs } from './pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101, type ValidityRule } from './space.ts';
import { isValid } from './validity.ts';

/**
 * The valid cells at edit distance 1: one edge flipped or one operation replaced in the original form (padded to the
 * space's maximum of vertices), that is, at Hamming distance 1 in encoding A: 21 + 5 * 2 = 31 candidates in NAS-Bench-101.
 * Order: edges row-major, then operations. Different neighbours may prune to isomorphic cells, or to this very cell.
 *
 * @throws InvalidCellError if the original form does not fit encoding A of the space.
 */
export function neighborCells(cell: Cell, space: CellSpace = NASBENCH_101, rule: ValidityRule = 'prune-first'): Cell[] {
  checkSpace(space);
  const { matrix, operations } = padGraph(cell.original, space);
  const neighbors: Cell[] = [];
  const keepIfValid = (): void => {
    const neighbor = cellFromIndices(matrix, operations, space);
    if (isValid(neighbor, space, rule)) neighbors.push(neighbor);
  };
  for (const [x, y] of rowMajorPairs(space.maxVertices)) {
    matrix[x][y] = 1 - matrix[x][y];
    keepIfValid();
    matrix[x][y] = 1 - matrix[x][y];
  }
  for (let i = 0; i < operations.length; i++) {
    const own = operations[i];
    for (let other = 0; other < space.operations.length; other++) {
      if (other === own) continue;
      operations[i] = other;
      keepIfValid();
    }
    operations[i] = own;
  }
  return neighbors;
}

/** {@link neighborCells} without the cell itself and with one member, the first, of each class of isomorphic cells. */
export function uniqueNeighborCells(
  cell: Cell,
  space: CellSpace = NASBENCH_101,
  rule: ValidityRule = 'prune-first',
): Cell[] {
  const key = (member: Cell): string => Object.values(canonicalForm(member, space)).join();
  const seen = new Set(cell.pruned === undefined ? [] : [key(cell)]);
  return neighborCells(cell, space, rule).filter((neighbor) => {
    const own = key(neighbor);
    return !seen.has(own) && seen.add(own);
  });
}

/**
 * The number of edges and operations in which the original forms differ, both padded to the space's maximum of vertices:
 * the paper's edit distance, Hamming distance in encoding A.
 *
 * @throws InvalidCellError if an original form does not fit encoding A of the space.
 */
export function editDistance(a: Cell, b: Cell, space: CellSpace = NASBENCH_101): number {
  checkSpace(space);
  const left = padGraph(a.original, space);
  const right = padGraph(b.original, space);
  const edges = rowMajorPairs(space.maxVertices).filter(([x, y]) => left.matrix[x][y] !== right.matrix[x][y]);
  return edges.length + left.operations.filter((operation, i) => operation !== right.operations[i]).length;
}
