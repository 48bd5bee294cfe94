import { rm } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { makeFolder, withPath } from '@nasbench/foundation/files';
import { type Cell, parseCell } from '@nasbench/graph';
import { planNetwork } from '@nasbench/model';
import { assertTrainable, type ImageSet, loadImages, stepCounts, trainingCount } from '@nasbench/trainer';
import { type Configuration, claimFolder, imageOptions } from './configuration.ts';
import { type JournalEntry, JournalWriter, readJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { trainInPool } from './pool.ts';
import type { EngineRequest } from './probeEngine.ts';
import { runOf, setupOf } from './trainUnit.ts';
import { listUnits, type Unit, unitCheckpoint, unitKey } from './units.ts';

/** How a regeneration stands; `done` and `total` count runs, `work` and `totalWork` multiply-adds of training. */
export interface RegenerationProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly work: number;
  readonly totalWork: number;
  readonly imagesPerSecond: number;
}

export interface RegenerationSummary {
  /** all runs of the configuration */
  readonly runs: number;
  /** runs that were in the journal before */
  readonly doneBefore: number;
  readonly trained: number;
  /** of all runs in the journal now, those without results */
  readonly failed: number;
}

/** The folder of a regeneration's journal. */
export const journalFolder = (folder: string): string => path.join(folder, 'journal');

/**
 * Trains every run of the configuration that the folder's journal does not hold yet. A new folder is made; one that
 * was started with other settings, or that another process works on, is refused. Runs are kept one by one: stopped or
 * killed at any moment, the next call goes on with the rest, and with a long run from its last checkpoint.
 */
export async function regenerate(
  folder: string,
  configuration: Configuration,
  options: {
    readonly workers: number;
    /** seconds between checkpoints of a run */
    readonly checkpointSeconds: number;
    /** default: wasm */
    readonly engine?: EngineRequest | undefined;
    /** train runs again that are recorded as failed */
    readonly retryFailed: boolean;
    readonly signal: AbortSignal;
    readonly onProgress: (progress: RegenerationProgress) => void;
    /** one line for people */
    readonly onNote: (line: string) => void;
  },
): Promise<RegenerationSummary> {
  await makeFolder(folder).catch((error: unknown) => {
    throw withPath(error, `cannot make the folder ${folder}`);
  });
  const unlock = await lockFolder(folder);
  try {
    return await trainRest(folder, configuration, options);
  } finally {
    await unlock();
  }
}

async function trainRest(
  folder: string,
  configuration: Configuration,
  {
    workers,
    checkpointSeconds,
    engine = { engine: 'wasm', devices: [] },
    retryFailed,
    signal,
    onProgress,
    onNote,
  }: Parameters<typeof regenerate>[2],
): Promise<RegenerationSummary> {
  const images = await loadImages(configuration.images.name, imageOptions(configuration));
  const units = listUnits(cellsOf(configuration), configuration.space, configuration.epochs, configuration.repeats);
  const workOf = costOf(configuration, images);
  // Whatever does not fit together is refused here, before the folder is claimed for it.
  for (const epochs of configuration.epochs) assertTrainable(images, setupOf(configuration).training, epochs);
  for (const unit of units) workOf(unit);

  const { entries, warnings } = await readJournal(journalFolder(folder));
  for (const warning of warnings) onNote(warning);
  await claimFolder(folder, configuration, entries.length > 0);
  const finished = new Map(
    entries.filter((entry) => !retryFailed || entry.points !== null).map((entry) => [unitKey(entry), entry]),
  );
  const rest = units.filter((unit) => !finished.has(unitKey(unit)));
  const summary = (): RegenerationSummary => ({
    runs: units.length,
    doneBefore: units.length - rest.length,
    trained: rest.length,
    failed: [...finished.values()].filter((entry) => entry.points === null).length,
  });
  if (rest.length === 0) return summary();

  const progress = new ProgressSum(units, workOf, finished);
  const journal = new JournalWriter(journalFolder(folder));
  try {
    await trainInPool({
      units: rest,
      workers,
      engine,
      onEngine: (description) => assertSameEngine(folder, [...finished.values()], description),
      folder,
      imagesName: configuration.images.name,
      checkpointSeconds,
      signal,
      attempts: setupOf(configuration).training.attempts,
      onProgress: (worker, unit, fraction, imagesPerSecond) => {
        progress.running(worker, unit, fraction, imagesPerSecond);
        onProgress(progress.now());
      },
      onFinished: async (entry) => {
        await journal.append(entry);
        await rm(unitCheckpoint(folder, entry), { force: true });
        finished.set(unitKey(entry), entry);
        progress.finished(entry);
        onProgress(progress.now());
        if (entry.failure) {
          onNote(`run ${entry.moduleHash}, ${entry.epochs} epochs, repeat ${entry.repeat} failed: ${entry.failure}`);
        }
      },
      failedEntry: (unit, attempts, totalTime, failure) => ({
        ...runOf(unit, configuration),
        trainableParameters: plan(unit, configuration, images).trainableParameters,
        points: null,
        totalTime,
        attempts,
        engine: 'none',
        failure,
      }),
    });
  } finally {
    await journal.close();
  }
  return summary();
}

