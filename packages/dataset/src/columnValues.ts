import { spellingDistance } from '@nasbench/foundation/spelling';
import {
  type ColumnValues,
  DERIVED_COLUMNS,
  type DerivedColumn,
  derivedColumn,
  operationCountColumns,
  operationCounts,
} from './derivedColumns.ts';
import { type Place, UnknownColumnError } from './expressions/expressionError.ts';
import { meanOverRepeats } from './repeats.ts';
import type { BenchmarkTable } from './table.ts';

const CELL_COLUMNS = ['vertices', 'edges', 'trainable_parameters'] as const;
const CACHE = new WeakMap<BenchmarkTable, Map<string, ColumnValues>>();

/** Names that `columnValues` and expressions know: of the cells, derived from them, and the per-run columns. */
export function columnNames(table: BenchmarkTable): string[] {
  const counts = operationCountColumns(table.metadata.space);
  return [...new Set([...CELL_COLUMNS, ...DERIVED_COLUMNS, ...table.metricNames, ...counts])];
}

/**
 * One number for every row: `vertices`, `edges` (the mask), `trainable_parameters`; `edge_count`, `depth`, `width`,
 * operation counts such as `conv3x3`; `multiply_adds` of one image through the network of `multiplyAddsNetwork`; of
 * a per-run column, such as `test_accuracy_108`, the mean of the runs that are present, NaN if none is. Whatever is
 * computed is kept with the table, means excepted: do not write into it. Throws UnknownColumnError.
 */
export function columnValues(table: BenchmarkTable, name: string): ColumnValues {
  return table.hasColumn(name) ? meanOverRepeats(table.column(name)) : cellValues(table, name);
}

/** The same for columns that are not per-run; `place` is where the name stands, for the message of the error. */
export function cellValues(table: BenchmarkTable, name: string, place?: Place): ColumnValues {
  let cache = CACHE.get(table);
  if (cache === undefined) CACHE.set(table, (cache = new Map<string, ColumnValues>()));
  let values = cache.get(name);
  if (values === undefined) {
    values = computed(table, name, place);
    cache.set(name, values);
  }
  return values;
}

function computed(table: BenchmarkTable, name: string, place: Place | undefined): ColumnValues {
  const { cells, metadata } = table;
  if (name === 'vertices') return cells.vertices;
  if (name === 'edges') return cells.edges;
  if (name === 'trainable_parameters') return cells.trainableParameters;
  if (isDerived(name)) return derivedColumn(table, name);
  const operation = operationCountColumns(metadata.space).indexOf(name);
  if (operation < 0) throw unknownColumn(table, name, place);
  return operationCounts(table, operation);
}

const isDerived = (name: string): name is DerivedColumn => DERIVED_COLUMNS.some((derived) => derived === name);

const OFFERED = 3;

/** `test_accuracy` means `test_accuracy_108`. */
const ADDED_AT_END = 0.1;

function unknownColumn(table: BenchmarkTable, name: string, place: Place | undefined): UnknownColumnError {
  const wanted = name.slice(0, 100);
  const nearest = columnNames(table)
    .map((candidate) => ({ candidate, distance: spellingDistance(wanted, candidate, ADDED_AT_END) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, OFFERED);
  return new UnknownColumnError(
    name,
    nearest.map(({ candidate }) => candidate),
    place,
  );
}
