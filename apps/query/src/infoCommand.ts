import { stat } from 'node:fs/promises';
import type { Command } from '@commander-js/extra-typings';
import { isPresent, type Json, type MetricColumn, NASBench, type RunCounts, runCounts } from '@nasbench/dataset';
import { tablePath } from '@nasbench/dataset/node';
import {
  commandContext,
  example,
  formatNumber,
  formatPercent,
  formatTable,
  JSON_OPTION,
  showExpansion,
} from '@nasbench/terminal';
import { largestBudget } from './rows.ts';

/** `nasbench info TABLE`: what a table holds and where it comes from. */
export function addInfoCommand(program: Command): void {
  program
    .command('info')
    .description('what a table holds, how it was made and where its numbers come from')
    .argument('<table>', 'an Arrow file, or official, mini or surrogate')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench info runs/quickstart/quickstart.arrow'))
    .action(async (file, options) => {
      const context = commandContext(options);
      const place = await showExpansion(context, (shown) => tablePath(file, shown));
      const bench = await NASBench.open(place);
      const { table, metadata } = bench;
      const budgets = metadata.epochs.map((epochs) => summarizeBudget(bench, epochs));
      const facts = { table: file, bytes: (await stat(place)).size, cells: table.rowCount, ...metadata, budgets };
      context.result(facts, describe(facts, largestBudget(bench)));
    });
}

interface BudgetSummary extends RunCounts {
  /** over all single runs */
  readonly testAccuracy: { readonly min: number; readonly median: number; readonly max: number } | null;
}

function summarizeBudget({ table }: NASBench, epochs: number): BudgetSummary {
  const column = table.column(`test_accuracy_${epochs}`);
  const values = presentValues(column).toSorted();
  const counts = runCounts(table, epochs);
  if (values.length === 0) return { ...counts, testAccuracy: null };
  const median = values[Math.floor((values.length - 1) / 2)];
  return {
    ...counts,
    testAccuracy: { min: values[0], median, max: values[values.length - 1] },
  };
}

/** A typed array sorts millions of numbers without a comparison function. */
function presentValues(column: MetricColumn): Float64Array {
  return Float64Array.from(column.values).filter((_, index) => isPresent(column, index));
}

function describe(
  facts: { table: string; bytes: number; cells: number; budgets: BudgetSummary[] } & NASBench['metadata'],
  largest: number,
): string {
  const { space, images, budgets } = facts;
  const rows = budgets.map(({ epochs, runs, failed, cellsByRuns, testAccuracy }) => [
    epochs,
    formatNumber(runs),
    formatNumber(failed),
    cellsByRuns.map((some) => `${formatNumber(some.cells)} x ${some.runs}`).join(' + '),
    ...(testAccuracy === null
      ? ['-', '-', '-']
      : [testAccuracy.min, testAccuracy.median, testAccuracy.max].map(formatPercent)),
  ]);
  return [
    `${facts.table} · ${formatNumber(facts.bytes)} bytes · format ${facts.formatVersion}`,
    `provenance: ${facts.provenance} · code ${facts.codeVersion} · engine ${facts.engine ?? facts.engines?.join(', ') ?? 'unknown'} · seed ${facts.seed ?? 'none'}`,
    `space: at most ${space.maxVertices} vertices and ${space.maxEdges} edges, operations ${space.operations.join(', ')}`,
    `images: ${descriptionOf(images)}`,
    ...describeModel(facts.surrogate),
    `${formatNumber(facts.cells)} cells, ${facts.repeats} repeats, largest budget ${largest} epochs`,
    formatTable([
      ['epochs', 'runs', 'failed', 'cells x repeats', 'lowest test accuracy', 'median', 'highest'],
      ...rows,
    ]),
  ].join('\n');
}

/** What a surrogate says of its model, whatever that is: values in one line, lists of records as tables. */
function describeModel(model: Json | undefined): string[] {
  if (!isRecord(model)) return [];
  const values = Object.entries(model).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [`${name} ${value}`],
  );
  return [`surrogate: ${values.join(' · ')}`, ...Object.values(model).filter(isTable).map(recordTable)];
}

type JsonRecord = Readonly<Record<string, Json>>;

const isRecord = (value: Json | undefined): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTable = (value: Json): value is readonly JsonRecord[] =>
  Array.isArray(value) && value.length > 0 && value.every(isRecord);

const shown = (value: Json | undefined): string => (typeof value === 'object' ? '-' : String(value));

function recordTable(records: readonly JsonRecord[]): string {
  const columns = Object.keys(records[0]);
  return formatTable([columns, ...records.map((record) => columns.map((name) => shown(record[name])))]);
}

function descriptionOf(images: NASBench['metadata']['images']): string {
  const isObject = typeof images === 'object' && images !== null && 'description' in images;
  return isObject && typeof images.description === 'string' ? images.description : 'unknown';
}
