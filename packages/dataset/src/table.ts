import { type Cell, type CellGraph, cellFromMatrix, type Matrix } from '@nasbench/graph';
import { TableFormatError } from './errors.ts';
import { HASH_BYTES, readHash } from './hashBytes.ts';
import { HashSearch } from './hashSearch.ts';
import { type LazyArray, wholeArray } from './lazyArray.ts';
import type { TableMetadata } from './metadata.ts';
import { adjacencyOf, edgeSlots, labelsOf } from './recordedCell.ts';
import type { RecordedCell } from './records.ts';
import {
  type CellColumns,
  type EngineColumn,
  isPresent,
  type LazyMetricColumn,
  type MetricColumn,
  type TableSource,
  wholeMetric,
} from './tableSource.ts';

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
  readonly #metrics = new Map<string, LazyMetricColumn>();
  readonly #names: ReadonlySet<string>;
  readonly #matrices = new Map<number, Matrix>();
  /** By code of the operation list. */
  readonly #labels: (readonly string[] | undefined)[] = [];
  #search: HashSearch | undefined;

  /** Internal: use `buildTable`, `tableFromColumns`, `decodeTable` or `openTable`. */
  constructor(metadata: TableMetadata, source: TableSource) {
    this.metadata = metadata;
    this.rowCount = source.rowCount;
    this.metricNames = source.metricNames;
    this.#names = new Set(source.metricNames);
    this.#source = source;
  }

  /** The columns that describe the cells, whole. Do not write into them. */
  get cells(): CellColumns {
    const { moduleHashes, vertices, edges, operations, operationLists, trainableParameters } = this.#source.cells;
    return {
      moduleHashes: wholeArray(moduleHashes),
      vertices: wholeArray(vertices),
      edges: wholeArray(edges),
      operations: wholeArray(operations),
      operationLists,
      trainableParameters: wholeArray(trainableParameters),
    };
  }

  hasColumn(name: string): boolean {
    return this.#names.has(name);
  }

  /** A per-run column, such as `test_accuracy_108`, whole. Throws TableFormatError if there is none. */
  column(name: string): MetricColumn {
    return wholeMetric(this.lazyColumn(name));
  }

  /** Internal: a per-run column whose values have to be ensured before they are read. */
  lazyColumn(name: string): LazyMetricColumn {
    let column = this.#metrics.get(name);
    if (column === undefined) {
      if (!this.#names.has(name)) {
        throw new TableFormatError(
          `${this.#source.name}: no column ${name}; per-run columns are ${this.metricNames.join(', ')}`,
        );
      }
      column = this.#source.metric(name);
      this.#metrics.set(name, column);
    }
    return column;
  }

  /**
   * One value of a per-run column, or null if that run is absent. From a file it reads the surroundings of the row only:
   * for whole columns use `column`. `row` and `repeat` must be in range. Throws TableFormatError if there is no such column.
   */
  value(name: string, row: number, repeat: number): number | null {
    const column = this.lazyColumn(name);
    const index = row * column.repeats + repeat;
    if (!isPresent(column, index)) return null;
    column.values.ensure(index, index + 1);
    return column.values.array[index];
  }

  /** What computed a run; null if that is unknown, or if there is no completed run. */
  engineOf(epochs: number, row: number, repeat: number): string | null {
    const { engine, engines } = this.metadata;
    if (engines === undefined) return engine;
    const { repeats, values, validity } = this.#source.engine(epochs);
    const index = row * repeats + repeat;
    if (!isPresent({ validity }, index)) return null;
    values.ensure(index, index + 1);
    return engines[values.array[index]] ?? null;
  }

  /** Internal: the column of engines of each budget, whole; none if the metadata do not name several. */
  get engineColumns(): EngineColumn[] {
    const budgets = this.metadata.engines === undefined ? [] : this.metadata.epochs;
    return budgets.map((epochs) => {
      const column = this.#source.engine(epochs);
      return { ...column, values: wholeArray(column.values) };
    });
  }

  /** Row of a module hash (32 lower-case hexadecimal digits), or -1. */
  findRow(moduleHash: string): number {
    this.#search ??= new HashSearch(this.#source.cells.moduleHashes, this.#source.name);
    return this.#search.find(moduleHash);
  }

  /** Module hash of a row. */
  moduleHash(row: number): string {
    this.#checkRow(row);
    const { moduleHashes } = this.#source.cells;
    moduleHashes.ensure(row * HASH_BYTES, (row + 1) * HASH_BYTES);
    return readHash(moduleHashes.array, row);
  }

  trainableParameters(row: number): number {
    this.#checkRow(row);
    return elementAt(this.#source.cells.trainableParameters, row);
  }

  /** Vertices, edge mask and interior operations of a row. */
  recordedCell(row: number): RecordedCell {
    this.#checkRow(row);
    const { cells, name } = this.#source;
    const vertices = elementAt(cells.vertices, row);
    const edges = elementAt(cells.edges, row);
    const operations = cells.operationLists[elementAt(cells.operations, row)];
    if (operations === undefined || operations.length !== vertices - 2 || edges >= 2 ** edgeSlots(vertices)) {
      throw new TableFormatError(
        `${name}: row ${row} is not a cell: ${vertices} vertices, edge mask ${edges}, operations ${operations?.join(',')}`,
      );
    }
    return { vertices, edges, operations };
  }

  /** Adjacency matrix and labels of a row. Rows of one shape share a frozen matrix; all of NAS-Bench-101 has 2 494 shapes. */
  graph(row: number): CellGraph {
    this.#checkRow(row);
    const { cells } = this.#source;
    cells.operations.ensure(row, row + 1);
    cells.vertices.ensure(row, row + 1);
    cells.edges.ensure(row, row + 1);
    // The reads stand together: the processor then waits for all three places in memory at the same time.
    const list = cells.operations.array[row];
    const vertices = cells.vertices.array[row];
    // For 7 vertices a small integer, which is looked up fastest; exact for 8 too.
    const shape = cells.edges.array[row] * 16 + vertices;
    let matrix = this.#matrices.get(shape);
    let labels = this.#labels[list];
    if (matrix === undefined || labels?.length !== vertices) {
      const recorded = this.recordedCell(row);
      this.#matrices.set(shape, (matrix = adjacencyOf(recorded)));
      this.#labels[list] = labels = Object.freeze(labelsOf(recorded));
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

function elementAt(lazy: LazyArray<ArrayLike<number>>, index: number): number {
  lazy.ensure(index, index + 1);
  return lazy.array[index];
}
