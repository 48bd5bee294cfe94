import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { writeReport } from '@nasbench/app-plot';
import { describeRow, summarizeRow } from '@nasbench/app-query';
import {
  allCells,
  assemble,
  createConfiguration,
  createWork,
  runWithProgress,
  sampleByCost,
  setAsideIfOther,
} from '@nasbench/app-regenerate';
import { encodeTable, NASBench, rankRows } from '@nasbench/dataset';
import { writeFileAtomically } from '@nasbench/foundation/files';
import { NASBENCH_101 } from '@nasbench/graph';
import { commandContext, example, formatDuration, JSON_OPTION } from '@nasbench/terminal';
import { loadImages, PRESETS } from '@nasbench/trainer';

/** Cells that stand for the 91 of the space: two cores train them in about two minutes. */
const CELLS = 10;
const REPEATS = 2;

/**
 * `nasbench quickstart`, which `npm start` runs: the whole road from cells to a report on real images. A second call
 * finds the runs in the journal and only draws the report again.
 */
export function addQuickstartCommand(program: Command): void {
  program
    .command('quickstart')
    .description('the whole road in a few minutes: enumerate, train a handful of cells on MNIST, query, report')
    .option('--out <dir>', 'folder of the runs, the table and the report', 'runs/quickstart')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench quickstart'))
    .action(async ({ out, json }) => {
      const context = commandContext({ json });
      const started = performance.now();
      const say = context.note;

      const space = { ...NASBENCH_101, maxVertices: 4 };
      const cells = allCells(space);
      say(`1. enumerate: ${cells.length} unique cells with at most ${space.maxVertices} vertices`);

      const preset = PRESETS.tiny;
      const images = await loadImages('mnist', preset.images);
      const chosen = sampleByCost(cells, CELLS, { operationNames: space.operations, network: preset.network, images });
      const configuration = createConfiguration({ operations: space.operations, preset, images, seed: 'quickstart' });
      const work = createWork({ space, cells: chosen, epochs: preset.epochs, repeats: REPEATS });
      const aside = await setAsideIfOther(out, configuration);
      if (aside !== undefined) say(`   ${out} was made with other settings; it is kept as ${aside}`);
      say(`2. train: ${CELLS} of them, ${REPEATS} repeats, on ${images.description}`);
      const workers = availableParallelism();
      const summary = await runWithProgress(
        out,
        configuration,
        work,
        { workers, checkpointSeconds: 60, retryFailed: false },
        context,
      );
      if (summary.doneBefore > 0)
        say(`   ${summary.doneBefore} of ${summary.runs} runs were done already and are not repeated`);

      const table = path.join(out, 'quickstart.arrow');
      const { table: assembled, failed } = await assemble([out]);
      await writeFileAtomically(table, encodeTable(assembled), { force: true });
      say(`3. assemble: ${table}${failed > 0 ? `, ${failed} runs failed` : ''}`);

      const bench = await NASBench.open(table);
      const epochs = bench.metadata.epochs[bench.metadata.epochs.length - 1];
      const best = rankRows(bench.column(`validation_accuracy_${epochs}`)).slice(0, 3);
      say(`4. query: the best cells by mean validation accuracy (${bench.metadata.provenance} on this machine)`);
      for (const row of best) say(`   ${describeRow(bench, row)}`);

      const report = path.join(out, 'report.html');
      await writeReport(bench, table, report, { force: true });
      say(`5. report: ${path.resolve(report)}`);
      const seconds = (performance.now() - started) / 1000;
      const { provenance } = bench.metadata;
      context.result(
        {
          provenance,
          cells: cells.length,
          ...summary,
          seconds,
          table,
          report,
          best: best.map((row) => summarizeRow(bench, row)),
        },
        [
          '',
          `Done in ${formatDuration(seconds)}. Open the report in a browser: ${path.resolve(report)}`,
          'Try next:',
          `  npx nasbench query ${table} --top 5`,
          '  npx nasbench cell 28cfc7874f6d200472e1a9dcd8650aa0 --svg inception.svg',
          '  npx nasbench train 0101/0010/0001/0000:conv3x3,conv3x3 --images mnist --preset small',
          '  npx nasbench enumerate',
          '  npx nasbench --help',
        ].join('\n'),
      );
    });
}
