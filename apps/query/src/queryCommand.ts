import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import {
  compileExpression,
  describeProvenance,
  type Expression,
  METRICS,
  multiplyAddsNetwork,
  NASBench,
  type QueryResult,
  selectRows,
} from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
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
  showExpansion,
} from '@nasbench/terminal';
import { type ExtraColumn, extraColumns, largestBudget, type RowSummary, summarizeRow } from './rows.ts';

/** `nasbench query TABLE`: one cell's values, or the best rows. */
export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .description('the values of one cell, or of the rows that meet a condition, ordered by a column or an expression')
    .argument('<table>', 'an Arrow file, or official, mini or surrogate')
    .option('--cell <cell>', 'module hash, JSON file, or rows and interior operations')
    .option('--epochs <n>', "training budget (default: the table's largest)", positiveInteger)
    .option('--repeat <which>', 'with --cell: random (default), mean, or a number from 0', repeatOption)
    .option('--halfway', 'with --cell: values after half of the budget')
    .option('--seed <text>', 'with --cell: decides which repeat is drawn', '0')
    .addOption(new Option('--top <n>', 'so many rows').argParser(positiveInteger).default(10).conflicts('cell'))
    .addOption(new Option('--where <condition>', 'only rows that meet it').conflicts('cell'))
    .addOption(
      new Option(
        '--sort <column>',
        'column or expression that decides, largest first (default: mean validation accuracy)',
      ).conflicts('cell'),
    )
    .addOption(new Option('--ascending', 'smallest first').conflicts('cell'))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench query runs/quickstart/quickstart.arrow --top 5',
        'nasbench query runs/quickstart/quickstart.arrow --cell 010/001/000:conv3x3 --repeat mean',
        "nasbench query runs/quickstart/quickstart.arrow --where 'depth <= 3 and conv3x3 >= 1' --sort multiply_adds --ascending",
      ) + EXPRESSION_HELP,
    )
    .action(async (file, options) => {
      const context = commandContext(options);
      if (options.cell === undefined) {
        for (const name of ['repeat', 'halfway'] as const) {
          if (options[name] !== undefined) throw new UsageError(`--${name} is about one cell: it needs --cell`);
        }
      }
      const bench = new NASBench(await showExpansion(context, (shown) => openNamedTable(file, shown)), {
        seed: options.seed,
      });
      const epochs = options.epochs ?? largestBudget(bench);
      if (options.cell === undefined) {
        const { document, text } = selected(bench, epochs, options);
        context.result(document, text);
        return;
      }
      const cell = /^[0-9a-f]{32}$/.test(options.cell)
        ? options.cell
        : await resolveCell(options.cell, bench.metadata.space);
      const result = bench.query(cell, {
        epochs,
        stopHalfway: options.halfway ?? false,
        repeat: options.repeat ?? 'random',
      });
      context.result(result, describeResult(result, bench));
    });
}

function repeatOption(text: string): 'random' | 'mean' | number {
  if (text === 'random' || text === 'mean') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected random, mean or a number from 0');
}

const EXPRESSION_HELP = `

Columns: vertices, edge_count, depth, width, trainable_parameters, multiply_adds, counts of operations such as conv3x3,
and per-run columns: test_accuracy_108 is the mean of its runs, test_accuracy_108[0] one of them; mean(x), std(x), min(x),
max(x), count(x). Numbers are joined by + - * / and abs, sqrt, min, max; conditions are comparisons (0.9 < x <= 0.95),
operations = 'conv3x3,conv1x1', module_hash = '...', joined by and, or, not. Accuracies are fractions, times seconds.`;

interface SelectionOptions {
  readonly where?: string | undefined;
  readonly sort?: string | undefined;
  readonly ascending?: true | undefined;
  readonly top: number;
}

