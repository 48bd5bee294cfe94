import { type Cell, type CellGraph, cellFromMatrix } from './cell.ts';
import { InvalidCellError, quote } from './errors.ts';
import { type CellSpace, checkSpace, INPUT, NASBENCH_101, OUTPUT } from './space.ts';
import { operationIndex } from './validity.ts';

/**
 * A graph as three integers: the form of enumerations and table columns. Input and output are implied.
 *
 * ```
 * edges: bit x + y(y-1)/2 is the edge x -> y      operations: interior labels as digits in base
 *   .  0  1  3  6                                 space.operations.length, the last vertex
 *   .  .  2  4  7                                 the least significant
 *   .  .  .  5  8
 *   .  .  .  .  9
 * ```
 */
export interface PackedCell {
  readonly vertices: number;
  readonly edges: number;
  readonly operations: number;
}

/** Most vertices of a packed graph: the edges of 8 vertices are 28 bits. */
export const MAX_PACKED_VERTICES = 8;

/** The bit of `PackedCell.edges` that stands for the edge x -> y, x < y. */
export function edgeBit(x: number, y: number): number {
  return x + ((y * (y - 1)) >> 1);
}

/** The number of edge bits of a graph with so many vertices: 21 for 7. */
export function pairCount(vertices: number): number {
  return (vertices * (vertices - 1)) >> 1;
}

/**
 * Packs a graph as it is, without pruning: `packCell(cell.pruned)` or `packCell(cell.original)`.
 *
 * @throws InvalidCellError if it has more than 8 vertices or an operation that is not in the space.
 */
export function packCell(graph: CellGraph, space: CellSpace = NASBENCH_101): PackedCell {
  const { matrix, operations } = graph;
  const vertices = matrix.length;
  if (vertices > MAX_PACKED_VERTICES) {
    throw new InvalidCellError(
      'too-many-vertices',
      `a packed cell has at most ${MAX_PACKED_VERTICES} vertices, got ${vertices}`,
    );
  }
  let edges = 0;
  for (let y = 1; y < vertices; y++) {
    for (let x = 0; x < y; x++) edges |= matrix[x][y] << edgeBit(x, y);
  }
  let code = 0;
  for (let v = 1; v < vertices - 1; v++) code = code * space.operations.length + operationIndex(operations[v], space);
  if (code > Number.MAX_SAFE_INTEGER) {
    throw new InvalidCellError('unknown-operation', `too many operations to pack a cell: ${space.operations.length}`);
  }
  return { vertices, edges, operations: code };
}

/**
 * The cell of a packed graph.
 *
 * @throws InvalidCellError if the integers are out of range for the number of vertices and operations.
 */
export function unpackCell(packed: PackedCell, space: CellSpace = NASBENCH_101): Cell {
  checkPacked(packed, space);
  const { vertices, edges } = packed;
  const matrix = Array.from({ length: vertices }, (_row, x) =>
    Array.from({ length: vertices }, (_column, y) => (x < y ? (edges >>> edgeBit(x, y)) & 1 : 0)),
  );
  const digits = operationDigits(packed, space.operations.length);
  return cellFromMatrix(matrix, [INPUT, ...digits.map((digit) => space.operations[digit]), OUTPUT]);
}

/** Throws InvalidCellError unless the three integers are in range. */
export function checkPacked(packed: PackedCell, space: CellSpace): void {
  checkSpace(space);
  const { vertices, edges, operations } = packed;
  if (!Number.isInteger(vertices) || vertices < 2 || vertices > MAX_PACKED_VERTICES) {
    const reason = vertices < 2 ? 'too-few-vertices' : 'too-many-vertices';
    throw new InvalidCellError(
      reason,
      `a packed cell has 2 to ${MAX_PACKED_VERTICES} vertices, got ${quote(vertices)}`,
    );
  }
  if (!Number.isInteger(edges) || edges < 0 || edges >= 2 ** pairCount(vertices)) {
    throw new InvalidCellError(
      'malformed-encoding',
      `the edges of ${vertices} vertices are an integer of ${pairCount(vertices)} bits, got ${quote(edges)}`,
    );
  }
  const labelings = space.operations.length ** (vertices - 2);
  if (!Number.isInteger(operations) || operations < 0 || operations >= labelings) {
    throw new InvalidCellError(
      'unknown-operation',
      `the operations must be an integer of 0 to ${labelings - 1}, got ${quote(operations)}`,
    );
  }
}

/** Labels of the interior vertices, in vertex order, as indices into the space's operations. */
export function operationDigits(packed: PackedCell, base: number): number[] {
  const digits: number[] = [];
  let code = packed.operations;
  for (let v = packed.vertices - 2; v >= 1; v--) {
    digits.unshift(code % base);
    code = Math.floor(code / base);
  }
  return digits;
}
