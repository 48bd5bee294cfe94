import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import type { Job, Worker } from 'bullmq';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import type { FailedEntry } from '../pool/pool.ts';
import type { Claim, UnitSource } from '../units/unitSource.ts';
import { describeRun, type Unit, unitCheckpoint } from '../units/units.ts';
import { pause, type QueueConnection, untilAborted } from './connection.ts';
import { PREFIX, queueKey, unitOfJob } from './sharedQueue.ts';

/** Between two looks at a queue that had nothing to give. */
const POLL_MILLISECONDS = 250;

/** What a stop may take to give units back, and again to end: all of it has to end within 10 s. */
const GRACE_MILLISECONDS = 3000;

type RunJob = Job<string, null>;

export interface QueueSourceSettings {
  readonly connection: QueueConnection;
  readonly queue: string;
  readonly configuration: Configuration;
  readonly lostAfterSeconds: number;
  /** where this process keeps checkpoints */
  readonly folder: string;
  readonly failedEntry: FailedEntry;
  readonly onNote: (line: string) => void;
}

/**
 * The units of a queue in Redis, for the workers of one process of many. A unit that is out is locked; the lock is renewed
 * while this process lives, and without it the unit goes back by itself. A run that is handed in lies in Redis until the
 * coordinator has it in its journal; a Redis that forgets it has its unit trained again.
 */
export class QueueSource implements UnitSource {
  readonly #settings: QueueSourceSettings;
  readonly #worker: Worker<string, null>;
  readonly #attempts: number;
  readonly #out = new Map<RunJob, string>();
  readonly #renewal: NodeJS.Timeout;

  private constructor(settings: QueueSourceSettings, worker: Worker<string, null>, attempts: number) {
    this.#settings = settings;
    this.#worker = worker;
    this.#attempts = attempts;
    this.#renewal = setInterval(() => this.#renewLocks(), (settings.lostAfterSeconds * 1000) / 3);
  }

  static async open(settings: QueueSourceSettings): Promise<QueueSource> {
    const { connection, queue, configuration, lostAfterSeconds } = settings;
    const { Worker: BullWorker } = await import('bullmq');
    const { attempts } = setupOf(configuration).training;
    const worker = new BullWorker<string, null>(queue, null, {
      connection: connection.redis,
      prefix: PREFIX,
      autorun: false,
      lockDuration: lostAfterSeconds * 1000,
      // A unit is given up at the second look that finds it without a lock.
      stalledInterval: (lostAfterSeconds * 1000) / 2,
      maxStalledCount: attempts - 1,
      removeOnComplete: { count: 0 },
      skipVersionCheck: true,
    });
    // The connection tells the user; whatever it was, units come back when their locks end.
    worker.on('error', () => {});
    await worker.startStalledCheckTimer();
    return new QueueSource(settings, worker, attempts);
  }

  async take(signal: AbortSignal): Promise<Claim | undefined> {
    const { connection, configuration, queue } = this.#settings;
    for (;;) {
      signal.throwIfAborted();
      const job = await this.#nextJob(signal);
      if (job !== undefined) {
        const unit = unitOfJob(String(job.id), job.data, configuration);
        const claim = this.#claim(job, unit, signal);
        if (!job.deferredFailure) return claim;
        const failure = `its worker was lost, ${this.#attempts} times`;
        await claim.finish(this.#settings.failedEntry(unit, { attempts: this.#attempts, totalTime: 0, failure }));
        continue;
      }
      const isFinished = () => connection.redis.exists(queueKey(queue, 'finished'));
      if ((await connection.patiently(isFinished, signal)) === 1) return undefined;
      await pause(POLL_MILLISECONDS, signal);
    }
  }

  /**
   * Says what this process computes with.
   *
   * @throws UsageError if the regeneration's runs are to be of one engine, and were made by another
   */
  async agreeOnEngine(engine: string): Promise<void> {
    const { connection, queue, configuration } = this.#settings;
    if (configuration.engines !== 'one') return;
    const key = queueKey(queue, 'engine');
    await connection.redis.setnx(key, engine);
    const agreed = (await connection.redis.get(key)) ?? engine;
    if (agreed === engine) return;
    throw new UsageError(
      `the runs of ${queue} are trained on ${agreed}, this is ${engine}, which gives other numbers; choose that --engine`,
    );
  }

  /** With a Redis that is away, units that are still out go back when their locks end. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    const givenUp = AbortSignal.timeout(GRACE_MILLISECONDS);
    const back = [...this.#out].map(([job, token]) => job.moveToWait(token));
    await untilAborted(Promise.allSettled(back), givenUp).catch(() => {});
    await untilAborted(this.#worker.close(true), givenUp).catch(() => {});
  }

  async #nextJob(signal: AbortSignal): Promise<RunJob | undefined> {
    const token = randomUUID();
    const next = (): Promise<RunJob | undefined> => this.#worker.getNextJob(token, { block: false });
    let taken: Promise<RunJob | undefined> | undefined;
    try {
      const job = await this.#settings.connection.patiently(() => {
        taken = next();
        return taken;
      }, signal);
      if (job !== undefined) this.#out.set(job, token);
      return job;
    } catch (error) {
      // It may still come.
      taken?.then((job) => job?.moveToWait(token)).catch(() => {});
      throw error;
    }
  }

  #claim(job: RunJob, unit: Unit, taking: AbortSignal): Claim {
    const { connection, queue, folder, lostAfterSeconds, onNote } = this.#settings;
    const token = this.#out.get(job) ?? '';
    const signal = withGrace(taking);
    return {
      unit,
      finish: async (entry) => {
        const text = JSON.stringify(entry);
        await connection.patiently(() => connection.redis.rpush(queueKey(queue, 'results'), text), signal);
        // From here on the run is safe. A job that is no longer ours was taken for lost: its other run will count for nothing.
        await untilAborted(job.moveToCompleted(null, token, false), signal).catch(() => {});
        this.#out.delete(job);
        await rm(unitCheckpoint(folder, unit), { force: true });
      },
      release: async () => {
        if (!this.#out.delete(job)) return;
        await untilAborted(job.moveToWait(token), signal).catch(() =>
          onNote(
            `${describeRun(unit)} could not be given back: others get it in ${lostAfterSeconds} s or a little later`,
          ),
        );
      },
    };
  }

  #renewLocks(): void {
    const { connection, lostAfterSeconds } = this.#settings;
    if (this.#out.size === 0 || connection.redis.status !== 'ready') return;
    const ids = [...this.#out.keys()].map(({ id }) => String(id));
    // A lock that is lost is noticed when its run is handed in.
    this.#worker.extendJobLocks(ids, [...this.#out.values()], lostAfterSeconds * 1000).catch(() => {});
  }
}

const graceful = new WeakMap<AbortSignal, AbortSignal>();

/** Aborts with the same reason, a little later: one for all units that are taken with a signal. */
function withGrace(signal: AbortSignal): AbortSignal {
  const known = graceful.get(signal);
  if (known !== undefined) return known;
  const ending = new AbortController();
  const end = (): void => void setTimeout(() => ending.abort(signal.reason), GRACE_MILLISECONDS).unref();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  graceful.set(signal, ending.signal);
  return ending.signal;
}
