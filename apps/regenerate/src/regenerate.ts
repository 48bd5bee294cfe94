import { rm } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { makeFolder, withPath } from '@nasbench/foundation/files';
import { createCostCounter, type NetworkConfig, type Operations } from '@nasbench/model';
import { assertTrainable, type ImageSet, loadImages, stepCounts, trainingCount } from '@nasbench/trainer';
import { type Configuration, imageOptions, operationsOf, setupOf, textSpace } from './configuration/configuration.ts';
import { claimFolder, type Work } from './configuration/regenerationFile.ts';
import { type JournalEntry, JournalWriter, journalFolder, readJournal } from './journal/journal.ts';
import { lockFolder } from './journal/lock.ts';
import { trainInPool } from './pool/pool.ts';
import { runOf } from './pool/trainUnit.ts';
import type { EngineRequest } from './probeEngine.ts';
import { type RegenerationProgress, RegenerationState } from './regenerationState.ts';
import { LocalSource } from './units/localSource.ts';
import type { Shard } from './units/shard.ts';
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
  /** seconds without a sign of life after which a process is taken to hang; default: half an hour */
  readonly silenceSeconds?: number | undefined;
  /** file of the configuration's own operations on this machine; default: it has none */
  readonly operationsFile?: string | undefined;
  /** default: wasm */
  readonly engine?: EngineRequest | undefined;
  /** the part of the runs that is trained here; default: all */
  readonly shard?: Shard | undefined;
  /** train runs again that are recorded as failed */
  readonly retryFailed: boolean;
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
  try {
    return await trainRest(folder, configuration, work, options);
  } finally {
    await unlock();
  }
}

async function trainRest(
  folder: string,
  configuration: Configuration,
  work: Work,
  options: RegenerationOptions,
): Promise<RegenerationSummary> {
  const { engine = { engine: 'wasm', devices: [] }, silenceSeconds = 1800, shard, onProgress, onNote } = options;
  const { workers, checkpointSeconds, retryFailed, operationsFile, signal } = options;
  const images = await loadImages(configuration.images.name, imageOptions(configuration.images));
  const units = new UnitList(work, configuration);
  const operations = await operationsOf(configuration, operationsFile ?? null);
  const costs = cellCosts(units, configuration, images, operations);
  const { training } = setupOf(configuration);
  // Whatever does not fit together is refused here, before the folder is claimed for it.
  for (const epochs of work.epochs) assertTrainable(images, training, epochs);

  const state = new RegenerationState(units, shard, (cell, epochs) => {
    const steps = stepCounts(epochs, trainingCount(images, training), training.batchSize).end;
    return costs.multiplyAdds[cell] * training.batchSize * steps;
  });
  const engines = new Set<string>();
  let hasRuns = false;
  await readJournal(
    journalFolder(folder),
    (entry) => {
      hasRuns = true;
      if (entry.points !== null) engines.add(entry.engine);
      if (entry.points !== null || !retryFailed) state.finished(entry);
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
  if (state.done === state.total) return summary();

  const journal = new JournalWriter(journalFolder(folder));
  const source = new LocalSource(
    units,
    (index) => state.isOpen(index),
    async (entry) => {
      await journal.append(entry);
      await rm(unitCheckpoint(folder, entry), { force: true });
      state.finished(entry);
      onProgress(state.now());
      if (entry.failure) onNote(`${describeRun(entry)} failed: ${entry.failure}`);
    },
  );
  try {
    await trainInPool(
      source,
      {
        workers: Math.min(workers, state.total - state.done),
        engine,
        configuration,
        folder,
        imagesName: configuration.images.name,
        operationsFile: operationsFile ?? null,
        checkpointSeconds,
        silenceSeconds,
        attempts: training.attempts,
      },
      {
        signal,
        onEngine: (description) => {
          if (configuration.engines === 'one') assertSameEngine(folder, engines, description);
        },
        onProgress: (worker, unit, fraction, imagesPerSecond) => {
          state.running(worker, unit, fraction, imagesPerSecond);
          onProgress(state.now());
        },
        failedEntry: (unit, attempts, totalTime, failure): JournalEntry => ({
          ...runOf(unit, configuration),
          trainableParameters: costs.trainableParameters[units.cellOf(units.indexOf(unit))],
          points: null,
          totalTime,
          attempts,
          engine: 'none',
          failure,
        }),
      },
    );
  } finally {
    await source.close();
    await journal.close();
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

/** Parameters of each cell's network, and multiply-adds for one image. @throws NasbenchError for a cell that no network can be made of */
function cellCosts(
  units: UnitList,
  configuration: Configuration,
  { size, channels, labels }: ImageSet,
  operations: Operations | undefined,
) {
  const { network } = setupOf(configuration);
  const config: NetworkConfig = { ...network, imageSize: size, imageChannels: channels, labels };
  const count = createCostCounter(config, operations, textSpace(configuration));
  const trainableParameters = new Float64Array(units.cellCount);
  const multiplyAdds = new Float64Array(units.cellCount);
  for (let row = 0; row < units.cellCount; row++) {
    const costs = count(units.cell(row));
    trainableParameters[row] = costs.trainableParameters;
    multiplyAdds[row] = costs.multiplyAdds;
  }
  return { trainableParameters, multiplyAdds };
}
