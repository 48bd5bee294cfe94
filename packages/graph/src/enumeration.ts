import { UsageError } from '@nasbench/foundation/errors';
import { canonicalForm } from './canonical.ts';
import type { Cell } from './cell.ts';
import type { CellEnumeration } from './enumerate.ts';
import { quote } from './errors.ts';
import { type PackedCell, unpackCell } from './packed.ts';

/** Cell `index` of an enumeration, 0 .. count - 1. */
export function cellAt(enumeration: CellEnumeration, index: number): Cell {
  return unpackCell(packedAt(enumeration, index), enumeration.space);
}

/** Cell `index` of an enumeration as integers. */
export function packedAt(enumeration: CellEnumeration, index: number): PackedCell {
  const { count, vertices, edges, operations } = enumeration;
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new UsageError(`index must be an integer of 0 to ${count - 1}, got ${quote(index)}`);
  }
  return { vertices: vertices[index], edges: edges[index], operations: operations[index] };
}

/**
 * The index of the cell's class in an enumeration, -1 if the enumeration does not contain it. Exact and without hashes:
 * canonical form and binary search, a few microseconds.
 *
 * @throws InvalidCellError like {@link canonicalForm}.
 */
export function indexOfCell(enumeration: CellEnumeration, cell: Cell | PackedCell): number {
  const wanted = canonicalForm(cell, enumeration.space);
  const { vertices, edges, operations } = enumeration;
  let low = 0;
  let high = enumeration.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order =
      vertices[middle] - wanted.vertices || edges[middle] - wanted.edges || operations[middle] - wanted.operations;
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}
