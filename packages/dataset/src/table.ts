import { type Cell, type CellGraph, cellFromMatrix, INPUT, type Matrix, OUTPUT } from '@nasbench/graph';
import { getBit } from './bits.ts';
import { TableFormatError } from './errors.ts';
import { HASH_BYTES, readHash } from './hashBytes.ts';
import { HashIndex } from './hashIndex.ts';
import type { TableMetadata } from './metadata.ts';
import type { RecordedCell } from './records.ts';

/** Values of one metric: `repeats` of them for every row, row after row. */
export interface MetricColumn {
  readonly name: string;
  readonly repeats: number;
  /** rows x repeats; float32 if every value is exactly that. The value of an absent run is unspecified. */
  readonly values: Float32Array | Float64Array;
  /** Bit `row * repeats + repeat` is set where the run is present; null: all are. */
  readonly validity: Uint8Array | null;
}

/** Columns that describe the cells. */
export interface CellColumns {
  /** 16 bytes a row, ascending. */
  readonly moduleHashes: Uint8Array;
  readonly vertices: Uint8Array;
  /** Edge masks: bit x + y(y-1)/2 is x -> y. */
  readonly edges: Uint32Array;
  /** Index into `operationLists`. */
  readonly operations: Int8Array | Int16Array | Int32Array;
  /** Interior operations, one entry for each combination that occurs. */
  readonly operationLists: readonly (readonly string[])[];
  readonly trainableParameters: Uint32Array;
}

/** Where a table's columns come from: memory, or a file whose parts are read when first asked for. */
export interface TableSource extends CellColumns {
  /** Names a file or origin in messages. */
  readonly name: string;
  readonly rowCount: number;
  readonly metricNames: readonly string[];
  /** A column of `metricNames`. */
  readMetric(name: string): MetricColumn;
}

/** Whether the run at `index` (row * repeats + repeat) of a column is there. */
export function isPresent(column: MetricColumn, index: number): boolean {
  return column.validity === null || getBit(column.validity, index);
}

/**
 * A benchmark table: one row for each cell, sorted by module hash, in typed arrays. It is immutable and may be shared
 * by any number of readers.
 */
export class BenchmarkTable {
  readonly metadata: TableMetadata;
  readonly rowCount: number;
  /** Names of the per-run columns. */
  readonly metricNames: readonly string[];
  readonly #source: TableSource;
  readonly #metrics = new Map<string, MetricColumn>();
  readonly #names: ReadonlySet<string>;
  readonly #matrices = new Map<number, Matrix>();
  readonly #labels = new Map<readonly string[], readonly string[]>();
  #index: HashIndex | undefined;

  /** Internal: use `buildTable`, `tableFromColumns`, `decodeTable` or `openTable`. */
  constructor(metadata: TableMetadata, source: TableSource) {
    this.metadata = metadata;
    this.rowCount = source.rowCount;
    this.metricNames = source.metricNames;
    this.#names = new Set(source.metricNames);
    this.#source = source;
  }

  /** The columns that describe the cells. Do not write into them. */
  get cells(): CellColumns {
    return this.#source;
  }

  hasColumn(name: string): boolean {
    return this.#names.has(name);
  }

  /** A per-run column, such as `test_accuracy_108`; read once, then kept. Throws TableFormatError if there is none. */
  column(name: string): MetricColumn {
    let column = this.#metrics.get(name);
    if (column === undefined) {
      if (!this.#names.has(name)) {
        throw new TableFormatError(
          `${this.#source.name}: no column ${name}; per-run columns are ${this.metricNames.join(', ')}`,
        );
      }
      column = this.#source.readMetric(name);
      this.#metrics.set(name, column);
    }
    return column;
  }

  /** Row of a module hash (32 lower-case hexadecimal digits), or -1. */
  findRow(moduleHash: string): number {
    this.#index ??= new HashIndex(this.#source.moduleHashes, this.#source.name);
    return this.#index.find(moduleHash);
  }

  /** Module hash of a row. */
  moduleHash(row: number): string {
    this.#checkRow(row);
    return readHash(this.#source.moduleHashes.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES), 0);
  }

  trainableParameters(row: number): number {
    this.#checkRow(row);
    return this.#source.trainableParameters[row];
  }

  /** Vertices, edge mask and interior operations of a row. */
  recordedCell(row: number): RecordedCell {
    this.#checkRow(row);
    const { vertices, edges, operations, operationLists } = this.#source;
    const list = operationLists[operations[row]];
    if (list === undefined || list.length !== vertices[row] - 2 || edges[row] >= 2 ** edgeSlots(vertices[row])) {
      throw new TableFormatError(
        `${this.#source.name}: row ${row} is not a cell: ${vertices[row]} vertices, edge mask ${edges[row]}, operations ${list?.join(',')}`,
      );
    }
    return { vertices: vertices[row], edges: edges[row], operations: list };
  }

  /** Adjacency matrix and labels of a row. Rows of one shape share a frozen matrix; all of NAS-Bench-101 has 2 494 shapes. */
  graph(row: number): CellGraph {
    const recorded = this.recordedCell(row);
    const shape = recorded.vertices * 2 ** 28 + recorded.edges;
    let matrix = this.#matrices.get(shape);
    if (matrix === undefined) {
      matrix = adjacencyOf(recorded);
      this.#matrices.set(shape, matrix);
    }
    let labels = this.#labels.get(recorded.operations);
    if (labels === undefined) {
      labels = Object.freeze(labelsOf(recorded));
      this.#labels.set(recorded.operations, labels);
    }
    return { matrix, operations: labels };
  }

  /** The cell of a row. */
  cell(row: number): Cell {
    const { matrix, operations } = this.graph(row);
    return cellFromMatrix(matrix, operations);
  }

  #checkRow(row: number): void {
    if (!Number.isInteger(row) || row < 0 || row >= this.rowCount) {
      throw new RangeError(`row must be an integer of 0 .. ${this.rowCount - 1}, found ${row}`);
    }
  }
}

/** Number of possible edges among `vertices` vertices. */
export const edgeSlots = (vertices: number): number => (vertices * (vertices - 1)) / 2;

/** Adjacency matrix of a recorded cell, frozen. */
export function adjacencyOf({ vertices, edges }: RecordedCell): Matrix {
  const row = (x: number): readonly number[] =>
    Object.freeze(Array.from({ length: vertices }, (_, y) => (x < y ? (edges >>> (x + edgeSlots(y))) & 1 : 0)));
  return Object.freeze(Array.from({ length: vertices }, (_, x) => row(x)));
}

/** Labels of all vertices of a recorded cell. */
export function labelsOf({ operations }: RecordedCell): string[] {
  return [INPUT, ...operations, OUTPUT];
}

/** Interior operations from their comma-separated form. */
export const splitOperations = (text: string): string[] => (text === '' ? [] : text.split(','));
