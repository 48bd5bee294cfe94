import { NasbenchError } from '@nasbench/foundation/errors';
import type { JournalEntry } from '../journal/journal.ts';
import type { EngineRequest } from '../probeEngine.ts';
import type { Claim, UnitSource } from '../units/unitSource.ts';
import type { Unit } from '../units/units.ts';
import type { WorkerSettings } from './messages.ts';
import { type Outcome, type Patience, WorkerProcess } from './workerProcess.ts';

/** How the processes of a pool train. */
export interface PoolSettings extends Omit<WorkerSettings, 'engine' | 'device'> {
  readonly workers: number;
  /** what the processes train on; its devices are shared out among them */
  readonly engine: EngineRequest;
  /** a run during which its process dies so many times is recorded as failed */
  readonly attempts: number;
  readonly patience: Patience;
}

/** The entry to record for a run that did not come to an end. */
export type FailedEntry = (
  unit: Unit,
  outcome: { readonly attempts: number; readonly totalTime: number; readonly failure: string },
) => JournalEntry;

export interface PoolHooks {
  readonly signal: AbortSignal;
  /** hears of the engine of every new process before it trains; what it throws ends the work */
  readonly onEngine: (engine: string) => void | Promise<void>;
  readonly onProgress: (worker: number, unit: Unit, fraction: number, imagesPerSecond: number) => void;
  /** hears of every process that died and is replaced, in a line for people */
  readonly onError: (error: string) => void;
  /** the entry to record for a run that its processes did not survive */
  readonly failedEntry: FailedEntry;
}

/**
 * Trains the units of a source in a pool of child processes, each with one run at a time. A process that dies or hangs is
 * replaced and its run goes on from its last checkpoint, or starts again. Rejects with the signal's reason when aborted;
 * finished runs are kept by then and unfinished units given back.
 */
export async function trainInPool(source: UnitSource, settings: PoolSettings, hooks: PoolHooks): Promise<void> {
  const stopped = new AbortController();
  const signal = AbortSignal.any([hooks.signal, stopped.signal]);
  await Promise.allSettled(
    Array.from({ length: settings.workers }, (_, number) =>
      // One worker that cannot go on ends them all: the others would meet the same trouble.
      new PoolWorker(number, settings, { ...hooks, signal })
        .run(source)
        .catch((error: unknown) => stopped.abort(error)),
    ),
  );
  signal.throwIfAborted();
}

/** A place in the pool: one process after another. */
class PoolWorker {
  readonly #number: number;
  readonly #settings: PoolSettings;
  readonly #hooks: PoolHooks;
  #process: WorkerProcess | undefined;

  constructor(number: number, settings: PoolSettings, hooks: PoolHooks) {
    this.#number = number;
    this.#settings = settings;
    this.#hooks = hooks;
  }

  async run(source: UnitSource): Promise<void> {
    const { signal } = this.#hooks;
    const stop = (): void => this.#process?.stop();
    signal.addEventListener('abort', stop);
    try {
      for (let claim = await source.take(signal); claim !== undefined; claim = await source.take(signal)) {
        try {
          await claim.finish(await this.#train(claim));
        } finally {
          // After `finish` it does nothing.
          await claim.release();
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#process?.stop();
    }
  }

  /** The entry of the unit's run, whatever happens to the processes that train it. */
  async #train({ unit }: Claim): Promise<JournalEntry> {
    const { attempts } = this.#settings;
    let deathsAtStart = 0;
    let deaths = 0;
    let seconds = 0;
    for (;;) {
      const started = performance.now();
      const outcome = await this.#trainInProcess(unit);
      if (outcome.kind === 'finished') return outcome.entry;
      this.#process = undefined;
      if (outcome.atStart) {
        // That is no fault of the run.
        if (++deathsAtStart >= attempts)
          throw new NasbenchError(`a worker could not be started, ${attempts} times: ${outcome.reason}`);
      } else {
        deaths++;
        seconds += (performance.now() - started) / 1000;
        if (deaths >= attempts)
          return this.#hooks.failedEntry(unit, { attempts: deaths, totalTime: seconds, failure: outcome.reason });
      }
      this.#hooks.onError(`worker ${this.#number}: ${outcome.reason}; another process goes on`);
    }
  }

  async #trainInProcess(unit: Unit): Promise<Outcome> {
    const { signal, onEngine, onProgress } = this.#hooks;
    const { workers: _, attempts: __, engine: request, patience, ...shared } = this.#settings;
    const { engine, devices } = request;
    const device = devices.length > 0 ? devices[this.#number % devices.length] : null;
    const settings = { ...shared, engine, device };
    signal.throwIfAborted();
    this.#process ??= new WorkerProcess(settings, patience, onEngine);
    const outcome = await this.#process.train(unit, (fraction, speed) =>
      onProgress(this.#number, unit, fraction, speed),
    );
    signal.throwIfAborted();
    return outcome;
  }
}
