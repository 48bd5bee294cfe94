import type { CellGraph } from './cell.ts';
import { InvalidCellError } from './errors.ts';
import type { CellSpace } from './space.ts';
import { operationIndex } from './validity.ts';

/** A graph as a point of the space's fixed-size encodings: row x, columns x+1 .. of `matrix`; operations as indices. */
export interface FullGraph {
  readonly matrix: number[][];
  readonly operations: number[];
}

/**
 * A mutable copy with exactly `space.maxVertices` vertices: the output becomes the last one, and vertices without edges
 * and with the space's first operation fill the gap before it. The padded graph prunes to the same cell.
 *
 * @throws InvalidCellError if the graph has more vertices than that or an operation that is not in the space.
 */
export function padGraph(graph: CellGraph, space: CellSpace): FullGraph {
  const given = graph.matrix.length;
  const vertices = space.maxVertices;
  if (given > vertices) {
    throw new InvalidCellError(
      'too-many-vertices',
      `an encoding of the space has ${vertices} vertices, got a graph of ${given}`,
    );
  }
  const place = (v: number): number => (v === given - 1 ? vertices - 1 : v);
  const matrix = emptyMatrix(vertices);
  for (let x = 0; x < given; x++) {
    for (let y = x + 1; y < given; y++) matrix[place(x)][place(y)] = graph.matrix[x][y];
  }
  const operations = Array.from({ length: vertices - 2 }, (_, i) =>
    i < given - 2 ? operationIndex(graph.operations[i + 1], space) : 0,
  );
  return { matrix, operations };
}

export function emptyMatrix(vertices: number): number[][] {
  return Array.from({ length: vertices }, () => Array.from({ length: vertices }, () => 0));
}

/** The positions above the diagonal in row-major order: (0,1), (0,2), ..., (V-2,V-1). */
export function rowMajorPairs(vertices: number): (readonly [x: number, y: number])[] {
  const pairs: [number, number][] = [];
  for (let x = 0; x < vertices; x++) for (let y = x + 1; y < vertices; y++) pairs.push([x, y]);
  return pairs;
}
