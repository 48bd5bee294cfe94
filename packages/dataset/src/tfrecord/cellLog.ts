import { cellFromMatrix, isValid } from '@nasbench/graph';
import { grown } from '../growingColumn.ts';
import { compareHashes, HASH_BYTES, readHash } from '../hashBytes.ts';
import { adjacencyOf, labelsOf } from '../recordedCell.ts';
import type { CellColumns } from '../tableSource.ts';
import type { OperationTexts } from './cellText.ts';
import type { CellBatch } from './hashCheck.ts';
import type { Fail } from './metrics.ts';
import type { Run } from './run.ts';

/** Where a cell came first: for messages about it that come later. */
interface Origin {
  readonly record: number;
  readonly byteOffset: number;
}

interface Shape {
  readonly vertices: number;
  readonly edges: number;
}

/** The distinct cells of a file in order of appearance, found by hash. */
export class CellLog {
  rowCount = 0;
  #takenRows = 0;
  #lastRow = 0;
  readonly #texts: OperationTexts;
  #hashes = new Uint8Array(0);
  #operations = new Uint32Array(0);
  #parameters = new Uint32Array(0);
  #shapeOfRow = new Uint32Array(0);
  #records = new Float64Array(0);
  #offsets = new Float64Array(0);
  readonly #shapes: Shape[] = [];
  readonly #shapeCodes = new Map<number, number>();
  /**
   * Open addressing by the first four bytes of the hash, at most half full: row + 1, or 0. Empty as long as the cells come
   * in the order of their hashes, as in the official files: then one that is greater than the last is new.
   */
  #slots = new Uint32Array(0);

  constructor(texts: OperationTexts) {
    this.#texts = texts;
  }

