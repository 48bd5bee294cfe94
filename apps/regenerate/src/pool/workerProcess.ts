import { type ChildProcess, fork } from 'node:child_process';
import { NasbenchError } from '@nasbench/foundation/errors';
import type { JournalEntry } from '../journal/journal.ts';
import type { Unit } from '../units/units.ts';
import type { PoolMessage, WorkerMessage, WorkerSettings } from './messages.ts';

const WORKER_FILE = new URL('./worker.js', import.meta.url);

/** How long a process may say nothing before it is taken to hang, and killed. */
export interface Patience {
  /** while it trains; it tells its progress several times a second, or after each step */
  readonly silenceSeconds: number;
  /** until it has loaded its images and its engine */
  readonly startSeconds: number;
}

export const PATIENCE: Patience = { silenceSeconds: 1800, startSeconds: 1800 };

/** The process is gone, whether it was killed, crashed or could not be started. */
interface Died {
  readonly kind: 'died';
  /** before it had loaded its images and engine */
  readonly atStart: boolean;
  readonly reason: string;
}

export type Outcome = { readonly kind: 'finished'; readonly entry: JournalEntry } | Died;

/** A child process that trains one run at a time. It ends by itself when its parent is gone. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #patience: Patience;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<void>;
  #isReady = false;
  /** why it was killed, if it was */
  #killedFor: string | undefined;

  /**
   * @param onReady hears what the process computes with, before it trains; what it throws, `train` rejects with
   */
  constructor(settings: WorkerSettings, patience: Patience, onReady: (engine: string) => void | Promise<void>) {
    this.#patience = patience;
    // Its stderr is ours: a crash of the engine explains itself there.
    const child = fork(WORKER_FILE, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      let reason: string | undefined;
      child.on('message', (message: WorkerMessage) => {
        if (message.kind === 'dying') ({ reason } = message);
      });
      child.once('exit', (code, signal) =>
        resolve(this.#killedFor ?? reason ?? `its process ended with ${signal ?? `status ${code}`}`),
      );
      // Stays on: a message to a process that has just ended is reported here, later than the exit.
      child.on('error', (error) => resolve(`its process failed: ${error.message}`));
    });
    this.#ready = this.#start().then(async (engine) => {
      await onReady(engine);
      this.#isReady = true;
    });
    // Whoever trains waits for it; nobody has to.
    this.#ready.catch(() => {});
    this.#send({ kind: 'start', settings });
  }

  /** @throws NasbenchError if the process says that it cannot train anything */
  async train(unit: Unit, onProgress: (fraction: number, imagesPerSecond: number) => void): Promise<Outcome> {
    const work = async (): Promise<Outcome> => {
      await this.#ready;
      endWatch = this.#watch();
      const finished = this.#message((message): Outcome | undefined => {
        if (message.kind === 'progress') onProgress(message.fraction, message.imagesPerSecond);
        return message.kind === 'finished' ? message : undefined;
      });
      this.#send({ kind: 'train', unit });
      return finished;
    };
    const died = this.#ended.then((reason): Died => ({ kind: 'died', atStart: !this.#isReady, reason }));
    let endWatch = (): void => {};
    try {
      return await Promise.race([work(), died]);
    } finally {
      endWatch();
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #send(message: PoolMessage): void {
    // A process that is gone is noticed by its exit.
    this.#child.send(message, () => {});
  }

  /** What the process computes with, once it is ready. */
  async #start(): Promise<string> {
    const { startSeconds } = this.#patience;
    const timer = this.#killAfter(startSeconds, `it was not ready to train after ${startSeconds} s`);
    try {
      const { engine } = await this.#message((message) => (message.kind === 'ready' ? message : undefined));
      return engine;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Timers run on the monotonic clock: setting the time of day changes nothing. */
  #killAfter(seconds: number, reason: string): NodeJS.Timeout {
    // A process that is gone needs no watch, and must not keep this one.
    return setTimeout(() => {
      this.#killedFor = reason;
      this.stop();
    }, seconds * 1000).unref();
  }

  /** Kills a process that hangs. */
  #watch(): () => void {
    const { silenceSeconds } = this.#patience;
    const timer = this.#killAfter(silenceSeconds, `it gave no sign of life for ${silenceSeconds} s`);
    const onMessage = (): void => void timer.refresh();
    this.#child.on('message', onMessage);
    return () => {
      clearTimeout(timer);
      this.#child.off('message', onMessage);
    };
  }

  /** The first answer that `read` makes of a message. */
  #message<T>(read: (message: WorkerMessage) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: WorkerMessage): void => {
        const answer = message.kind === 'broken' ? undefined : read(message);
        if (message.kind === 'broken') reject(new NasbenchError(message.message));
        if (message.kind === 'broken' || answer !== undefined) this.#child.off('message', onMessage);
        if (answer !== undefined) resolve(answer);
      };
      this.#child.on('message', onMessage);
    });
  }
}
