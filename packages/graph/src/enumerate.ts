import { bitCount } from './bits.ts';
import { InvalidSpaceError } from './errors.ts';
import { edgeBit, MAX_PACKED_VERTICES } from './packed.ts';
import { type CellSpace, checkSpace, NASBENCH_101 } from './space.ts';
import { forEachOrder } from './vertexOrders.ts';

/**
 * All unique cells of a space in the official order: ascending (vertices, edges, operations), each class of isomorphic
 * cells represented by its first member. Cell i is the {@link PackedCell} (`vertices[i]`, `edges[i]`, `operations[i]`).
 */
export interface CellEnumeration {
  readonly space: CellSpace;
  /** Number of unique cells. */
  readonly count: number;
  readonly vertices: Uint8Array;
  readonly edges: Uint32Array;
  readonly operations: Uint16Array | Uint32Array;
  /** Number of labelled graphs that the reference hashes on its way, isomorphic ones included. */
  readonly labeledGraphs: number;
  /** Cumulative counts of unique cells: up to 2, 3, ..., maxVertices vertices. */
  readonly byVertices: readonly number[];
}

/** Called now and then with the work done so far, for a progress bar. */
export type OnProgress = (done: number, total: number) => void;

/** Cells beyond this number are refused before memory is asked for. */
const MAX_CELLS = 2 ** 28;

/**
 * Enumerates a space without hashing anything. The reference hashes every labelled graph and keeps the first of each hash
 * (`generate_graphs.py`). Its order makes the first of a class the smallest one, so here a matrix counts only if no
 * reordering of its vertices is smaller, and a labelling only if none of the matrix's automorphisms makes it smaller.
 * The 423 624 cells of NAS-Bench-101 take about a tenth of a second.
 *
 * @param options.onProgress gets the number of matrices examined and of all matrices.
 * @throws InvalidSpaceError for limits out of range (2 to 8 vertices) or more than 2^28 cells.
 */
export function enumerateCells(
  space: CellSpace = NASBENCH_101,
  options: { readonly onProgress?: OnProgress | undefined } = {},
): CellEnumeration {
  checkSpace(space, MAX_PACKED_VERTICES);
  const base = space.operations.length;
  const shapes: Shape[] = [];
  const byVertices: number[] = [];
  let labeledGraphs = 0;
  let count = 0;
  let done = 0;
  const total = options.onProgress ? countMatrices(space) : 0;
  for (let vertices = 2; vertices <= space.maxVertices; vertices++) {
    forEachFullMatrix(vertices, space.maxEdges, (edges) => {
      labeledGraphs += base ** (vertices - 2);
      const automorphisms = automorphismsIfSmallest(vertices, edges);
      if (automorphisms !== undefined) {
        shapes.push({ vertices, edges, automorphisms });
        count += countLabelings(vertices, base, automorphisms);
      }
      done++;
      if (options.onProgress && (done % 1024 === 0 || done === total)) options.onProgress(done, total);
    });
    byVertices.push(count);
  }
  if (count > MAX_CELLS)
    throw new InvalidSpaceError(`the space has ${count} unique cells, expected at most ${MAX_CELLS}`);

  const widest = base ** (space.maxVertices - 2);
  const columns = {
    vertices: new Uint8Array(count),
    edges: new Uint32Array(count),
    operations: widest <= 2 ** 16 ? new Uint16Array(count) : new Uint32Array(count),
  };
  let end = 0;
  for (const shape of shapes) {
    const start = end;
    end = appendLabelings(shape, base, columns.operations, start);
    columns.vertices.fill(shape.vertices, start, end);
    columns.edges.fill(shape.edges, start, end);
  }
  return { space, count, ...columns, labeledGraphs, byVertices };
}

/** A matrix that is the smallest of its class, with the vertex orders that leave it as it is (the identity left out). */
interface Shape {
  readonly vertices: number;
  readonly edges: number;
  readonly automorphisms: readonly Uint8Array[];
}

function countMatrices(space: CellSpace): number {
  let total = 0;
  for (let vertices = 2; vertices <= space.maxVertices; vertices++) {
    forEachFullMatrix(vertices, space.maxEdges, () => {
      total++;
    });
  }
  return total;
}

/**
 * Visits, in ascending order of their bits, the matrices with at most `maxEdges` edges in which every vertex but the
 * output has an edge out and every vertex but the input an edge in. Column by column, the output's first: its bits are
 * the most significant, and once the columns above y are chosen, all edges out of vertex y are known.
 */
function forEachFullMatrix(vertices: number, maxEdges: number, visit: (edges: number) => void): void {
  const choose = (y: number, edges: number, edgesLeft: number, withEdgeOut: number): void => {
    if (((withEdgeOut >>> y) & 1) === 0) return;
    if (y === 0) {
      visit(edges);
      return;
    }
    // Each of the columns 1 .. y-1 still to come needs an edge.
    for (let column = 1; column < 1 << y; column++) {
      const left = edgesLeft - bitCount(column);
      if (left >= y - 1) choose(y - 1, edges | (column << edgeBit(0, y)), left, withEdgeOut | column);
    }
  };
  choose(vertices - 1, 0, maxEdges, 1 << (vertices - 1));
}

/** Undefined if a reordering has smaller bits, else the reorderings (vertex -> place) that give the same matrix. */
function automorphismsIfSmallest(vertices: number, edges: number): Uint8Array[] | undefined {
  const same: Uint8Array[] = [];
  let smallest = true;
  forEachOrder(vertices, edges, (reordered, place) => {
    if (reordered < edges) smallest = false;
    else if (reordered === edges && !place.every((p, v) => p === v || v >= vertices)) same.push(place.slice());
    return smallest;
  });
  return smallest ? same : undefined;
}

/** The number of labellings that differ under the automorphisms (Burnside: the mean number of labellings each leaves fixed). */
function countLabelings(vertices: number, base: number, automorphisms: readonly Uint8Array[]): number {
  let fixed = base ** (vertices - 2);
  for (const place of automorphisms) {
    let cycles = 0;
    let seen = 0;
    for (let v = 1; v < vertices - 1; v++) {
      if ((seen >>> v) & 1) continue;
      cycles++;
      for (let w = v; ((seen >>> w) & 1) === 0; w = place[w]) seen |= 1 << w;
    }
    fixed += base ** cycles;
  }
  return fixed / (automorphisms.length + 1);
}

/** Writes the labellings that no automorphism makes smaller, in ascending order; returns the end. */
function appendLabelings(shape: Shape, base: number, out: Uint16Array | Uint32Array, start: number): number {
  const { vertices, automorphisms } = shape;
  const interior = vertices - 2;
  // Reordered, the label of vertex v stands at place[v]: its weight in the code of the labelling.
  const weights = automorphisms.map((place) =>
    Array.from({ length: interior }, (_, i) => base ** (interior - place[i + 1])),
  );
  const digits = Array.from({ length: interior }, () => 0);
  let end = start;
  for (let code = 0; code < base ** interior; code++) {
    if (weights.every((weight) => weighted(digits, weight) >= code)) out[end++] = code;
    for (let i = interior - 1; i >= 0 && ++digits[i] === base; i--) digits[i] = 0;
  }
  return end;
}

function weighted(digits: readonly number[], weight: readonly number[]): number {
  let code = 0;
  for (let i = 0; i < digits.length; i++) code += digits[i] * weight[i];
  return code;
}
