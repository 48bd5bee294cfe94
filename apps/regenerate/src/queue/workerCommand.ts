import { availableParallelism, hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { makeFolder } from '@nasbench/foundation/files';
import {
  type CommandContext,
  commandContext,
  example,
  formatDuration,
  integerBetween,
  JSON_OPTION,
  positiveNumber,
} from '@nasbench/terminal';
import { configurationDigest } from '../configuration/configuration.ts';
import { CODE_VERSION } from '../prepareRegeneration.ts';
import { resolveEngine } from '../probeEngine.ts';
import {
  DEVICE_OPTION,
  engineOf,
  engineOption,
  HANG_AFTER_OPTION,
  noteEngine,
  START_WITHIN_OPTION,
} from '../trainingOptions.ts';
import { QueueConnection } from './connection.ts';
import { assertSameCode, chooseRegeneration, joinQueue } from './joinQueue.ts';
import { queueName } from './sharedQueue.ts';

const SECONDS_BETWEEN_NOTES = 60;

/** `nasbench worker`: trains units of a regeneration that another machine coordinates. */
export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('train runs of a regeneration that was started elsewhere with --queue; come and go at any time')
    .argument('<url>', 'redis://HOST:PORT, as given to regenerate --queue (password: NASBENCH_QUEUE_PASSWORD)')
    .option('--queue-name <name>', 'which regeneration (default: the only one there)', queueName)
    .option('--images <set>', 'where the same images are on this machine, as cifar10:DIR (default: as there)')
    .option('--operations <file>', "the same module of the regeneration's own operations, if it has any")
    .option(
      '--workers <n>',
      'processes that train (default: one for each core, or for each GPU)',
      integerBetween(1, 1024),
    )
    .addOption(engineOption())
    .option(...DEVICE_OPTION)
    .option('--wait', 'wait for a regeneration, and for the next one when it is done')
    .option(
      '--checkpoints <dir>',
      'folder for long runs, to go on from (default: one for the regeneration, among temporary files)',
    )
    .option('--checkpoint-every <seconds>', 'keep what a run has done so far', positiveNumber, 60)
    .option(...HANG_AFTER_OPTION)
    .option(...START_WITHIN_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench worker redis://10.0.0.7:6379 --images cifar10:/data/cifar10'))
    .action(async (url, options) => {
      const context = commandContext(options);
      const { found, ...engine } = await resolveEngine(engineOf(options), availableParallelism());
      if (found !== undefined) noteEngine(found, context);
      const { wait = false, checkpointEvery: checkpointSeconds } = options;
      const patience = { silenceSeconds: options.hangAfter, startSeconds: options.startWithin };
      const connection = await QueueConnection.open(url, context.note);
      const { address } = connection;
      const tally = new Tally(context);
      try {
        for (;;) {
          const regeneration = await chooseRegeneration(connection, options.queueName, wait, context.signal);
          const { queue, configuration } = regeneration;
          assertSameCode(configuration, CODE_VERSION, `${queue} at ${address}`);
          const folder =
            options.checkpoints ?? path.join(tmpdir(), `nasbench-worker-${configurationDigest(configuration)}`);
          await makeFolder(folder);
          const workers = options.workers ?? engine.workers;
          context.note(`${hostname()}: ${workers} ${workers === 1 ? 'worker' : 'workers'} for ${queue} at ${address}`);
          const imagesName = options.images ?? configuration.images.name;
          const operationsFile = options.operations ?? null;
          const { onFinished, onProgress } = tally;
          const running = { workers, engine, imagesName, operationsFile, folder, checkpointSeconds, patience };
          await joinQueue(
            connection,
            regeneration,
            { ...running, onFinished, onProgress, onNote: context.note },
            context.signal,
          );
          context.note(`${queue} is done`);
          if (!wait) break;
        }
      } catch (error) {
        if (context.signal.aborted)
          context.note(`${tally.text()} handed in; what was being trained is given back to the others`);
        throw error;
      } finally {
        tally.end();
        connection.close();
      }
      context.result({ trained: tally.trained, seconds: tally.seconds }, tally.text());
    });
}

/** What this worker did so far, said once a minute. */
class Tally {
  trained = 0;
  readonly #started = performance.now();
  readonly #speeds = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(context: CommandContext) {
    const note = (): void => context.note(`${this.text()} · ${this.#imagesPerSecond.toFixed(0)} images/s`);
    this.#timer = setInterval(note, SECONDS_BETWEEN_NOTES * 1000).unref();
  }

  readonly onFinished = (): void => void this.trained++;

  readonly onProgress = (worker: number, imagesPerSecond: number): void =>
    void this.#speeds.set(worker, imagesPerSecond);

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  text(): string {
    return `${this.trained} ${this.trained === 1 ? 'run' : 'runs'} trained in ${formatDuration(this.seconds)}`;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  get #imagesPerSecond(): number {
    return [...this.#speeds.values()].reduce((sum, speed) => sum + speed, 0);
  }
}