/** Other arithmetic gives other bits, and a table says one thing of all its runs. */
function assertSameEngine(folder: string, entries: readonly JournalEntry[], engine: string): void {
  const other = entries.find((entry) => entry.points !== null && entry.engine !== engine);
  if (other === undefined) return;
  throw new UsageError(
    `${folder} has runs that were trained on ${other.engine}, this is ${engine}, which gives other numbers; choose that --engine, or another --out`,
  );
}

const cellsOf = ({ cells, space }: Configuration): Cell[] => cells.map((text) => parseCell(text, space));

function plan(unit: Pick<Unit, 'cell'>, configuration: Configuration, { size, channels, labels }: ImageSet) {
  const { network } = setupOf(configuration);
  return planNetwork(parseCell(unit.cell, configuration.space), {
    ...network,
    imageSize: size,
    imageChannels: channels,
    labels,
  });
}

/** Multiply-adds of a run's training, the measure of its share of the whole work. Evaluation grows alike and is left out. */
function costOf(configuration: Configuration, images: ImageSet): (unit: Unit) => number {
  const { training } = setupOf(configuration);
  const perImage = new Map<string, number>();
  return (unit) => {
    const cost = perImage.get(unit.moduleHash) ?? plan(unit, configuration, images).multiplyAdds;
    perImage.set(unit.moduleHash, cost);
    return cost * training.batchSize * stepCounts(unit.epochs, trainingCount(images, training), training.batchSize).end;
  };
}

/** Adds up finished and running runs. */
class ProgressSum {
  readonly #work: Map<string, number>;
  readonly #totalWork: number;
  readonly #running = new Map<number, { key: string; work: number; imagesPerSecond: number }>();
  #done = 0;
  #failed = 0;
  #finishedWork = 0;

  constructor(units: readonly Unit[], workOf: (unit: Unit) => number, finished: ReadonlyMap<string, JournalEntry>) {
    this.#work = new Map(units.map((unit) => [unitKey(unit), workOf(unit)]));
    this.#totalWork = [...this.#work.values()].reduce((sum, work) => sum + work, 0);
    for (const entry of finished.values()) this.finished(entry);
  }

  running(worker: number, unit: Unit, fraction: number, imagesPerSecond: number): void {
    const key = unitKey(unit);
    this.#running.set(worker, { key, work: fraction * (this.#work.get(key) ?? 0), imagesPerSecond });
  }

  finished(entry: JournalEntry): void {
    const key = unitKey(entry);
    this.#done++;
    if (entry.points === null) this.#failed++;
    this.#finishedWork += this.#work.get(key) ?? 0;
    for (const [worker, run] of this.#running) if (run.key === key) this.#running.delete(worker);
  }

  now(): RegenerationProgress {
    const running = [...this.#running.values()];
    return {
      done: this.#done,
      total: this.#work.size,
      failed: this.#failed,
      work: this.#finishedWork + running.reduce((sum, run) => sum + run.work, 0),
      totalWork: this.#totalWork,
      imagesPerSecond: running.reduce((sum, run) => sum + run.imagesPerSecond, 0),
    };
  }
}