  /**
   * Row of the run's cell, which is checked and appended when new, and compared when not. `record` and `byteOffset` are kept
   * as its origin.
   */
  rowOf(run: Run, record: number, byteOffset: number, fail: Fail): number {
    const { hash } = run;
    if (run.isSameCell) {
      this.#checkParameters(run, this.#lastRow, fail);
      return this.#lastRow;
    }
    // Most files have the runs of a cell together.
    if (this.rowCount > 0 && compareHashes(this.#hashes, this.#lastRow, hash, 0) === 0) {
      this.#checkSame(run, this.#lastRow, fail);
      return this.#lastRow;
    }
    this.#lastRow = this.#findOrAppend(run, record, byteOffset, fail);
    return this.#lastRow;
  }

  #findOrAppend(run: Run, record: number, byteOffset: number, fail: Fail): number {
    const { hash } = run;
    const last = this.rowCount - 1;
    if (this.#slots.length === 0) {
      if (last < 0 || compareHashes(this.#hashes, last, hash, 0) < 0)
        return this.#append(run, record, byteOffset, fail);
      this.#rehash();
    }
    const mask = this.#slots.length - 1;
    let slot = firstSlot(hash, 0, mask);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const row = this.#slots[slot] - 1;
      if (compareHashes(this.#hashes, row, hash, 0) !== 0) continue;
      this.#checkSame(run, row, fail);
      return row;
    }
    const row = this.#append(run, record, byteOffset, fail);
    this.#slots[slot] = row + 1;
    if (2 * this.rowCount > this.#slots.length) this.#rehash();
    return row;
  }

  originOf(row: number): Origin {
    return { record: this.#records[row], byteOffset: this.#offsets[row] };
  }

  hashOf(row: number): string {
    return readHash(this.#hashes, row);
  }

  /** Cells that no batch had yet. */
  get newRows(): number {
    return this.rowCount - this.#takenRows;
  }

  /** All cells that no batch had yet. */
  takeBatch(): CellBatch {
    const rows = this.#newRowsByShape();
    this.#takenRows = this.rowCount;
    return { space: this.#texts.space, rows, ...this.#graphs(rows), recorded: this.#hashesOf(rows) };
  }

  /** The columns of a table, rows ascending by hash, and the final position of each row here. */
  finish(): { readonly cells: CellColumns; readonly positions: Uint32Array } {
    const order = new Uint32Array(this.rowCount).map((_, row) => row);
    const compare = (a: number, b: number): number => compareHashes(this.#hashes, a, this.#hashes, b);
    if (!order.every((row) => row === 0 || compare(row - 1, row) < 0)) order.sort(compare);
    const positions = new Uint32Array(order.length);
    for (let position = 0; position < order.length; position++) positions[order[position]] = position;
    const { vertices, edges, operations } = this.#graphs(order);
    return {
      positions,
      cells: {
        moduleHashes: this.#hashesOf(order),
        vertices,
        edges,
        ...this.#operationColumns(vertices, operations),
        trainableParameters: order.map((row) => this.#parameters[row]),
      },
    };
  }

  #hashesOf(rows: Uint32Array): Uint8Array {
    const hashes = new Uint8Array(rows.length * HASH_BYTES);
    for (let i = 0; i < rows.length; i++) {
      const from = rows[i] * HASH_BYTES;
      for (let k = 0; k < HASH_BYTES; k++) hashes[i * HASH_BYTES + k] = this.#hashes[from + k];
    }
    return hashes;
  }

  /** The graphs of some rows, packed. */
  #graphs(rows: Uint32Array): { vertices: Uint8Array; edges: Uint32Array; operations: Uint32Array } {
    const vertices = new Uint8Array(rows.length);
    const edges = new Uint32Array(rows.length);
    const operations = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const shape = this.#shapes[this.#shapeOfRow[rows[i]]];
      vertices[i] = shape.vertices;
      edges[i] = shape.edges;
      operations[i] = this.#operations[rows[i]];
    }
    return { vertices, edges, operations };
  }

  #operationColumns(vertices: Uint8Array, packed: Uint32Array): Pick<CellColumns, 'operations' | 'operationLists'> {
    const keys = packed.map((code, i) => code * 16 + vertices[i]);
    const lists = Array.from(new Set(keys), (key) => ({
      key,
      names: this.#texts.namesOf(key % 16, Math.floor(key / 16)),
    }));
    // As TableBuilder orders them: the same records give the same file.
    const text = ({ names }: { names: readonly string[] }): string => names.join(',');
    lists.sort((a, b) => (text(a) < text(b) ? -1 : 1));
    const codes = new Map(lists.map(({ key }, code) => [key, code]));
    const operations = new Int32Array(keys.length).map((_, i) => codes.get(keys[i]) as number);
    return {
      operations: lists.length <= 2 ** 15 ? Int16Array.from(operations) : operations,
      operationLists: lists.map(({ names }) => names),
    };
  }

  #append(run: Run, record: number, byteOffset: number, fail: Fail): number {
    const shape = this.#shapeOf(run, fail);
    const row = this.rowCount++;
    if (row === this.#operations.length) {
      this.#operations = grown(this.#operations, row + 1);
      this.#hashes = grown(this.#hashes, this.#operations.length * HASH_BYTES);
      this.#parameters = grown(this.#parameters, row + 1);
      this.#shapeOfRow = grown(this.#shapeOfRow, row + 1);
      this.#records = grown(this.#records, row + 1);
      this.#offsets = grown(this.#offsets, row + 1);
    }
    this.#hashes.set(run.hash, row * HASH_BYTES);
    this.#operations[row] = run.operations;
    this.#parameters[row] = run.parameters;
    this.#shapeOfRow[row] = shape;
    this.#records[row] = record;
    this.#offsets[row] = byteOffset;
    return row;
  }

  #checkSame(run: Run, row: number, fail: Fail): void {
    const shape = this.#shapes[this.#shapeOfRow[row]];
    if (shape.edges !== run.edges || shape.vertices !== run.vertices || this.#operations[row] !== run.operations) {
      const where = `cell ${readHash(run.hash, 0)} in record ${this.#records[row]}`;
      fail(`expected the adjacency and operations of ${where}, found others: a table holds one graph for each cell`);
    }
    this.#checkParameters(run, row, fail);
  }

  #checkParameters({ hash, parameters }: Run, row: number, fail: Fail): void {
    if (this.#parameters[row] === parameters) return;
    const where = `cell ${readHash(hash, 0)} in record ${this.#records[row]}`;
    fail(`expected the ${this.#parameters[row]} trainable parameters of ${where}, found ${parameters}`);
  }

  /** Code of the run's matrix, which must be one of the space that pruning leaves as it is. */
  #shapeOf({ vertices, edges, operations }: Run, fail: Fail): number {
    const key = vertices * 2 ** 28 + edges;
    const known = this.#shapeCodes.get(key);
    if (known !== undefined) return known;
    const { space } = this.#texts;
    const recorded = { vertices, edges, operations: this.#texts.namesOf(vertices, operations) };
    const cell = cellFromMatrix(adjacencyOf(recorded), labelsOf(recorded));
    if (!isValid(cell, space) || cell.pruned?.operations.length !== vertices) {
      fail(
        `expected a pruned cell of at most ${space.maxVertices} vertices and ${space.maxEdges} edges, found ${cell.original.matrix.map((row) => row.join('')).join('/')}`,
      );
    }
    const code = this.#shapes.length;
    this.#shapes.push({ vertices, edges });
    this.#shapeCodes.set(key, code);
    return code;
  }

  /** Counting sort. */
  #newRowsByShape(): Uint32Array {
    const starts = new Uint32Array(this.#shapes.length + 1);
    for (let row = this.#takenRows; row < this.rowCount; row++) starts[this.#shapeOfRow[row] + 1]++;
    for (let shape = 0; shape < this.#shapes.length; shape++) starts[shape + 1] += starts[shape];
    const order = new Uint32Array(this.newRows);
    for (let row = this.#takenRows; row < this.rowCount; row++) order[starts[this.#shapeOfRow[row]]++] = row;
    return order;
  }

  #rehash(): void {
    const slots = new Uint32Array(2 ** Math.ceil(Math.log2(4 * this.rowCount + 64)));
    const mask = slots.length - 1;
    for (let row = 0; row < this.rowCount; row++) {
      let slot = firstSlot(this.#hashes, row, mask);
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}

function firstSlot(hashes: Uint8Array, row: number, mask: number): number {
  const at = row * HASH_BYTES;
  const word = (hashes[at] << 24) | (hashes[at + 1] << 16) | (hashes[at + 2] << 8) | hashes[at + 3];
  return (word >>> 0) & mask;
}