/** The rows that meet `--where`, in the order of `--sort`. */
function selected(
  bench: NASBench,
  epochs: number,
  { where, sort, ascending, top }: SelectionOptions,
): { document: unknown; text: string } {
  const { table, metadata } = bench;
  if (!metadata.epochs.includes(epochs)) {
    throw new UsageError(`no runs with ${epochs} epochs in this table, which has ${metadata.epochs.join(', ')}`);
  }
  const sortBy = sortExpression(sort, epochs);
  const all = selectRows(table, { where, sortBy, descending: ascending !== true, top });
  // Rows without a value come last. Who asks for the best wants none of them, who sets a condition all that meet it.
  const keys = where === undefined ? compileExpression(sortBy, 'sort').evaluate(table) : undefined;
  const rows = keys === undefined ? all : all.filter((row) => !Number.isNaN(keys[row]));
  const extra = extraColumns(table, rows, shownExpressions(where, sortBy, epochs));
  const summaries = Array.from(rows, (row, i) => ({
    ...summarizeRow(bench, row, epochs),
    ...(extra.length > 0 && { values: Object.fromEntries(extra.map(({ name, values }) => [name, values[i]])) }),
  }));
  const notes = costNotes(bench, extra);
  return {
    document: { provenance: metadata.provenance, ...(notes.length > 0 && { notes }), rows: summaries },
    text: [describeRows(bench, summaries, extra), ...notes].join('\n'),
  };
}

/** An expression, or a metric's name, which then means its mean at the chosen budget. */
function sortExpression(name: string | undefined, epochs: number): string {
  if (name === undefined) return `validation_accuracy_${epochs}`;
  return METRICS.some((metric) => metric === name) ? `${name}_${epochs}` : name;
}

/** What the expressions read and, if it is more than a column, the sort key itself: except what is shown anyway. */
function shownExpressions(where: string | undefined, sortBy: string, epochs: number): readonly string[] {
  const parsed: Expression[] = [sortBy, ...(where === undefined ? [] : [where])].map((text) => compileExpression(text));
  const isShown = (name: string): boolean =>
    name === 'trainable_parameters' ||
    ['validation_accuracy', 'test_accuracy', 'training_time'].some((metric) =>
      [`${metric}_${epochs}`, `mean(${metric}_${epochs})`].includes(name),
    );
  const key = parsed[0].references.length === 1 && parsed[0].references[0] === sortBy ? [] : [sortBy];
  return [...new Set([...key, ...parsed.flatMap(({ references }) => references)])].filter((name) => !isShown(name));
}

function describeRows(bench: NASBench, rows: readonly RowSummary[], extra: readonly ExtraColumn[]): string {
  if (rows.length === 0) return 'no row meets the condition, or none has a run at this budget';
  const header = ['module hash', 'validation', 'test', 'training time', 'parameters', 'runs'];
  const percent = (fraction: number): string => (Number.isNaN(fraction) ? '-' : formatPercent(fraction));
  const body = rows.map((row, i) => [
    row.moduleHash,
    percent(row.validationAccuracy),
    percent(row.testAccuracy),
    Number.isNaN(row.trainingTime) ? '-' : `${row.trainingTime.toFixed(1)} s`,
    formatNumber(row.trainableParameters),
    row.repeats,
    ...extra.map(({ values }) => (Number.isNaN(values[i]) ? '-' : String(Number(values[i].toPrecision(6))))),
    row.cell,
  ]);
  return [
    formatTable([[...header, ...extra.map(({ name }) => name), 'cell'], ...body]),
    `means over repeats after ${rows[0].epochs} epochs · provenance: ${describeProvenance(bench.metadata)}`,
  ].join('\n');
}

function costNotes({ table }: NASBench, extra: readonly ExtraColumn[]): string[] {
  const isAsked = extra.some(({ name }) => name.includes('multiply_adds'));
  if (!isAsked || !multiplyAddsNetwork(table).isAssumed) return [];
  return ["multiply_adds are those of the paper's network: the table does not say which one was trained"];
}

function describeResult(result: QueryResult, { metadata }: NASBench): string {
  const { epochs, stopHalfway, repeat } = result;
  return [
    `cell ${result.moduleHash}  ${formatCell(cellFromMatrix(result.adjacency, result.operations), metadata.space)}`,
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
    `${stopHalfway ? `half of ${epochs}` : epochs} epochs · ${repeat === 'mean' ? 'mean over repeats' : `repeat ${repeat}`} · provenance: ${describeProvenance(metadata)}`,
  ].join('\n');
}
