import { rm } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { makeFolder, withPath } from '@nasbench/foundation/files';
import { assertTrainable, loadImages, stepCounts, trainingCount } from '@nasbench/trainer';
import { type Configuration, imageOptions, operationsOf, setupOf } from './configuration/configuration.ts';
import { claimFolder, type Work } from './configuration/regenerationFile.ts';
import { lockFolder } from './journal/folderLock.ts';
import { type JournalEntry, JournalWriter, journalFolder, readJournal } from './journal/journal.ts';
import { type FailedEntry, trainInPool } from './pool/pool.ts';
import { costCounter, failedEntry } from './pool/trainUnit.ts';
import { PATIENCE, type Patience } from './pool/workerProcess.ts';
import type { EngineRequest } from './probeEngine.ts';
import { QueueConnection } from './queue/connection.ts';
import { coordinate, type QueueOptions } from './queue/coordinate.ts';
import { type RegenerationProgress, RegenerationState } from './regenerationState.ts';
import { LiveStatusWriter } from './status/liveStatus.ts';
import { cellCosts } from './units/cellCosts.ts';
import { LocalSource } from './units/localSource.ts';
import type { Shard } from './units/shard.ts';
import type { UnitSource } from './units/unitSource.ts';
import { describeRun, UnitList, unitCheckpoint } from './units/units.ts';

export interface RegenerationSummary {
  /** all runs of the work, or of its shard */
  readonly runs: number;
  /** runs that were in the journal before */
  readonly doneBefore: number;
  readonly trained: number;
  /** of all runs in the journal now, those without results */
  readonly failed: number;
}

export interface RegenerationOptions {
  readonly workers: number;
  /** seconds between checkpoints of a run */
  readonly checkpointSeconds: number;
  /** default: half an hour each */
  readonly patience?: Patience | undefined;
  /** file of the configuration's own operations on this machine; default: it has none */
  readonly operationsFile?: string | undefined;
  /** default: wasm */
  readonly engine?: EngineRequest | undefined;
  /** the part of the runs that is trained here; default: all */
  readonly shard?: Shard | undefined;
  /** share the runs with workers elsewhere; `workers` may be 0 then */
  readonly queue?: QueueOptions | undefined;
  /** which runs that are recorded as failed are trained again: all, none, or those of the cells with these hashes */
  readonly retryFailed: boolean | readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RegenerationProgress) => void;
  /** one line for people */
  readonly onNote: (line: string) => void;
}

/**
 * Trains every run of the work that the folder's journal does not hold yet. A new folder is made; one that was started
 * with another configuration, or that another process works on, is refused. Runs are kept one by one: stopped or killed
 * at any moment, the next call goes on with the rest, and with a long run from its last checkpoint.
 */
export async function regenerate(
  folder: string,
  configuration: Configuration,
  work: Work,
  options: RegenerationOptions,
): Promise<RegenerationSummary> {
  await makeFolder(folder).catch((error: unknown) => {
    throw withPath(error, `cannot make the folder ${folder}`);
  });
  const unlock = await lockFolder(folder);
  let connection: QueueConnection | undefined;
  try {
    if (options.queue !== undefined) connection = await QueueConnection.open(options.queue.url, options.onNote);
    return await trainRest(folder, configuration, work, options, connection);
  } finally {
    connection?.close();
    await unlock();
  }
}

