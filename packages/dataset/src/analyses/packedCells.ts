import { type CellSpace, depth, type PackedCell, unpackCell, width } from '@nasbench/graph';
import type { BenchmarkTable } from '../table.ts';

/** The cells of a table as three integers each, `PackedCell`s by column; an enumeration of a space is one, too. */
export interface PackedCells {
  readonly space: CellSpace;
  /** Number of rows. */
  readonly count: number;
  readonly vertices: ArrayLike<number>;
  /** Bit x + y(y-1)/2 is the edge x -> y. */
  readonly edges: ArrayLike<number>;
  /** Interior operations as digits in base `space.operations.length`, the last vertex the least significant. */
  readonly operations: ArrayLike<number>;
}

/** Called now and then with the work done so far, for a progress bar. */
export type OnProgress = (done: number, total: number) => void;

/** The cells of a table in its row order, for the analyses that need to know them. O(n). */
export function packedCells(table: BenchmarkTable): PackedCells {
  const { space } = table.metadata;
  const { vertices, edges, operations, operationLists } = table.cells;
  const codes = operationLists.map((list) =>
    list.reduce((code, name) => code * space.operations.length + space.operations.indexOf(name), 0),
  );
  return {
    space,
    count: table.rowCount,
    vertices,
    edges,
    operations: Uint32Array.from(operations, (list) => codes[list]),
  };
}

/**
 * The depth of every cell: edges on the longest path from input to output, 1 .. vertices - 1 (figure 5 of the paper, with
 * `meansByGroup`). O(n): each of the matrices that occur (2 494 in NAS-Bench-101) is measured once.
 */
export function cellDepths(cells: PackedCells): Uint8Array {
  return byMatrix(cells, depth);
}

/** The width of every cell: its maximum directed cut, in edges (figure 5 of the paper). Cost as {@link cellDepths}. */
export function cellWidths(cells: PackedCells): Uint8Array {
  return byMatrix(cells, width);
}

function byMatrix(cells: PackedCells, measure: typeof depth): Uint8Array {
  const known = new Map<number, number>();
  return Uint8Array.from({ length: cells.count }, (_, row) => {
    const shape = cells.vertices[row] * 2 ** 28 + cells.edges[row];
    let value = known.get(shape);
    if (value === undefined) {
      value = measure(unpackCell(packedAt(cells, row), cells.space));
      known.set(shape, value);
    }
    return value;
  });
}

function packedAt(cells: PackedCells, row: number): PackedCell {
  return { vertices: cells.vertices[row], edges: cells.edges[row], operations: cells.operations[row] };
}

/** Writes the operations of the interior vertices 1 .. interior into `digits`, from their code. */
export function writeDigits(digits: Uint8Array, code: number, interior: number, base: number): void {
  let rest = code;
  for (let i = interior - 1; i >= 0; i--) {
    digits[i] = rest % base;
    rest = Math.floor(rest / base);
  }
}
