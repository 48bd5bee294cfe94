import type { Cell } from './cell.ts';
import { checkPacked, operationDigits, type PackedCell, packCell } from './packed.ts';
import { type CellSpace, NASBENCH_101 } from './space.ts';
import { prunedGraph } from './validity.ts';
import { forEachOrder } from './vertexOrders.ts';

/**
 * The one representative of all cells isomorphic to this one: the smallest `edges`, then the smallest `operations`, over
 * the vertex orders that keep the matrix upper triangular. Exact: two cells are isomorphic if and only if their canonical
 * forms are equal. It is also the first member of its class in the official enumeration, the one that the release stores.
 * A cell is pruned first; a packed graph is taken as it is. Takes some microseconds.
 *
 * @throws InvalidCellError if the cell is disconnected, has more than 8 vertices after pruning, or an operation that is
 * not in the space.
 */
export function canonicalForm(cell: Cell | PackedCell, space: CellSpace = NASBENCH_101): PackedCell {
  if ('original' in cell) return canonicalPacked(packCell(prunedGraph(cell), space), space.operations.length);
  checkPacked(cell, space);
  return canonicalPacked(cell, space.operations.length);
}

/**
 * Whether the pruned cells compute the same: equal up to the order of their vertices. Labels are compared by name, so no
 * search space is involved.
 *
 * @throws InvalidCellError if a cell is disconnected or has more than 8 vertices after pruning.
 */
export function isIsomorphic(a: Cell, b: Cell): boolean {
  const graphs = [prunedGraph(a), prunedGraph(b)];
  const names = new Set(graphs.flatMap((graph) => graph.operations));
  const space = { ...NASBENCH_101, operations: [...names] };
  const [left, right] = graphs.map((graph) => canonicalPacked(packCell(graph, space), space.operations.length));
  return left.vertices === right.vertices && left.edges === right.edges && left.operations === right.operations;
}

function canonicalPacked(packed: PackedCell, base: number): PackedCell {
  const { vertices } = packed;
  const digits = operationDigits(packed, base);
  const reordered = Array.from({ length: vertices }, () => 0);
  let { edges, operations } = packed;
  forEachOrder(vertices, packed.edges, (candidate, place) => {
    if (candidate > edges) return true;
    for (let v = 1; v < vertices - 1; v++) reordered[place[v]] = digits[v - 1];
    let code = 0;
    for (let v = 1; v < vertices - 1; v++) code = code * base + reordered[v];
    if (candidate < edges || code < operations) {
      edges = candidate;
      operations = code;
    }
    return true;
  });
  return { vertices, edges, operations };
}
