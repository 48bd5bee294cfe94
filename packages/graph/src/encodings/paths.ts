import { UsageError } from '@nasbench/foundation/errors';
import type { Cell } from '../cell.ts';
import { InvalidCellError, quote } from '../errors.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from '../space.ts';
import { operationIndex } from '../validity.ts';

/** A path encoding of more bits is refused rather than allocated. */
const MAX_BITS = 2 ** 28;

/**
 * The number of operation sequences that a path from input to output can have: 3^0 + ... + 3^5 = 364 for NAS-Bench-101.
 *
 * @param maxLength longest sequence counted, by default all interior vertices.
 */
export function pathCount(space: CellSpace = NASBENCH_101, maxLength: number = space.maxVertices - 2): number {
  let count = 0;
  for (let length = 0; length <= maxLength; length++) count += space.operations.length ** length;
  return count;
}

/**
 * The path encoding (White et al., BANANAS): bit i is 1 if some path from input to output has the i-th sequence of
 * operations. Sequences are ordered by length and then by their operations, the first one the least significant digit:
 * bit 0 is the edge input -> output, bits 1, 2, 3 the single operations, bit 4 = (0, 0), bit 5 = (1, 0), ...
 * Isomorphic cells have the same encoding; some cells that are not isomorphic do, too.
 *
 * @param bits keep only the first so many bits, which are the shortest sequences: 40 is BANANAS' truncation, all sequences
 * of up to three operations. By default {@link pathCount}(space).
 * @throws InvalidCellError if the pruned cell has more vertices than the space or an operation that is not in it.
 */
export function pathEncoding(cell: Cell, space: CellSpace = NASBENCH_101, bits: number = pathCount(space)): Uint8Array {
  checkSpace(space);
  if (!Number.isInteger(bits) || bits < 1 || bits > Math.min(pathCount(space), MAX_BITS)) {
    throw new UsageError(`bits must be an integer of 1 to ${Math.min(pathCount(space), MAX_BITS)}, got ${quote(bits)}`);
  }
  const encoding = new Uint8Array(bits);
  for (const index of pathIndices(cell, space)) if (index < bits) encoding[index] = 1;
  return encoding;
}

/** The positions of the ones in the whole path encoding, ascending. No path, no position: a disconnected cell has none. */
export function pathIndices(cell: Cell, space: CellSpace = NASBENCH_101): number[] {
  checkSpace(space);
  if (cell.pruned === undefined) return [];
  const { matrix, operations } = cell.pruned;
  const vertices = matrix.length;
  if (vertices > space.maxVertices) {
    throw new InvalidCellError(
      'too-many-vertices',
      `a path encoding of the space has ${space.maxVertices} vertices, got ${vertices}`,
    );
  }
  const choices = space.operations.length;
  // endings[v]: indices of the operation sequences from v (included) to the output. Prepending an operation multiplies by choices.
  const endings: Set<number>[] = Array.from({ length: vertices }, () => new Set());
  endings[vertices - 1].add(0);
  for (let v = vertices - 2; v >= 0; v--) {
    const digit = v === 0 ? 0 : operationIndex(operations[v], space) + 1;
    for (let w = v + 1; w < vertices; w++) {
      if (matrix[v][w] === 0) continue;
      for (const index of endings[w]) endings[v].add(v === 0 ? index : index * choices + digit);
    }
  }
  return [...endings[0]].toSorted((a, b) => a - b);
}
