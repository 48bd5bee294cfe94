import { NasbenchError } from '@nasbench/foundation/errors';
import type { JournalEntry } from './journal.ts';
import type { EngineRequest } from './probeEngine.ts';
import type { Unit } from './units.ts';
import { WorkerProcess } from './workerProcess.ts';

/** What the pool needs and reports. */
export interface PoolOptions {
  readonly units: readonly Unit[];
  readonly workers: number;
  /** folder whose configuration the workers read */
  readonly folder: string;
  /** for the trainer's loadImages, on this machine */
  readonly imagesName: string;
  /** seconds between checkpoints of a run */
  readonly checkpointSeconds: number;
  /** a run during which its process dies so many times is recorded as failed */
  readonly attempts: number;
  /** what the processes train on; its devices are shared out among them */
  readonly engine: EngineRequest;
  /** hears of the engine of every new process; what it throws ends the work */
  readonly onEngine: (engine: string) => void;
  readonly signal: AbortSignal;
  /** must keep the run before it resolves; the pool ends when all are kept */
  readonly onFinished: (entry: JournalEntry) => Promise<void>;
  readonly onProgress: (worker: number, unit: Unit, fraction: number, imagesPerSecond: number) => void;
  /** the entry to record for a run that its processes did not survive */
  readonly failedEntry: (unit: Unit, attempts: number, seconds: number, reason: string) => JournalEntry;
}

/** A unit in work, and what it has cost so far. */
interface Work {
  readonly unit: Unit;
  deaths: number;
  seconds: number;
}

/**
 * Trains every unit in a pool of child processes, each with one run at a time. A process that dies is replaced and its
 * run goes on from its last checkpoint, or starts again. Rejects with the signal's reason when aborted; finished runs are kept by then.
 */
export async function trainInPool(options: PoolOptions): Promise<void> {
  const next = options.units[Symbol.iterator]();
  const again: Work[] = [];
  const takeWork = (): Work | undefined => {
    const repeated = again.pop();
    if (repeated !== undefined) return repeated;
    const { done, value } = next.next();
    return done ? undefined : { unit: value, deaths: 0, seconds: 0 };
  };

  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const workers = Math.min(options.workers, options.units.length);
  await Promise.allSettled(
    Array.from({ length: workers }, (_, worker) =>
      // One worker that cannot go on ends them all: the others would meet the same trouble.
      runWorker(worker, takeWork, again, options, signal).catch((error: unknown) => stopped.abort(error)),
    ),
  );
  signal.throwIfAborted();
}

async function runWorker(
  worker: number,
  takeWork: () => Work | undefined,
  again: Work[],
  options: PoolOptions,
  signal: AbortSignal,
): Promise<void> {
  const { folder, imagesName, checkpointSeconds, attempts, onEngine, onProgress, onFinished, failedEntry } = options;
  const { engine, devices } = options.engine;
  const device = devices.length > 0 ? devices[worker % devices.length] : undefined;
  let child: WorkerProcess | undefined;
  let deathsAtStart = 0;
  const stop = (): void => child?.stop();
  signal.addEventListener('abort', stop);
  try {
    for (let work = takeWork(); work !== undefined; work = takeWork()) {
      const { unit } = work;
      signal.throwIfAborted();
      child ??= new WorkerProcess(folder, imagesName, checkpointSeconds, engine, device, onEngine);
      const started = performance.now();
      const outcome = await child.train(unit, (fraction, speed) => onProgress(worker, unit, fraction, speed));
      signal.throwIfAborted();
      if (outcome.kind === 'finished') {
        deathsAtStart = 0;
        await onFinished(outcome.entry);
        continue;
      }
      child = undefined;
      if (outcome.atStart) {
        // That is no fault of the run: it is given back as it was.
        again.push(work);
        if (++deathsAtStart >= attempts)
          throw new NasbenchError(`a worker could not be started, ${attempts} times: ${outcome.reason}`);
        continue;
      }
      work.deaths++;
      work.seconds += (performance.now() - started) / 1000;
      if (work.deaths < attempts) again.push(work);
      else await onFinished(failedEntry(unit, work.deaths, work.seconds, outcome.reason));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    child?.stop();
  }
}
