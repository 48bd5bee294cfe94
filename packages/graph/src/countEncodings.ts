import { bitCount } from './bits.ts';
import type { Cell } from './cell.ts';
import { MAX_PACKED_VERTICES, operationDigits, packCell, pairCount } from './packed.ts';
import { type CellSpace, checkSpace, NASBENCH_101, type ValidityRule } from './space.ts';
import { assertValid, countEdges, prunedGraph } from './validity.ts';
import { forEachOrder } from './vertexOrders.ts';

/**
 * The number of points of encoding A (510 million in NAS-Bench-101: all matrices with `maxVertices` vertices, all
 * operations) that are valid under the rule and prune to a cell isomorphic to this one. Exact below 2^53. The best cell of
 * NAS-Bench-101 has 4 under either rule; over all unique cells the counts add up to all valid points.
 *
 * @throws InvalidCellError if the pruned cell is not in the space; InvalidSpaceError if the space has more than 8 vertices.
 */
export function countEncodings(cell: Cell, rule: ValidityRule, space: CellSpace = NASBENCH_101): number {
  checkSpace(space, MAX_PACKED_VERTICES);
  const graph = prunedGraph(cell);
  assertValid({ original: graph, pruned: graph }, space, rule);
  const kept = graph.matrix.length;
  const surroundings = countSurroundings(space.maxVertices, kept);
  const room = rule === 'raw-edges' ? space.maxEdges - countEdges(graph.matrix) : pairCount(space.maxVertices);
  const matrices = surroundings.reduce((sum, count, edges) => (edges <= room ? sum + count : sum), 0);
  return countArrangements(cell, space) * matrices * space.operations.length ** (space.maxVertices - kept);
}

/** The number of different (matrix, labels) that the pruned cell has under vertex orders that keep the upper triangle. */
function countArrangements(cell: Cell, space: CellSpace): number {
  const packed = packCell(prunedGraph(cell), space);
  const labels = operationDigits(packed, space.operations.length);
  const arrangements = new Set<string>();
  forEachOrder(packed.vertices, packed.edges, (edges, place) => {
    const reordered = labels.slice();
    for (let i = 0; i < labels.length; i++) reordered[place[i + 1] - 1] = labels[i];
    arrangements.add(`${edges}:${reordered.join()}`);
    return true;
  });
  return arrangements.size;
}

const knownSurroundings = new Map<number, readonly number[]>();

/**
 * In how many ways a matrix can prune to given edges among `kept` of its vertices, over all choices of these vertices:
 * element e counts the ways with e further edges. The edges among the kept vertices do not matter: all of them are on a path
 * from input to output anyway, so what further edges may do depends only on where those vertices stand.
 */
function countSurroundings(vertices: number, kept: number): readonly number[] {
  const key = vertices * 64 + kept;
  let counts = knownSurroundings.get(key);
  if (counts === undefined) {
    const all = (1 << vertices) - 1;
    const ends = 1 | (1 << (vertices - 1));
    counts = [];
    for (let keptSet = 0; keptSet <= all; keptSet++) {
      if ((keptSet & ends) !== ends || bitCount(keptSet) !== kept) continue;
      const dropped = all & ~keptSet;
      // A dropped vertex is reached from the input or not; run through all subsets of those that are.
      for (let reached = dropped; ; reached = (reached - 1) & dropped) {
        counts = plus(counts, countWiring(vertices, keptSet, reached));
        if (reached === 0) break;
      }
    }
    knownSurroundings.set(key, counts);
  }
  return counts;
}

/**
 * The further edges with exactly `reached` reached among the dropped vertices, as a polynomial: the coefficient of x^e
 * counts the ways with e edges. Reached vertices need an edge from a kept or reached one, and none may lead to a kept one, or
 * they would be kept. Unreached vertices must have no edge from those, and may have any edge to a later vertex.
 */
function countWiring(vertices: number, keptSet: number, reached: number): number[] {
  const sources = keptSet | reached;
  let free = 0;
  let ways = [1];
  for (let v = 1; v < vertices - 1; v++) {
    if ((reached >>> v) & 1) {
      const needed = power(bitCount(sources & ((1 << v) - 1)));
      needed[0] -= 1;
      ways = product(ways, needed);
    } else if (((keptSet >>> v) & 1) === 0) {
      free += vertices - 1 - v;
    }
  }
  return product(ways, power(free));
}

/** (1 + x)^n */
function power(n: number): number[] {
  let result = [1];
  for (let i = 0; i < n; i++) result = product(result, [1, 1]);
  return result;
}

function product(a: readonly number[], b: readonly number[]): number[] {
  const result = Array.from({ length: a.length + b.length - 1 }, () => 0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      result[i + j] += x * y;
    });
  });
  return result;
}

function plus(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));
}
