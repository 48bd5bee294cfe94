import type { BenchmarkTable } from '../table.ts';
import { isPresent, type MetricColumn } from '../tableSource.ts';

/**
 * Names of the columns of a CSV or Parquet export in their order: one column for each repeat of a per-run column
 * (`test_accuracy_108_0`), which tools filter and sum without knowing lists, and the provenance in every row, which no
 * reader can overlook.
 */
export function flatColumnNames(table: BenchmarkTable): string[] {
  const { repeats } = table.metadata;
  const names = [...table.metricNames, ...table.engineColumns.map(({ name }) => name)];
  return [
    ...CELL_COLUMNS,
    ...names.flatMap((name) => Array.from({ length: repeats }, (_, repeat) => `${name}_${repeat}`)),
    'provenance',
  ];
}

export const CELL_COLUMNS = ['module_hash', 'vertices', 'edges', 'operations', 'trainable_parameters'] as const;

export interface ExportOptions {
  /** Called now and then with the number of rows done. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Consecutive ranges of so many rows. */
export function* rowRanges(rowCount: number, size: number): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < rowCount; start += size) yield [start, Math.min(start + size, rowCount)];
}

/** A value, or null where the run is absent. */
export const valueOrNull = (column: MetricColumn, index: number): number | null =>
  isPresent(column, index) ? column.values[index] : null;

/** Columns of engines with their names instead of codes, null where there is no run. */
export function engineTexts(
  table: BenchmarkTable,
): { name: string; repeats: number; text: (index: number) => string | null }[] {
  const { engines = [] } = table.metadata;
  return table.engineColumns.map((column) => ({
    name: column.name,
    repeats: column.repeats,
    text: (index) => (isPresent(column, index) ? (engines[column.values[index]] ?? null) : null),
  }));
}
