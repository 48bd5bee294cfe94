import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { openNamedTable } from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import {
  commandContext,
  example,
  formatDuration,
  integerBetween,
  JSON_OPTION,
  listOf,
  nonNegativeInteger,
  positiveInteger,
  showExpansion,
} from '@nasbench/terminal';
import { describeEngine, type Engine, parseImageName } from '@nasbench/trainer';
import { operationsOf } from '../configuration/configuration.ts';
import { CODE_VERSION } from '../prepareRegeneration.ts';
import { type EngineRequest, probeEngine, resolveEngine } from '../probeEngine.ts';
import { differenceOf, tableTraining } from '../tableTraining.ts';
import { DEVICE_OPTION, engineOf, engineOption, noteEngine } from '../trainingOptions.ts';
import { chooseRuns, type StoredRun } from './storedRuns.ts';
import { type VerifiedRun, verifyRuns } from './verify.ts';

/** `nasbench verify TABLE`: trains some of its rows again and compares every value but times. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('train random rows of a regenerated table again, and compare every stored value but measured times')
    .argument('<table>', 'file or address of a table that assemble wrote, or a name such as mini')
    .option('--rows <n>', 'so many cells, with all their runs', positiveInteger, 5)
    .option('--seed <text>', 'decides which cells', '0')
    .option('--epochs <list>', 'only runs of these budgets', listOf(positiveInteger))
    .option('--repeat <n>', 'only this repeat of each', nonNegativeInteger)
    .option('--images <set>', 'where the images are, if the table does not say it: cifar10:DIR')
    .option('--operations <file>', "module of the table's own operations, if it has any")
    .addOption(engineOption())
    .option(...DEVICE_OPTION)
    .option('--workers <n>', 'processes that train (default: one for each core, or GPU)', integerBetween(1, 1024))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nExit status: 0 all equal, 1 a value differs, 2 wrong use.\n${example('nasbench verify mini --rows 5')}`,
    )
    .action(async (name, options) => {
      const context = commandContext(options);
      const table = await showExpansion(context, (shown) => openNamedTable(name, shown));
      const { provenance, engines } = table.metadata;
      if (provenance !== 'regenerated')
        throw new UsageError(`${name} is ${provenance}; expected a regenerated table, whose runs can be trained again`);
      const given = options.images === undefined ? undefined : parseImageName(options.images).absolute;
      const { configuration } = await tableTraining(table.metadata, given);
      const operationsFile = options.operations === undefined ? null : path.resolve(options.operations);
      const operations = await operationsOf(configuration, operationsFile);
      const resolved = await resolveEngine(engineOf(options), availableParallelism());
      const { found = await start(resolved), workers: most, ...engine } = resolved;
      noteEngine(found, context);
      const difference = differenceOf(table.metadata, CODE_VERSION, found);
      if (difference !== undefined) context.note(`numbers may differ: ${difference}`);
      const runs = chooseRuns(table, options, describeEngine(found));
      const workers = Math.min(options.workers ?? most, runs.length);
      const rows = new Set(runs.map(({ row }) => row)).size;
      const only = engines === undefined ? '' : `, only those of ${describeEngine(found)}`;
      context.note(`${counted(runs.length, 'run')} of ${counted(rows, 'row')}${only}${estimate(runs, workers)}`);
      const bar = context.progress('training', 1);
      const verified = await verifyRuns(table, runs, {
        configuration,
        imagesName: given ?? configuration.images.name,
        operationsFile,
        operations,
        engine,
        workers,
        signal: context.signal,
        onProgress: (fraction, done) => bar.update(fraction, `${done}/${runs.length} runs`),
        onError: context.note,
      }).finally(() => bar.stop());
      const different = verified.filter(({ differences }) => differences.length > 0).length;
      if (different > 0) process.exitCode = 1;
      const verdict = different === 0 ? 'all equal but for times' : `${different} different`;
      context.result(
        { table: name, engine: describeEngine(found), rows, runs: runs.length, different, results: verified },
        [...verified.map(describe), `${counted(rows, 'row')}, ${counted(runs.length, 'run')}: ${verdict}`].join('\n'),
      );
    });
}

/** @throws UsageError if the engine is not here */
async function start({ engine, devices }: EngineRequest): Promise<Engine> {
  const probe = await probeEngine(engine, devices[0]);
  if (probe.here) return probe.engine;
  throw new UsageError(probe.reason);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** How long it takes if this machine is as fast as the one that made the table. */
function estimate(runs: readonly StoredRun[], workers: number): string {
  const seconds = runs.reduce((sum, run) => sum + (run.seconds ?? 0), 0);
  return `; ${formatDuration(seconds / workers)} with ${counted(workers, 'worker')} at the speed at which the table was made`;
}

/** A run in one line, its differences in one each. */
function describe({ moduleHash, epochs, repeat, differences, failure }: VerifiedRun): string {
  const verdict = differences.length === 0 ? 'equal    ' : 'different';
  const reason = failure === undefined ? '' : ` · failed: ${failure}`;
  return [
    `${verdict} ${moduleHash} · ${counted(epochs, 'epoch')} · repeat ${repeat}${reason}`,
    ...differences.map(({ what, values }) => `  ${what}: ${values[0]} in the table, ${values[1]} now`),
  ].join('\n');
}
