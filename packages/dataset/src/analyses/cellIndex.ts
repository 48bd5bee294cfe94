import { UsageError } from '@nasbench/foundation/errors';
import { arrangements, bitCount, keepOnly, keptVertices } from './matrixBits.ts';
import { type PackedCells, writeDigits } from './packedCells.ts';

/**
 * What becomes of graphs with one matrix, whatever their operations: pruned and put in canonical order. The canonical code
 * of the operations is the smallest of the sums of digit times weight, one sum for each vertex order that makes the
 * matrix smallest.
 */
interface Reduction {
  /** 0, 1, 2, ... in the order of discovery. */
  readonly id: number;
  readonly canonicalEdges: number;
  readonly canonicalVertices: number;
  /** For each order, the weight of each interior vertex's digit; 0 for a vertex that is pruned away. */
  readonly weights: readonly Float64Array[];
}

/** Larger look-up tables are refused: 2^28 rows are a gigabyte. */
const MAX_TABLE = 2 ** 28;

/**
 * Finds the row of the cell that any graph prunes to, exactly and without hashes, in some tens of nanoseconds: as there are few
 * matrices, each is pruned and ordered once.
 */
export class CellIndex {
  readonly cells: PackedCells;
  readonly #base: number;
  readonly #reductions = new Map<number, Reduction>();
  /** Where the labellings of a canonical matrix start in `#rows`. */
  readonly #starts = new Map<number, number>();
  readonly #rows: Int32Array;

  /** Throws UsageError if two rows are the same cell. */
  constructor(cells: PackedCells) {
    this.cells = cells;
    this.#base = cells.space.operations.length;
    let size = 0;
    for (let row = 0; row < cells.count; row++) {
      const reduction = this.#reductionOfRow(row);
      const key = canonicalKey(reduction);
      if (this.#starts.has(key)) continue;
      this.#starts.set(key, size);
      size += this.#base ** (reduction.canonicalVertices - 2);
    }
    if (size > MAX_TABLE) throw new UsageError(`the space is too large to index: ${size} labelled matrices`);
    this.#rows = new Int32Array(size).fill(-1);
    const digits = new Uint8Array(cells.space.maxVertices);
    for (let row = 0; row < cells.count; row++) {
      const reduction = this.#reductionOfRow(row);
      writeDigits(digits, cells.operations[row], cells.vertices[row] - 2, this.#base);
      const place = (this.#starts.get(canonicalKey(reduction)) as number) + canonicalCode(reduction, digits);
      if (this.#rows[place] !== -1) {
        throw new UsageError(`rows ${this.#rows[place]} and ${row} hold the same cell`);
      }
      this.#rows[place] = row;
    }
  }

  /**
   * How a matrix of at most 8 vertices is pruned and ordered; undefined if its output is not reachable or too many edges are
   * left: then no operations make it a valid cell.
   */
  reduce(vertices: number, edges: number): Reduction | undefined {
    const kept = keptVertices(vertices, edges);
    if (kept === 0) return undefined;
    const pruned = keepOnly(vertices, edges, kept);
    if (bitCount(pruned) > this.cells.space.maxEdges) return undefined;
    const key = kept * 2 ** 28 + pruned;
    let reduction = this.#reductions.get(key);
    if (reduction === undefined) {
      reduction = reductionOf(this.#reductions.size, kept, pruned, this.#base);
      this.#reductions.set(key, reduction);
    }
    return reduction;
  }

  /** All matrices seen so far, pruned: the reductions by their ids. */
  get reductions(): readonly Reduction[] {
    return [...this.#reductions.values()];
  }

  /** The row of the cell with that matrix and these operations of the unpruned interior vertices, or -1. */
  find(reduction: Reduction, digits: Uint8Array): number {
    const start = this.#starts.get(canonicalKey(reduction));
    return start === undefined ? -1 : this.#rows[start + canonicalCode(reduction, digits)];
  }

  #reductionOfRow(row: number): Reduction {
    const reduction = this.reduce(this.cells.vertices[row], this.cells.edges[row]);
    if (reduction?.canonicalVertices !== this.cells.vertices[row]) {
      throw new UsageError(`row ${row} does not hold a pruned cell: edge mask ${this.cells.edges[row]}`);
    }
    return reduction;
  }
}

const canonicalKey = ({ canonicalVertices, canonicalEdges }: Reduction): number =>
  canonicalVertices * 2 ** 28 + canonicalEdges;

function reductionOf(id: number, kept: number, pruned: number, base: number): Reduction {
  const keptList = Array.from({ length: 32 - Math.clz32(kept) }, (_, v) => v).filter((v) => (kept >>> v) & 1);
  const vertices = keptList.length;
  const orders = arrangements(vertices, pruned);
  const canonicalEdges = orders.reduce((smallest, { edges }) => Math.min(smallest, edges), orders[0].edges);
  const weights = orders
    .filter(({ edges }) => edges === canonicalEdges)
    .map(({ places }) => {
      // The output is the last kept vertex; digits start at vertex 1.
      const weight = new Float64Array(keptList[vertices - 1] - 1);
      for (let i = 1; i < vertices - 1; i++) weight[keptList[i] - 1] = base ** (vertices - 2 - places[i]);
      return weight;
    });
  return { id, canonicalEdges, canonicalVertices: vertices, weights };
}

function canonicalCode({ weights }: Reduction, digits: Uint8Array): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const weight of weights) {
    let code = 0;
    for (let i = 0; i < weight.length; i++) code += weight[i] * digits[i];
    if (code < smallest) smallest = code;
  }
  return smallest;
}
