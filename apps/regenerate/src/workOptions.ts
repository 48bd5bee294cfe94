import { type Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { integerBetween, listOf, positiveInteger } from '@nasbench/terminal';
import type { WorkChoice } from './units/chooseWork.ts';

/** Adds the options that decide which runs are made, alike in every command that makes or counts them. */
export function addWorkOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & WorkChoice> {
  (command as unknown as Command)
    .option('--max-vertices <n>', 'cells with at most so many vertices (default: 4)', integerBetween(2, 8))
    .option('--max-edges <n>', 'and so many edges (default: 9)', positiveInteger)
    .addOption(
      new Option(
        '--cells <file>',
        'cells of this JSON file (as enumerate writes it) instead of a whole space',
      ).conflicts(['maxVertices', 'maxEdges']),
    )
    .option('--sample <n>', 'only so many cells, spread evenly over the cost of training them', positiveInteger)
    .option('--epochs <list>', "budgets, each a training of its own (default: the preset's)", listOf(positiveInteger))
    .option('--repeats <n>', 'trainings of every cell and budget (default: 3)', integerBetween(1, 1000));
  return command;
}
