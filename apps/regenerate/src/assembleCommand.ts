import type { Command } from '@commander-js/extra-typings';
import { encodeTable } from '@nasbench/dataset';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import { commandContext, example, JSON_OPTION } from '@nasbench/terminal';
import { assemble } from './journal/assemble.ts';

/** `nasbench assemble DIR.. --out TABLE.arrow`: journals in, table out. */
export function addAssembleCommand(program: Command): void {
  program
    .command('assemble')
    .description('make a table of the finished runs of one or more regeneration folders')
    .argument('<dir...>', 'folders that regenerate wrote, with the same settings')
    .requiredOption('--out <file>', 'the table, an Arrow file')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench assemble runs/small --out small.arrow'))
    .action(async (folders, { out, force = false, json }) => {
      const context = commandContext({ json });
      await assertWritable(out, { force });
      const { table, runs, expected, failed, warnings } = await assemble(folders);
      for (const warning of warnings) context.note(warning);
      await writeFileAtomically(out, encodeTable(table), { force });
      const missing = expected - runs;
      context.result(
        { out, cells: table.rowCount, runs, missing, failed },
        `${out}: ${table.rowCount} cells, ${runs} runs${missing > 0 ? `, ${missing} still missing` : ''}${failed > 0 ? `, ${failed} failed` : ''}`,
      );
    });
}