async function trainRest(
  folder: string,
  configuration: Configuration,
  work: Work,
  options: RegenerationOptions,
  connection: QueueConnection | undefined,
): Promise<RegenerationSummary> {
  const { engine = { engine: 'wasm', devices: [] }, patience = PATIENCE, shard, onProgress, onNote } = options;
  const { workers, checkpointSeconds, retryFailed, operationsFile, signal } = options;
  const images = await loadImages(configuration.images.name, imageOptions(configuration.images));
  const units = new UnitList(work, configuration);
  const operations = await operationsOf(configuration, operationsFile ?? null);
  const { multiplyAdds } = cellCosts(units, costCounter(configuration, operations));
  const { training } = setupOf(configuration);
  // Whatever does not fit together is refused here, before the folder is claimed for it.
  for (const epochs of work.epochs) assertTrainable(images, training, epochs);

  const state = new RegenerationState(units, shard, (cell, epochs) => {
    const steps = stepCounts(epochs, trainingCount(images, training), training.batchSize).end;
    return multiplyAdds[cell] * training.batchSize * steps;
  });
  const engines = new Set<string>();
  let hasRuns = false;
  await readJournal(
    journalFolder(folder),
    (entry) => {
      hasRuns = true;
      if (entry.points !== null) engines.add(entry.engine);
      const isRetried = typeof retryFailed === 'boolean' ? retryFailed : retryFailed.includes(entry.moduleHash);
      if (entry.points !== null || !isRetried) state.finished(entry);
    },
    onNote,
  );
  await claimFolder(folder, configuration, work, hasRuns);
  const doneBefore = state.done;
  const summary = (): RegenerationSummary => ({
    runs: state.total,
    doneBefore,
    trained: state.total - doneBefore,
    failed: state.failed,
  });
  // With a queue, workers are still to hear of it.
  if (state.done === state.total && connection === undefined) return summary();

  const journal = new JournalWriter(journalFolder(folder));
  const live = new LiveStatusWriter(folder);
  const report = (): void => {
    const progress = state.now();
    live.update(progress);
    onProgress(progress);
  };
  const keep = async (entry: JournalEntry): Promise<void> => {
    await journal.append(entry);
    await rm(unitCheckpoint(folder, entry), { force: true });
    state.finished(entry);
    if (entry.failure) {
      state.lastError = `${entry.failure} (${describeRun(entry)})`;
      onNote(`${describeRun(entry)} failed: ${entry.failure}`);
    }
    report();
  };
  const failed: FailedEntry = (unit, outcome) => failedEntry(configuration, operations, unit, outcome);
  const train = (source: UnitSource, until: AbortSignal, onEngine: (engine: string) => void | Promise<void>) =>
    trainInPool(
      source,
      {
        workers: Math.min(workers, state.total - state.done),
        engine,
        configuration,
        folder,
        imagesName: configuration.images.name,
        operationsFile: operationsFile ?? null,
        checkpointSeconds,
        patience,
        attempts: training.attempts,
      },
      {
        signal: until,
        onEngine: (description) => {
          if (configuration.engines === 'one') assertSameEngine(folder, engines, description);
          return onEngine(description);
        },
        onProgress: (worker, unit, fraction, imagesPerSecond) => {
          state.running(worker, unit, fraction, imagesPerSecond);
          report();
        },
        onError: (error) => {
          state.lastError = error;
          onNote(error);
        },
        failedEntry: failed,
      },
    );
  try {
    if (options.queue === undefined || connection === undefined) {
      await train(new LocalSource(units, (index) => state.isOpen(index), keep), signal, () => {});
    } else {
      const { name: queueName, lostAfterSeconds } = options.queue;
      const shared = { connection, queueName, lostAfterSeconds, folder, configuration, onNote };
      const [firstEngine] = engines;
      await coordinate(
        { ...shared, units, state, engine: firstEngine, keep, failedEntry: failed },
        (source, until) => train(source, until, (description) => source.agreeOnEngine(description)),
        signal,
      );
    }
  } finally {
    await journal.close();
    await live.close();
  }
  return summary();
}

/** Other arithmetic gives other bits, and a table says one thing of all its runs. */
function assertSameEngine(folder: string, engines: ReadonlySet<string>, engine: string): void {
  const other = [...engines].find((known) => known !== engine);
  if (other === undefined) return;
  throw new UsageError(
    `${folder} has runs that were trained on ${other}, this is ${engine}, which gives other numbers; choose that --engine, or another --out`,
  );
}
