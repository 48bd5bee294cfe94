import path from 'node:path';
import { Argument, type Command } from '@commander-js/extra-typings';
import { NASBench, rankRows } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import { moduleHash } from '@nasbench/graph';
import { commandContext, example, JSON_OPTION, positiveInteger, resolveCell, showExpansion } from '@nasbench/terminal';
import { type Figure, renderReport } from '@nasbench/viz';
import { toPng } from '@nasbench/viz/node';
import { sourceOf, TABLE_FIGURES } from './tableFigures.ts';

const FORMATS = ['.svg', '.png', '.html'];

/** `nasbench plot FIGURE TABLE --out FILE`: one figure of a table. */
export function addPlotCommand(program: Command): void {
  const list = Object.entries(TABLE_FIGURES).map(([name, { about }]) => `  ${name.padEnd(16)}${about}`);
  program
    .command('plot')
    .description('draw one figure of a table as SVG, PNG or HTML')
    .addArgument(new Argument('<figure>', 'name of the figure').choices(Object.keys(TABLE_FIGURES)))
    .argument('<table>', 'an Arrow file, or official, mini or surrogate')
    .requiredOption('--out <file>', 'its ending, .svg, .png or .html, decides the format')
    .option('--epochs <n>', "training budget (default: the table's largest)", positiveInteger)
    .option('--cell <cell>', 'whose curves: module hash, JSON file, or rows and interior operations')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nFigures:\n${list.join('\n')}\n${example('nasbench plot ecdf runs/quickstart/quickstart.arrow --out ecdf.svg')}`,
    )
    .action(async (name, file, { out, epochs, cell, force = false, json }) => {
      const context = commandContext({ json });
      if (!FORMATS.includes(path.extname(out).toLowerCase()))
        throw new UsageError(`--out ${out}: expected a name that ends in ${FORMATS.join(', ')}`);
      if (cell !== undefined && name !== 'curves') {
        throw new UsageError(`--cell chooses whose curves are drawn: it does not go with ${name}`);
      }
      await assertWritable(out, { force });
      const bench = new NASBench(await showExpansion(context, (shown) => openNamedTable(file, shown)));
      const budget = epochs ?? bench.metadata.epochs[bench.metadata.epochs.length - 1];
      if (!bench.metadata.epochs.includes(budget)) {
        throw new UsageError(
          `no runs with ${budget} epochs in this table, which has ${bench.metadata.epochs.join(', ')}`,
        );
      }
      const row =
        cell === undefined ? rankRows(bench.column(`validation_accuracy_${budget}`))[0] : await rowOf(bench, cell);
      if (row === undefined) throw new NasbenchError(`${file} has no run with ${budget} epochs`);
      const source = path.basename(file);
      const figure = TABLE_FIGURES[name].draw({ bench, source, epochs: budget, row });
      await writeFileAtomically(out, render(figure, out, bench, source), { force });
      context.result(
        { out, figure: name, caption: figure.caption, numbers: figure.numbers },
        `${out}: ${figure.caption}`,
      );
    });
}

function render(figure: Figure, out: string, bench: NASBench, source: string): string | Uint8Array {
  const format = path.extname(out).toLowerCase();
  if (format === '.svg') return figure.svg;
  if (format === '.png') return toPng(figure.svg);
  return renderReport({
    title: figure.title,
    provenance: sourceOf(bench, source),
    sections: [{ heading: figure.title, figures: [figure] }],
  });
}

async function rowOf(bench: NASBench, text: string): Promise<number> {
  const { space } = bench.metadata;
  const hash = /^[0-9a-f]{32}$/i.test(text) ? text.toLowerCase() : moduleHash(await resolveCell(text, space), space);
  const row = bench.table.findRow(hash);
  if (row < 0) throw new UsageError(`cell ${hash} is not in this table`);
  return row;
}
