import { type ChildProcess, fork } from 'node:child_process';
import { NasbenchError } from '@nasbench/foundation/errors';
import type { JournalEntry } from './journal.ts';
import type { TrainMessage, WorkerMessage } from './messages.ts';
import type { Unit } from './units.ts';

/** What the pool needs and reports. */
export interface PoolOptions {
  readonly units: readonly Unit[];
  readonly workers: number;
  /** folder whose configuration the workers read */
  readonly folder: string;
  /** a run during which its process dies so many times is recorded as failed */
  readonly attempts: number;
  readonly signal: AbortSignal;
  /** must keep the run before it resolves; the pool ends when all are kept */
  readonly onFinished: (entry: JournalEntry) => Promise<void>;
  readonly onProgress: (worker: number, unit: Unit, fraction: number, imagesPerSecond: number) => void;
  /** the entry to record for a run that its processes did not survive */
  readonly failedEntry: (unit: Unit, attempts: number, reason: string) => JournalEntry;
}

const WORKER_FILE = new URL('./worker.js', import.meta.url);

/**
 * Trains every unit in a pool of child processes, each with one run at a time. A process that dies is replaced and its
 * run starts again from scratch. Rejects with the signal's reason when aborted; finished runs are kept by then.
 */
export async function trainInPool(options: PoolOptions): Promise<void> {
  const queue = options.units.map((unit) => ({ unit, deaths: 0 }));
  const next = queue[Symbol.iterator]();
  const again: { unit: Unit; deaths: number }[] = [];
  const takeWork = (): { unit: Unit; deaths: number } | undefined => again.pop() ?? next.next().value;

  const stopped = new AbortController();
  const stop = (): void => stopped.abort(options.signal.reason);
  options.signal.addEventListener('abort', stop);
  if (options.signal.aborted) stop();

  const runWorker = async (worker: number): Promise<void> => {
    let child: WorkerProcess | undefined;
    try {
      for (let work = takeWork(); work !== undefined; work = takeWork()) {
        stopped.signal.throwIfAborted();
        child ??= await WorkerProcess.start(options.folder, stopped.signal);
        const { unit } = work;
        const outcome = await child.train(unit, (fraction, speed) => options.onProgress(worker, unit, fraction, speed));
        if (outcome.kind === 'finished') {
          await options.onFinished(outcome.entry);
          continue;
        }
        child = undefined;
        work.deaths++;
        if (work.deaths < options.attempts) again.push(work);
        else await options.onFinished(options.failedEntry(unit, work.deaths, outcome.reason));
      }
    } catch (error) {
      // One worker that cannot go on ends them all: the others would meet the same trouble.
      stopped.abort(error);
      throw error;
    } finally {
      child?.stop();
    }
  };

  const workers = Math.min(options.workers, options.units.length);
  const results = await Promise.allSettled(Array.from({ length: workers }, (_, worker) => runWorker(worker)));
  options.signal.removeEventListener('abort', stop);
  if (stopped.signal.aborted) throw stopped.signal.reason;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

type Outcome = { kind: 'finished'; entry: JournalEntry } | { kind: 'died'; reason: string };

/** One child process; it ends by itself when its parent is gone. */
class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  private constructor(child: ChildProcess, signal: AbortSignal) {
    this.#child = child;
    this.#signal = signal;
  }

  static async start(folder: string, signal: AbortSignal): Promise<WorkerProcess> {
    // Its stderr is ours: a crash of the engine explains itself there.
    const child = fork(WORKER_FILE, [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const worker = new WorkerProcess(child, signal);
    const outcome = await worker.#until<{ kind: 'ready' }>((message, settle) => {
      if (message.kind === 'ready') settle(message);
    });
    if (outcome.kind === 'died') throw new NasbenchError(`a worker could not start: ${outcome.reason}`);
    return worker;
  }

  train(unit: Unit, onProgress: (fraction: number, imagesPerSecond: number) => void): Promise<Outcome> {
    const outcome = this.#until<Outcome>((message, settle) => {
      if (message.kind === 'progress') onProgress(message.fraction, message.imagesPerSecond);
      if (message.kind === 'finished') settle(message);
    });
    this.#child.send({ kind: 'train', unit } satisfies TrainMessage);
    return outcome;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  /** Listens until `handle` settles, the process dies, it is broken, or the work is stopped. */
  #until<T>(
    handle: (message: WorkerMessage, settle: (value: T) => void) => void,
  ): Promise<T | { kind: 'died'; reason: string }> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: WorkerMessage): void => {
        if (message.kind === 'broken') done(() => reject(new NasbenchError(message.message)));
        else handle(message, (value) => done(() => resolve(value)));
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
        done(() => resolve({ kind: 'died', reason: `its process ended with ${signal ?? `status ${code}`}` }));
      const onAbort = (): void => {
        this.stop();
        done(() => reject(this.#signal.reason));
      };
      const done = (settle: () => void): void => {
        this.#child.off('message', onMessage).off('exit', onExit);
        this.#signal.removeEventListener('abort', onAbort);
        settle();
      };
      this.#child.on('message', onMessage).on('exit', onExit);
      this.#signal.addEventListener('abort', onAbort);
    });
  }
}
