import type { Command } from '@commander-js/extra-typings';
import { addFitCommand } from './fitCommand.ts';
import { addScoreCommand } from './scoreCommand.ts';

export { fitSurrogate, scoreSurrogate } from './fit/fitSurrogate.ts';
export { readMeans } from './fit/means.ts';
export { readObservations } from './fit/observations.ts';

/** `nasbench surrogate fit TABLE` and `nasbench surrogate score TABLE`. */
export function addSurrogateCommand(program: Command): void {
  const group = program
    .command('surrogate')
    .description('fit a model that stands for a whole table, or measure how well one predicts');
  addFitCommand(group);
  addScoreCommand(group);
}
