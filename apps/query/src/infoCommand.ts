import { stat } from 'node:fs/promises';
import type { Command } from '@commander-js/extra-typings';
import { isPresent, type MetricColumn, NASBench, type RunCounts, runCounts } from '@nasbench/dataset';
import { tablePath } from '@nasbench/dataset/node';
import { commandContext, example, formatNumber, formatPercent, formatTable, JSON_OPTION } from '@nasbench/terminal';
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
      const place = await tablePath(file);
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
  const values = presentValues(column).toSorted((a, b) => a - b);
  const counts = runCounts(table, epochs);
  if (values.length === 0) return { ...counts, testAccuracy: null };
  const median = values[Math.floor((values.length - 1) / 2)];
  return {
    ...counts,
    testAccuracy: { min: values[0], median, max: values[values.length - 1] },
  };
}

function presentValues(column: MetricColumn): number[] {
  return Array.from(column.values).filter((_, index) => isPresent(column, index));
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
    `${formatNumber(facts.cells)} cells, ${facts.repeats} repeats, largest budget ${largest} epochs`,
    formatTable([
      ['epochs', 'runs', 'failed', 'cells x repeats', 'lowest test accuracy', 'median', 'highest'],
      ...rows,
    ]),
  ].join('\n');
}

function descriptionOf(images: NASBench['metadata']['images']): string {
  const isObject = typeof images === 'object' && images !== null && 'description' in images;
  return isObject && typeof images.description === 'string' ? images.description : 'unknown';
}
