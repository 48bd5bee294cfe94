import { getBit } from './bits.ts';
import { type LazyArray, wholeArray } from './lazyArray.ts';

/** Values of one metric: `repeats` of them for every row, row after row. */
export interface MetricColumn {
  readonly name: string;
  readonly repeats: number;
  /** rows x repeats; float32 if every value is exactly that. The value of an absent run is unspecified. */
  readonly values: Float32Array | Float64Array;
  /** Bit `row * repeats + repeat` is set where the run is present; null: all are. */
  readonly validity: Uint8Array | null;
}

/** What computed each run: indices into the metadata's `engines`. Its shape is that of a `MetricColumn`. */
export interface EngineColumn {
  readonly name: string;
  readonly repeats: number;
  readonly values: Uint8Array;
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

/** `CellColumns` whose rows may have to be ensured first. */
type LazyCellColumns = {
  readonly [Name in keyof CellColumns]: Name extends 'operationLists'
    ? CellColumns[Name]
    : LazyArray<CellColumns[Name]>;
};

/** A `MetricColumn` whose values may have to be ensured first. */
export interface LazyMetricColumn {
  readonly name: string;
  readonly repeats: number;
  readonly values: LazyArray<Float32Array> | LazyArray<Float64Array>;
  readonly validity: Uint8Array | null;
}

export interface LazyEngineColumn extends Omit<EngineColumn, 'values'> {
  readonly values: LazyArray<Uint8Array>;
}

/** Where a table's columns come from: memory, or a file whose parts are read when first asked for. */
export interface TableSource {
  /** Names a file or origin in messages. */
  readonly name: string;
  readonly rowCount: number;
  readonly metricNames: readonly string[];
  readonly cells: LazyCellColumns;
  /** A column of `metricNames`. */
  metric(name: string): LazyMetricColumn;
  /** The column of engines of a budget; only asked for if the metadata name several. */
  engine(epochs: number): LazyEngineColumn;
}

/** Whether the run at `index` (row * repeats + repeat) of a column is there. */
export function isPresent(column: { readonly validity: Uint8Array | null }, index: number): boolean {
  return column.validity === null || getBit(column.validity, index);
}

/** The column with all of its values. */
export function wholeMetric({ values, ...column }: LazyMetricColumn): MetricColumn {
  return { ...column, values: wholeArray<Float32Array | Float64Array>(values) };
}
