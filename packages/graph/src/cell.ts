import { InvalidCellError, quote } from './errors.ts';
import { keptVertices } from './prune.ts';
import { MAX_MATRIX_VERTICES } from './space.ts';

/** A square 0/1 adjacency matrix, zero on and below its diagonal: `matrix[x][y] === 1` is the edge x -> y. */
export type Matrix = readonly (readonly number[])[];

/** A labelled graph: vertex 0 is the input, the last vertex the output. */
export interface CellGraph {
  readonly matrix: Matrix;
  /** One label per vertex, input and output included. */
  readonly operations: readonly string[];
}

/** A cell (the reference calls it a module or model spec): what was given, and what of it takes part in the computation. */
export interface Cell {
  /** As given; search algorithms mutate this form. */
  readonly original: CellGraph;
  /**
   * Without the vertices that are not on a path from input to output, the rest in the same order.
   * Undefined if the output cannot be reached from the input.
   */
  readonly pruned: CellGraph | undefined;
}

/**
 * A cell from its adjacency matrix and one label per vertex. Copies both and freezes the cell.
 * Labels are not compared with any search space here: see {@link assertValid}.
 *
 * @throws InvalidCellError unless the matrix is square with 2 to 32 rows, holds only 0 and 1, is zero on and below its
 * diagonal, and there are as many labels as rows.
 */
export function cellFromMatrix(matrix: Matrix, operations: readonly string[]): Cell {
  const vertices = checkShape(matrix);
  const successors: number[] = [];
  const rows: number[][] = [];
  for (let x = 0; x < vertices; x++) {
    const row = matrix[x];
    const copy: number[] = [];
    let mask = 0;
    for (let y = 0; y < vertices; y++) {
      const value = row[y];
      if (value === 1) {
        if (y <= x) throw belowDiagonal(x, y);
        mask |= 1 << y;
        copy.push(1);
      } else if (value === 0) {
        copy.push(0);
      } else {
        throw new InvalidCellError(
          'not-binary',
          `matrix must hold 0 and 1 only, got ${quote(value)} at row ${x}, column ${y}`,
        );
      }
    }
    rows.push(copy);
    successors.push(mask);
  }
  checkLabels(operations, vertices);
  const original = frozenGraph(rows, operations.slice());
  return Object.freeze({ original, pruned: prune(original, keptVertices(vertices, successors)) });
}

function frozenGraph(matrix: number[][], operations: string[]): CellGraph {
  for (const row of matrix) Object.freeze(row);
  return Object.freeze({ matrix: Object.freeze(matrix), operations: Object.freeze(operations) });
}

function prune(graph: CellGraph, kept: number): CellGraph | undefined {
  if (kept === 0) return undefined;
  const { matrix, operations } = graph;
  const order: number[] = [];
  for (let v = 0; v < matrix.length; v++) {
    if ((kept >>> v) & 1) order.push(v);
  }
  if (order.length === matrix.length) return graph;
  return frozenGraph(
    order.map((x) => order.map((y) => matrix[x][y])),
    order.map((v) => operations[v]),
  );
}

/** Looks at sizes only, so that a huge matrix is refused at once. Returns the number of vertices. */
function checkShape(matrix: Matrix): number {
  if (!Array.isArray(matrix)) {
    throw new InvalidCellError('not-square', `matrix must be an array of rows, got ${quote(matrix)}`);
  }
  const vertices = matrix.length;
  if (vertices < 2) {
    throw new InvalidCellError(
      'too-few-vertices',
      `a cell has an input and an output, at least 2 vertices, got ${vertices}`,
    );
  }
  if (vertices > MAX_MATRIX_VERTICES) {
    throw new InvalidCellError(
      'too-many-vertices',
      `a matrix may have at most ${MAX_MATRIX_VERTICES} rows, got ${vertices}`,
    );
  }
  for (let x = 0; x < vertices; x++) {
    const row: unknown = matrix[x];
    if (!Array.isArray(row)) {
      throw new InvalidCellError(
        'not-square',
        `row ${x} of the matrix must be an array of ${vertices} numbers, got ${quote(row)}`,
      );
    }
    if (row.length !== vertices) {
      throw new InvalidCellError(
        'not-square',
        `matrix must be square: row ${x} has ${row.length} columns, expected ${vertices}`,
      );
    }
  }
  return vertices;
}

function belowDiagonal(x: number, y: number): InvalidCellError {
  const place = x === y ? 'on' : 'below';
  return new InvalidCellError(
    'not-upper-triangular',
    `matrix must be zero on and below the diagonal, got an edge ${x} -> ${y} ${place} it`,
  );
}

function checkLabels(operations: readonly string[], vertices: number): void {
  if (!Array.isArray(operations)) {
    throw new InvalidCellError(
      'label-count',
      `operations must be an array of ${vertices} labels, got ${quote(operations)}`,
    );
  }
  if (operations.length !== vertices) {
    throw new InvalidCellError(
      'label-count',
      `expected ${vertices} operation labels, one per vertex with input and output, got ${operations.length}`,
    );
  }
  for (let v = 0; v < vertices; v++) {
    if (typeof operations[v] !== 'string') {
      throw new InvalidCellError(
        'unknown-operation',
        `the label of vertex ${v} must be a string, got ${quote(operations[v])}`,
      );
    }
  }
}
