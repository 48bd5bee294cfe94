import { adjacencyOf, evaluateExpression, isPresent, labelsOf, type NASBench } from '@nasbench/dataset';
import { cellFromMatrix, formatCell } from '@nasbench/graph';
import { formatPercent } from '@nasbench/terminal';

/** The largest budget of a table: the one that results are judged by. */
export function largestBudget({ metadata }: NASBench): number {
  return metadata.epochs[metadata.epochs.length - 1];
}

/** Means over the repeats of one row at one budget. */
export interface RowSummary {
  readonly moduleHash: string;
  readonly cell: string;
  readonly trainableParameters: number;
  readonly epochs: number;
  /** runs that the means are of */
  readonly repeats: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
  readonly trainingTime: number;
}

export function summarizeRow(bench: NASBench, row: number, epochs = largestBudget(bench)): RowSummary {
  const { table } = bench;
  const recorded = table.recordedCell(row);
  const column = table.column(`test_accuracy_${epochs}`);
  const runs = Array.from({ length: column.repeats }, (_, repeat) => row * column.repeats + repeat);
  const present = runs.filter((run) => isPresent(column, run));
  const mean = (metric: string): number => {
    const { values } = table.column(`${metric}_${epochs}`);
    return present.reduce((sum, run) => sum + values[run], 0) / present.length;
  };
  return {
    moduleHash: table.moduleHash(row),
    cell: formatCell(cellFromMatrix(adjacencyOf(recorded), labelsOf(recorded)), table.metadata.space),
    trainableParameters: table.trainableParameters(row),
    epochs,
    repeats: present.length,
    trainAccuracy: mean('train_accuracy'),
    validationAccuracy: mean('validation_accuracy'),
    testAccuracy: mean('test_accuracy'),
    trainingTime: mean('training_time'),
  };
}

/** A number for each of some rows, beside what a summary holds. */
export interface ExtraColumn {
  /** an expression */
  readonly name: string;
  readonly values: readonly number[];
}

export function extraColumns(
  table: NASBench['table'],
  rows: Uint32Array,
  expressions: readonly string[],
): readonly ExtraColumn[] {
  return expressions.map((name) => {
    const all = evaluateExpression(table, name);
    return { name, values: Array.from(rows, (row) => all[row]) };
  });
}

/** A row in one line for people. */
export function describeRow(bench: NASBench, row: number): string {
  const { moduleHash, validationAccuracy, testAccuracy, epochs, cell } = summarizeRow(bench, row);
  return `${moduleHash}  validation ${formatPercent(validationAccuracy)}, test ${formatPercent(testAccuracy)} after ${epochs} epochs  ${cell}`;
}
