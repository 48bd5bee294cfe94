import { type Cell, type CellSpace, canonicalForm } from '@nasbench/graph';
import type { BenchmarkTable } from './table.ts';

/** Fewer questions are answered sooner by module hashes than by an index that has to be built first (40 ms for 423 624 rows). */
const QUESTIONS_BEFORE_BUILDING = 64;
/** Rows that find no slot within so many are left out: no file can make building or asking slow. */
const MAX_PROBES = 128;

/**
 * Finds the row of a cell by its canonical form, which takes a fifth of the time of its module hash. Tables hold the
 * canonical member of each class as the official one does; rows that hold another one are not found here, so a miss means
 * nothing.
 *
 * ```
 * slots   .  row + 1  .  .  row + 1  ...        open addressing by a mix of edges and operations;
 *            edges[row], operations[row]        the key is in the table's own columns
 * ```
 */
export class RowIndex {
  readonly #table: BenchmarkTable;
  #questions = 0;
  #built: BuiltIndex | undefined;

  constructor(table: BenchmarkTable) {
    this.#table = table;
  }

  /** Row of a valid cell, or -1 if it is not found; the first questions are not answered. */
  find(cell: Cell): number {
    if (this.#built === undefined) {
      if (this.#questions++ < QUESTIONS_BEFORE_BUILDING) return -1;
      this.#built = build(this.#table);
    }
    const { slots, codes, edges, operations } = this.#built;
    const { space } = this.#table.metadata;
    const wanted = canonicalForm(cell, space);
    const code = codes.get(operationsKey(wanted.vertices, wanted.operations));
    if (code === undefined) return -1;
    const mask = slots.length - 1;
    for (
      let slot = mix(wanted.edges, code) & mask, probes = 0;
      probes < MAX_PROBES;
      probes++, slot = (slot + 1) & mask
    ) {
      const row = slots[slot] - 1;
      if (row < 0) return -1;
      if (edges[row] === wanted.edges && operations[row] === code) return row;
    }
    return -1;
  }
}

const INDEXES = new WeakMap<BenchmarkTable, RowIndex>();

/** The index of a table, shared by all who ask it. */
export function rowIndexOf(table: BenchmarkTable): RowIndex {
  let index = INDEXES.get(table);
  if (index === undefined) INDEXES.set(table, (index = new RowIndex(table)));
  return index;
}

interface BuiltIndex {
  /** A power of two of them; row + 1, or 0. */
  readonly slots: Int32Array;
  /** Vertices and packed operations to the table's code of the list. */
  readonly codes: ReadonlyMap<number, number>;
  readonly edges: Uint32Array;
  readonly operations: ArrayLike<number>;
}

function build(table: BenchmarkTable): BuiltIndex {
  const { edges, operations, operationLists } = table.cells;
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * table.rowCount + 1)));
  const mask = slots.length - 1;
  for (let row = 0; row < table.rowCount; row++) {
    let slot = mix(edges[row], operations[row]) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
      const other = slots[slot] - 1;
      if (other < 0) slots[slot] = row + 1;
      if (other < 0 || (edges[other] === edges[row] && operations[other] === operations[row])) break;
    }
  }
  return { slots, codes: codesOf(operationLists, table.metadata.space), edges, operations };
}

function codesOf(lists: readonly (readonly string[])[], { operations }: CellSpace): Map<number, number> {
  const digits = new Map(operations.map((operation, digit) => [operation, digit]));
  const codes = new Map<number, number>();
  for (const [code, list] of lists.entries()) {
    const packed = list.reduce((sum, name) => sum * operations.length + (digits.get(name) ?? Number.NaN), 0);
    const key = operationsKey(list.length + 2, packed);
    // Beyond that, keys of so many operations would no longer be exact.
    if (key <= Number.MAX_SAFE_INTEGER && !codes.has(key)) codes.set(key, code);
  }
  return codes;
}

const operationsKey = (vertices: number, packed: number): number => packed * 16 + vertices;

function mix(edges: number, code: number): number {
  const mixed = Math.imul(edges ^ Math.imul(code, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
