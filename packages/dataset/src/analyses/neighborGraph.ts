import { CellIndex } from './cellIndex.ts';
import { columnStart } from './matrixBits.ts';
import { type OnProgress, type PackedCells, writeDigits } from './packedCells.ts';

/**
 * Which cells of a table are one edit apart. The neighbours of row r are
 * `neighbors[starts[r]] .. neighbors[starts[r + 1] - 1]`, ascending.
 */
export interface NeighborGraph {
  readonly starts: Uint32Array;
  readonly neighbors: Uint32Array;
}

/**
 * The graph of edit distance 1 over a table's cells. Two cells are neighbours if some point of encoding A that prunes to one
 * and some point that prunes to the other differ in one edge or one operation; it does not matter which rule of validity the
 * points obey. So the relation is symmetric, unlike `neighborCells` of a fixed form: deleting an edge may leave a dead end that is
 * pruned, and the way back starts from a form that has it. Neighbours that are not in the table are left out.
 *
 * O(n times edits): all 423 624 cells of NAS-Bench-101 take about two seconds; the process
 * stays below 300 MB.
 *
 * @param options.onProgress gets the rows done and their number.
 * @throws UsageError if two rows hold the same cell.
 */
export function neighborGraph(cells: PackedCells, options: { readonly onProgress?: OnProgress } = {}): NeighborGraph {
  const { count } = cells;
  const found = new PairList();
  forEachNeighbor(new CellIndex(cells), options.onProgress, (row, neighbor) => found.add(row, neighbor));

  // Counting sort of the pairs, in both directions, by their first row.
  const starts = new Uint32Array(count + 1);
  found.forEach((a, b) => {
    starts[a + 1]++;
    starts[b + 1]++;
  });
  for (let row = 0; row < count; row++) starts[row + 1] += starts[row];
  const neighbors = new Uint32Array(starts[count]);
  const next = starts.slice();
  found.forEach((a, b) => {
    neighbors[next[a]++] = b;
    neighbors[next[b]++] = a;
  });

  // Sort and remove repeats, moving everything up.
  let end = 0;
  for (let row = 0; row < count; row++) {
    const own = neighbors.slice(starts[row], starts[row + 1]).toSorted();
    starts[row] = end;
    for (let i = 0; i < own.length; i++) if (i === 0 || own[i] !== own[i - 1]) neighbors[end++] = own[i];
  }
  starts[count] = end;
  return { starts, neighbors: neighbors.slice(0, end) };
}

/** Every pair of neighbours at least once, in one direction: operations replaced by later ones, and edges deleted. */
function forEachNeighbor(
  index: CellIndex,
  onProgress: OnProgress | undefined,
  visit: (row: number, neighbor: number) => void,
): void {
  const { count, vertices, edges, operations, space } = index.cells;
  const base = space.operations.length;
  const digits = new Uint8Array(space.maxVertices);
  for (let row = 0; row < count; row++) {
    const interior = vertices[row] - 2;
    writeDigits(digits, operations[row], interior, base);
    const own = index.reduce(vertices[row], edges[row]);
    if (own === undefined) continue;
    for (let i = 0; i < interior; i++) {
      const operation = digits[i];
      for (let other = operation + 1; other < base; other++) {
        digits[i] = other;
        const neighbor = index.find(own, digits);
        if (neighbor !== -1) visit(row, neighbor);
      }
      digits[i] = operation;
    }
    for (let bit = 0; bit < columnStart(vertices[row]); bit++) {
      if (((edges[row] >>> bit) & 1) === 0) continue;
      const reduction = index.reduce(vertices[row], edges[row] ^ (1 << bit));
      const neighbor = reduction === undefined ? -1 : index.find(reduction, digits);
      if (neighbor !== -1) visit(row, neighbor);
    }
    if (onProgress && ((row + 1) % 4096 === 0 || row + 1 === count)) onProgress(row + 1, count);
  }
}

/** Pairs of rows in an array that grows. */
class PairList {
  #rows = new Uint32Array(1024);
  #length = 0;

  add(a: number, b: number): void {
    if (this.#length === this.#rows.length) {
      const larger = new Uint32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.#length++] = a;
    this.#rows[this.#length++] = b;
  }

  forEach(visit: (a: number, b: number) => void): void {
    for (let i = 0; i < this.#length; i += 2) visit(this.#rows[i], this.#rows[i + 1]);
  }
}
