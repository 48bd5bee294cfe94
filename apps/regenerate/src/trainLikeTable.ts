import { type BenchmarkTable, type Evaluation, NASBench, type RunMetrics } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { type Cell, NASBENCH_101 } from '@nasbench/graph';
import {
  type CellArgument,
  type CommandContext,
  formatPercent,
  formatTable,
  resolveCell,
  showExpansion,
} from '@nasbench/terminal';
import { type EngineChoice, startBackend } from '@nasbench/trainer';
import { CODE_VERSION } from './prepareRegeneration.ts';
import { tableEvaluator } from './tableEvaluator.ts';
import { differenceOf } from './tableTraining.ts';
import { describeProgress } from './trainProgress.ts';

/** `nasbench train CELL --table TABLE`: the cell as the table's rows were trained, beside what the table holds. */
export async function trainLikeTable(
  cellText: CellArgument,
  table: string,
  chosen: {
    readonly epochs: number | undefined;
    readonly repeat: number;
    readonly images: string | undefined;
    /** file of the table's own operations; null: none */
    readonly operations: string | null;
    readonly engine: EngineChoice;
    readonly device: string | undefined;
  },
  context: CommandContext,
): Promise<void> {
  const opened = await showExpansion(context, (shown) => openNamedTable(table, shown));
  const cell = await cellOf(cellText, opened);
  const progress = context.progress('training', 1);
  try {
    const evaluator = await tableEvaluator(opened.metadata, chosen.images, chosen.operations, {
      signal: context.signal,
      onProgress: (report) => progress.update(report.step / report.steps, describeProgress(report)),
    });
    const { device, engine } = chosen;
    // A table from before the kernels has the bits of stock operations.
    const kernels = opened.metadata.engine?.includes('@nasbench/kernels');
    const difference = differenceOf(opened.metadata, CODE_VERSION, await startBackend(engine, { device, kernels }));
    if (difference !== undefined) context.note(difference);
    const evaluation = await new NASBench(opened, { evaluator }).evaluate(cell, chosen);
    context.result(evaluation, describe(evaluation));
  } finally {
    progress.stop();
  }
}

/** A hash is that of the table's cell, whatever its operations are; else the text is read with the table's operations. */
async function cellOf(text: CellArgument, table: BenchmarkTable): Promise<Cell> {
  const row = /^[0-9a-f]{32}$/i.test(text) ? table.findRow(text.toLowerCase()) : -1;
  const { operations } = table.metadata.space;
  return row < 0 ? resolveCell(text, { ...NASBENCH_101, operations }) : table.cell(row);
}

const VERDICTS = new Map([
  [true, 'equal in all but times'],
  [false, 'different'],
  [null, 'not in the table'],
]);

function describe({ moduleHash, epochs, repeat, run, stored, equal }: Evaluation): string {
  const rowsOf = (metrics: RunMetrics, name: string) =>
    [metrics.start, metrics.half, metrics.end].map((point) => [
      name,
      point.epochs,
      `${point.trainingTime.toFixed(1)} s`,
      formatPercent(point.trainAccuracy),
      formatPercent(point.validationAccuracy),
      formatPercent(point.testAccuracy),
    ]);
  return [
    `cell ${moduleHash} · ${epochs} epochs · repeat ${repeat}`,
    formatTable([
      ['', 'epochs', 'training time', 'train', 'validation', 'test'],
      ...rowsOf(run, 'trained'),
      ...(stored ? rowsOf(stored, 'table') : []),
    ]),
    `${VERDICTS.get(equal)}`,
  ].join('\n');
}
