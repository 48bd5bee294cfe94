import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { METRICS, NASBench, type QueryResult, rankRows } from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import { cellFromMatrix, formatCell } from '@nasbench/graph';
import {
  commandContext,
  example,
  formatNumber,
  formatPercent,
  formatTable,
  JSON_OPTION,
  positiveInteger,
  resolveCell,
} from '@nasbench/terminal';
import { largestBudget, summarizeRow } from './rows.ts';

/** `nasbench query TABLE`: one cell's values, or the best rows. */
export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .description('the values of one cell, or of the rows with the largest mean of a column')
    .argument('<table>', 'an Arrow file that assemble wrote')
    .option('--cell <cell>', 'module hash, JSON file, or rows and interior operations')
    .option('--epochs <n>', "training budget (default: the table's largest)", positiveInteger)
    .option('--repeat <which>', 'random, mean, or a number from 0 (with --cell)', repeatOption, 'random' as const)
    .option('--halfway', 'values after half of the budget (with --cell)')
    .option('--seed <text>', 'decides which repeat is drawn', '0')
    .option('--top <n>', 'so many rows', positiveInteger, 10)
    .option('--sort <column>', 'per-run column whose mean over repeats decides (default: validation accuracy)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench query runs/quickstart/quickstart.arrow --top 5',
        'nasbench query runs/quickstart/quickstart.arrow --cell 010/001/000:conv3x3 --repeat mean',
      ),
    )
    .action(async (file, options) => {
      const context = commandContext(options);
      const bench = await NASBench.open(file, { seed: options.seed });
      const epochs = options.epochs ?? largestBudget(bench);
      if (options.cell === undefined) {
        if (!bench.metadata.epochs.includes(epochs)) {
          throw new UsageError(
            `no runs with ${epochs} epochs in this table, which has ${bench.metadata.epochs.join(', ')}`,
          );
        }
        const rows = rankRows(bench.column(sortColumn(options.sort, epochs))).slice(0, options.top);
        const summaries = rows.map((row) => summarizeRow(bench, row, epochs));
        context.result({ provenance: bench.metadata.provenance, rows: summaries }, describeRows(bench, summaries));
        return;
      }
      const cell = /^[0-9a-f]{32}$/.test(options.cell) ? options.cell : await resolveCell(options.cell);
      const result = bench.query(cell, { epochs, stopHalfway: options.halfway ?? false, repeat: options.repeat });
      context.result(result, describeResult(result));
    });
}

function repeatOption(text: string): 'random' | 'mean' | number {
  if (text === 'random' || text === 'mean') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected random, mean or a number from 0');
}

/** A column's full name, or a metric's, which then means the chosen budget. */
function sortColumn(name: string | undefined, epochs: number): string {
  if (name === undefined) return `validation_accuracy_${epochs}`;
  return METRICS.some((metric) => metric === name) ? `${name}_${epochs}` : name;
}

function describeRows(bench: NASBench, rows: readonly ReturnType<typeof summarizeRow>[]): string {
  if (rows.length === 0) return 'no row with a run at this budget';
  const header = ['module hash', 'validation', 'test', 'training time', 'parameters', 'runs', 'cell'];
  const body = rows.map((row) => [
    row.moduleHash,
    formatPercent(row.validationAccuracy),
    formatPercent(row.testAccuracy),
    `${row.trainingTime.toFixed(1)} s`,
    formatNumber(row.trainableParameters),
    row.repeats,
    row.cell,
  ]);
  return [
    formatTable([header, ...body]),
    `means over repeats after ${rows[0].epochs} epochs · provenance: ${bench.metadata.provenance}`,
  ].join('\n');
}

function describeResult(result: QueryResult): string {
  const { epochs, stopHalfway, repeat, provenance } = result;
  return [
    `cell ${result.moduleHash}  ${formatCell(cellFromMatrix(result.adjacency, result.operations))}`,
    formatTable([
      ['train', 'validation', 'test', 'training time', 'parameters'],
      [
        formatPercent(result.trainAccuracy),
        formatPercent(result.validationAccuracy),
        formatPercent(result.testAccuracy),
        `${result.trainingTime.toFixed(1)} s`,
        formatNumber(result.trainableParameters),
      ],
    ]),
    `${stopHalfway ? `half of ${epochs}` : epochs} epochs · ${repeat === 'mean' ? 'mean over repeats' : `repeat ${repeat}`} · provenance: ${provenance}`,
  ].join('\n');
}
