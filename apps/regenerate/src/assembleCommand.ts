import type { Command } from '@commander-js/extra-typings';
import { encodeTableInPieces } from '@nasbench/dataset';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import { commandContext, example, formatNumber, JSON_OPTION } from '@nasbench/terminal';
import { assemble } from './journal/assemble.ts';
import { describeConflict, JournalConflictError } from './journal/conflicts.ts';

/** `nasbench assemble DIR.. --out TABLE.arrow`: journals in, table out. */
export function addAssembleCommand(program: Command): void {
  program
    .command('assemble')
    .description('make a table of the finished runs of one or more regeneration folders')
    .argument('<dir...>', 'folders that regenerate wrote, with the same settings')
    .requiredOption('--out <file>', 'the table, an Arrow file')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench assemble runs/small --out small.arrow',
        'nasbench assemble node1/run node2/run --out both.arrow',
      ),
    )
    .action(async (folders, { out, force = false, json }) => {
      const context = commandContext({ json });
      await assertWritable(out, { force });
      const bar = context.progress('assembling', 1);
      const { table, runs, expected, failed, warnings } = await assemble(folders, (lines, all) =>
        bar.update(Math.min(1, lines / all), `${formatNumber(lines)} runs read`),
      )
        .catch((error: unknown) => {
          if (!(error instanceof JournalConflictError)) throw error;
          const { count, conflicts } = error;
          const lines = conflicts.map(describeConflict);
          if (count > lines.length) lines.push(`and ${count - lines.length} more`);
          if (context.json) context.result({ count, conflicts }, '');
          else for (const line of lines) context.note(line);
          throw error;
        })
        .finally(() => bar.stop());
      for (const warning of warnings) context.note(warning);
      await writeFileAtomically(out, encodeTableInPieces(table), { force });
      const missing = expected - runs;
      context.result(
        { out, cells: table.rowCount, runs, missing, failed },
        `${out}: ${table.rowCount} cells, ${runs} runs${missing > 0 ? `, ${missing} still missing` : ''}${failed > 0 ? `, ${failed} failed` : ''}`,
      );
    });
}
