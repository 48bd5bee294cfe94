import type { Command } from '@commander-js/extra-typings';
import { type BenchmarkTable, describeProvenance, finalMetrics } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import {
  type CommandContext,
  commandContext,
  example,
  formatNumber,
  JSON_OPTION,
  listOf,
  positiveInteger,
  showExpansion,
} from '@nasbench/terminal';
import { type ExportFormat, formatOf } from './exportFormats.ts';

/** `nasbench export TABLE --out FILE`: a table for other tools. The file's name says in which format. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description("write a table for other tools, in the format of the file's name")
    .argument('<table>', 'a table file, or the name of one')
    .requiredOption(
      '--out <file>',
      'name ending with .tfrecord, .parquet, .csv, .json, .jsonl or .arrow, or generated_graphs.json (cells only)',
    )
    .option('--final', 'only metrics at the end of the runs of the largest budget, or of --epochs')
    .option('--epochs <list>', 'budgets to keep (with --final or --compact)', listOf(positiveInteger))
    .option('--compact', 'a small .arrow file for browsers: --final, and what follows from the cells is left out')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench export official --out nasbench.parquet',
        'nasbench export official --final --out nasbench108.csv',
        'nasbench export official --compact --out nasbench108.arrow',
      ),
    )
    .action(async (name, { out, final = false, epochs, compact = false, force = false, json }) => {
      const context = commandContext({ json });
      const format = formatOf(out, { compact });
      if (epochs !== undefined && !final && !compact) throw new UsageError('--epochs goes with --final or --compact');
      await assertWritable(out, { force });
      const opened = await showExpansion(context, (shown) => openNamedTable(name, shown));
      // What is final already needs no choice.
      const isWhole = epochs === undefined && (!(final || compact) || opened.metadata.finalOnly === true);
      const table = isWhole ? opened : finalMetrics(opened, epochs);
      const started = performance.now();
      const bytes = await writeExport(table, format, { out, force }, context);
      const seconds = (performance.now() - started) / 1000;
      const { provenance } = table.metadata;
      context.result(
        { table: name, out, format: format.name, cells: table.rowCount, bytes, provenance, seconds },
        `${formatNumber(table.rowCount)} cells written to ${out} as ${format.name}: ${formatNumber(bytes)} bytes · provenance: ${describeProvenance(table.metadata)}`,
      );
    });
}

/** Writes piece by piece; nothing is left of the file if it is stopped. Returns its bytes. */
async function writeExport(
  table: BenchmarkTable,
  { bytesPerRun, write }: ExportFormat,
  { out, force }: { readonly out: string; readonly force: boolean },
  { progress, signal }: CommandContext,
): Promise<number> {
  const runs = table.rowCount * table.metadata.epochs.length * table.metadata.repeats;
  const total = Math.max(1, bytesPerRun === undefined ? table.rowCount : runs * bytesPerRun);
  const bar = progress('exporting', total);
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    const onRows = (rows: number): void => bar.update(rows, `${formatNumber(rows)} rows`);
    for await (const piece of write(table, onRows)) {
      yield piece;
      bytes += piece.byteLength;
      if (bytesPerRun !== undefined) bar.update(Math.min(bytes, total), megabytes(bytes));
    }
    // The size was a guess, and it is done now.
    if (bytesPerRun !== undefined) bar.update(total, megabytes(bytes));
  }
  try {
    await writeFileAtomically(out, counted(), { force, signal });
  } finally {
    bar.stop();
  }
  return bytes;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
