import type { Command } from '@commander-js/extra-typings';
import { NASBench } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import { assertWritable } from '@nasbench/foundation/files';
import { commandContext, example, JSON_OPTION, showExpansion } from '@nasbench/terminal';
import { writeReport } from './report.ts';

/** `nasbench report TABLE --out FILE.html`: all figures in one page. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('all figures of a table and its best cells in one self-contained HTML page')
    .argument('<table>', 'an Arrow file, or official, mini or surrogate')
    .requiredOption('--out <file>', 'the page; its name ends in .html')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench report runs/quickstart/quickstart.arrow --out report.html'))
    .action(async (table, { out, force = false, json }) => {
      const context = commandContext({ json });
      if (!/\.html$/i.test(out)) throw new UsageError(`--out ${out}: expected a name that ends in .html`);
      await assertWritable(out, { force });
      const bench = new NASBench(await showExpansion(context, (shown) => openNamedTable(table, shown)));
      await writeReport(bench, table, out, { force });
      context.result({ out }, out);
    });
}
