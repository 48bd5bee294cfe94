import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { UsageError } from '@nasbench/foundation/errors';
import {
  type CommandContext,
  commandContext,
  example,
  formatDuration,
  integerBetween,
  JSON_OPTION,
  listOf,
  positiveNumber,
} from '@nasbench/terminal';
import type { Configuration } from './configuration/configuration.ts';
import type { Work } from './configuration/regenerationFile.ts';
import { prepareRegeneration } from './prepareRegeneration.ts';
import { resolveEngine } from './probeEngine.ts';
import { queueName } from './queue/sharedQueue.ts';
import { type RegenerationOptions, type RegenerationSummary, regenerate } from './regenerate.ts';
import type { RegenerationProgress } from './regenerationState.ts';
import { detailLines, summaryLine } from './status/liveView.ts';
import { addTrainingOptions, engineOf, HANG_AFTER_OPTION, noteEngine, START_WITHIN_OPTION } from './trainingOptions.ts';
import { parseShard, type Shard, shardFolderName, shardOfEnvironment } from './units/shard.ts';
import { addWorkOptions } from './workOptions.ts';

/** `nasbench regenerate`: trains the cells of a space, every run once, whatever happens in between. */
export function addRegenerateCommand(program: Command): void {
  const command = program
    .command('regenerate')
    .description('train every cell of a space; stopped or killed, the same command goes on where it was')
    .requiredOption('--out <dir>', 'folder of the journal');
  addWorkOptions(addTrainingOptions(command))
    .option(
      '--workers <n>',
      'processes that train (default: one for each core, or for each GPU)',
      integerBetween(0, 1024),
    )
    .option('--checkpoint-every <seconds>', 'keep what a run has done so far, to go on from there', positiveNumber, 60)
    .option(...HANG_AFTER_OPTION)
    .option(...START_WITHIN_OPTION)
    .option(
      '--shard <i/n>',
      'train only part i of n, in a folder of its own inside --out (default: by Slurm array or Kubernetes index)',
      parseShard,
    )
    .addOption(
      new Option(
        '--queue <url>',
        'redis://HOST:PORT: share the runs with `nasbench worker`s anywhere; --workers 0 only gives out and collects',
      ).conflicts('shard'),
    )
    .option('--queue-name <name>', "name of the queue there (default: the configuration's digest)", queueName)
    .option('--lost-after <seconds>', 'give the run of a worker that is not heard of to another', positiveNumber, 30)
    .option(
      '--retry-failed [hashes]',
      'train runs again that are recorded as failed: all, or those of the cells with these module hashes',
      listOf(moduleHashOption),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench regenerate --out runs/small --max-vertices 4 --epochs 1,2 --repeats 3'))
    .action(async (options) => {
      const context = commandContext(options);
      const { configuration, work, images, operationsFile } = await prepareRegeneration(options);
      context.note(`images: ${images.description}`);
      const { found, ...engine } = await resolveEngine(engineOf(options), availableParallelism());
      if (found !== undefined) noteEngine(found, context);
      const { retryFailed = false, checkpointEvery: checkpointSeconds } = options;
      const patience = { silenceSeconds: options.hangAfter, startSeconds: options.startWithin };
      // A queue shares the runs out by itself.
      const shard = options.shard ?? (options.queue === undefined ? ownShard(context) : undefined);
      const workers = options.workers ?? engine.workers;
      if (workers === 0 && options.queue === undefined)
        throw new UsageError('--workers 0 trains nothing, expected 1 or more, or a --queue whose workers train');
      const queue =
        options.queue === undefined
          ? undefined
          : { url: options.queue, name: options.queueName, lostAfterSeconds: options.lostAfter };
      const pool = { workers, checkpointSeconds, patience, retryFailed, engine };
      const running = { ...pool, shard, queue, operationsFile };
      const out = shard === undefined ? options.out : path.join(options.out, shardFolderName(shard));
      const summary = await runWithProgress(out, configuration, work, running, context);
      context.result({ out, ...summary }, describeSummary(options.out, summary));
    });
}

function moduleHashOption(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError(`${text} is no module hash; nasbench status names the failed runs`);
}

/** The shard that the environment gives this process. */
function ownShard(context: CommandContext): Shard | undefined {
  const own = shardOfEnvironment(process.env);
  if (own !== undefined) context.note(`shard ${own.shard.number}/${own.shard.of}: ${own.source}`);
  return own?.shard;
}

/** Runs a regeneration with a live view on a terminal, else a line now and then. An interruption says how to go on. */
export async function runWithProgress(
  folder: string,
  configuration: Configuration,
  work: Work,
  options: Omit<RegenerationOptions, 'signal' | 'onProgress' | 'onNote'>,
  context: CommandContext,
): Promise<RegenerationSummary & { readonly seconds: number }> {
  const started = performance.now();
  // In thousandths: the total is known once the runs are counted.
  const bar = context.progress('training', 1000);
  const onProgress = (progress: RegenerationProgress): void =>
    bar.update((1000 * progress.work) / progress.totalWork, summaryLine(progress), detailLines(progress));
  try {
    const summary = await regenerate(folder, configuration, work, {
      ...options,
      signal: context.signal,
      onProgress,
      onNote: context.note,
    });
    return { ...summary, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    if (context.signal.aborted) context.note('finished runs are kept; the same command goes on with the rest');
    throw error;
  } finally {
    bar.stop();
  }
}

function describeSummary(out: string, summary: RegenerationSummary & { readonly seconds: number }): string {
  const { runs, doneBefore, trained, failed, seconds } = summary;
  const before = doneBefore > 0 ? `${doneBefore} of ${runs} runs were done already; ` : '';
  const now =
    trained > 0
      ? `${trained} ${trained === 1 ? 'run' : 'runs'} trained in ${formatDuration(seconds)}`
      : 'nothing to train';
  const trouble = failed > 0 ? ` · ${failed} failed; the same command with --retry-failed trains them again` : '';
  return `${before}${now}${trouble}\nnext: nasbench assemble ${out} --out table.arrow`;
}
