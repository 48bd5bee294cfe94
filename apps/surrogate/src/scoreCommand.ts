import { readFile } from 'node:fs/promises';
import type { Command } from '@commander-js/extra-typings';
import { surrogateModelFile } from '@nasbench/dataset/node';
import { parseSurrogateModel } from '@nasbench/dataset/surrogate';
import { withPath } from '@nasbench/foundation/files';
import { commandContext, example, JSON_OPTION, positiveInteger } from '@nasbench/terminal';
import { describeErrors } from './describe.ts';
import { scoreSurrogate } from './fit/fitSurrogate.ts';
import { readObservations } from './fit/observations.ts';

/** `nasbench surrogate score TABLE` */
export function addScoreCommand(group: Command): void {
  group
    .command('score')
    .description('compare what a surrogate predicts with the rows of a table, one run of each cell')
    .argument(
      '<table>',
      'an Arrow file, official or mini; or a .json file of columns (key, 108_final_validation_accuracy, ..)',
    )
    .option('--model <file>', 'a model of surrogate fit; default: the one that comes with nasbench')
    .option('--rows <n>', 'rows to compare, drawn at random; default: all', positiveInteger)
    .option('--seed <text>', 'decides which rows and repeats', '0')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench surrogate score official --rows 20000'))
    .action(async (source, { model: file = surrogateModelFile(), rows, seed, json }) => {
      const context = commandContext({ json });
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        throw withPath(error, `cannot read ${file}`);
      });
      const model = parseSurrogateModel(text, file);
      const observed = await readObservations(source, { rows, seed });
      const score = scoreSurrogate(model, observed);
      context.result(
        { provenance: 'surrogate', model: model.fit, skipped: observed.skipped, ...score },
        [
          `surrogate fitted on ${model.fit.rows} rows of ${model.fit.source}, against ${score.rows} rows of ${source}:`,
          describeErrors(score.budgets, score.timeR2),
        ].join('\n'),
      );
    });
}
