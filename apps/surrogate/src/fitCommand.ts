import type { Command } from '@commander-js/extra-typings';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import { commandContext, example, integerBetween, JSON_OPTION, positiveInteger } from '@nasbench/terminal';
import { describeErrors } from './describe.ts';
import { fitSurrogate } from './fit/fitSurrogate.ts';
import { readMeans } from './fit/means.ts';
import { readObservations } from './fit/observations.ts';

/** `nasbench surrogate fit TABLE --out MODEL.json` */
export function addFitCommand(group: Command): void {
  group
    .command('fit')
    .description('fit a surrogate on a table and say how well it predicts rows that were left out')
    .argument(
      '<table>',
      'an Arrow file, official or mini; or a .json file of columns (key, 108_final_validation_accuracy, ..)',
    )
    .requiredOption('--out <file>', 'the model to write, JSON')
    .option(
      '--means <file>',
      'CSV of means over repeats: hash, epochs, mean_validation_accuracy, mean_test_accuracy, ..',
    )
    .option('--rows <n>', 'rows to fit on, drawn at random', positiveInteger, 10_000)
    .option('--folds <n>', 'folds of the cross-validation', integerBetween(2, 20), 10)
    .option('--seed <text>', 'decides every random draw', 'surrogate')
    .option('--force', 'replace an existing file')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench surrogate fit official --out model.json'))
    .action(async (source, { out, means: meansFile, rows, folds, seed, force = false, json }) => {
      const context = commandContext({ json });
      await assertWritable(out, { force });
      const observed = await readObservations(source, { rows, seed });
      const means = meansFile === undefined ? undefined : await readMeans(meansFile);
      if (observed.skipped > 0) context.note(`${observed.skipped} rows are not complete and were left out`);
      const bar = context.progress('fitting', 1);
      let model: ReturnType<typeof fitSurrogate>['model'];
      try {
        ({ model } = fitSurrogate(observed, means, {
          seed,
          folds,
          onProgress: (done, total) => bar.update(done / total, `tree ${done}/${total}`),
        }));
      } finally {
        bar.stop();
      }
      const text = `${JSON.stringify(model)}\n`;
      await writeFileAtomically(out, text, { force });
      const { fit } = model;
      context.result(
        { model: out, bytes: text.length, skipped: observed.skipped, ...fit },
        [
          `${out}: fitted on ${fit.rows} rows of ${fit.source}; rows left out, ${fit.folds} folds:`,
          describeErrors(fit.budgets, fit.timeR2),
        ].join('\n'),
      );
    });
}
