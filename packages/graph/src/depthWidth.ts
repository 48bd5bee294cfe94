import type { Cell } from './cell.ts';
import { prunedGraph } from './validity.ts';

/**
 * The number of edges on the longest path from input to output of the pruned cell: 1 .. vertices - 1.
 *
 * @throws InvalidCellError if the output cannot be reached from the input.
 */
export function depth(cell: Cell): number {
  const { matrix } = prunedGraph(cell);
  const longest = matrix.map(() => 0);
  for (let y = 1; y < matrix.length; y++) {
    for (let x = 0; x < y; x++) if (matrix[x][y] === 1) longest[y] = Math.max(longest[y], longest[x] + 1);
  }
  return longest[matrix.length - 1];
}

/**
 * The maximum directed cut of the pruned cell: the largest number of edges between an input side and an output side, over
 * all divisions of the vertices in which every crossing edge leads from the input's side to the output's. It is the number
 * of tensors that must be alive at once; a chain has width 1. (Without the condition, the name also stands for a graph
 * problem whose answer for a chain of 6 edges is 3: that is no width.)
 *
 * @throws InvalidCellError if the output cannot be reached from the input.
 */
export function width(cell: Cell): number {
  const { matrix } = prunedGraph(cell);
  const vertices = matrix.length;
  const reaches = matrix.map((_, x) => matrix.map((__, y) => x === y));
  for (let x = vertices - 1; x >= 0; x--) {
    for (let y = x + 1; y < vertices; y++) {
      if (matrix[x][y] === 0) continue;
      for (let z = y; z < vertices; z++) reaches[x][z] ||= reaches[y][z];
    }
  }
  const edges = matrix.flatMap((row, x) => row.flatMap((value, y) => (value === 1 ? [{ from: x, to: y }] : [])));
  // Edges cross one such cut together if and only if no path takes two of them. By Dilworth's theorem the largest such set
  // is as large as the smallest set of paths through all edges: edges minus the most that can get a successor of their own.
  const followed = edges.map((edge) => edges.flatMap((other, i) => (reaches[edge.to][other.from] ? [i] : [])));
  return edges.length - maximumMatching(followed);
}

/** Size of a maximum matching: item i may be matched with any of `partners[i]`, each partner once (augmenting paths). */
function maximumMatching(partners: readonly (readonly number[])[]): number {
  const matchOf = new Map<number, number>();
  const augment = (item: number, tried: Set<number>): boolean => {
    for (const partner of partners[item]) {
      if (tried.has(partner)) continue;
      tried.add(partner);
      const rival = matchOf.get(partner);
      if (rival === undefined || augment(rival, tried)) {
        matchOf.set(partner, item);
        return true;
      }
    }
    return false;
  };
  return partners.filter((_, item) => augment(item, new Set())).length;
}
