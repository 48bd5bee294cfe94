import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import type { Queue } from 'bullmq';
import { type Configuration, configurationDigest } from '../configuration/configuration.ts';
import { isEntry, type JournalEntry } from '../journal/journal.ts';
import { runSeed } from '../pool/trainUnit.ts';
import type { RegenerationState } from '../regenerationState.ts';
import { describeRun, type UnitList } from '../units/units.ts';
import { pause, type QueueConnection, untilAborted } from './connection.ts';
import { announce, defaultQueueName, jobName, jobOf, PREFIX, queueKey, withdraw } from './sharedQueue.ts';

const POLL_MILLISECONDS = 500;

/** Units that wait in Redis at once: enough for a thousand workers for a while, and neither side's memory notices. */
const MOST_WAITING = 4000;
const UNITS_IN_A_CALL = 500;
const RESULTS_IN_A_CALL = 100;

/** A coordinator that was not heard of for so long is gone. */
const LEASE_MILLISECONDS = 15_000;

/** Workers that come so late hear that all is done; later ones find nothing. */
const FINISHED_SECONDS = 24 * 3600;

export interface CoordinatorSettings {
  readonly connection: QueueConnection;
  /** undefined: the configuration's digest */
  readonly queueName: string | undefined;
  readonly folder: string;
  readonly configuration: Configuration;
  readonly lostAfterSeconds: number;
  readonly units: UnitList;
  /** what is open is given out */
  readonly state: RegenerationState;
  /** the arithmetic of the runs that the journal has, for a configuration that wants one for all */
  readonly engine: string | undefined;
  /** must have kept the run when it resolves */
  readonly keep: (entry: JournalEntry) => Promise<void>;
  readonly onNote: (line: string) => void;
  /** units in Redis at once; default: some thousands */
  readonly mostWaiting?: number;
}

/** Who works on a queue. */
interface Holder {
  readonly host: string;
  readonly folder: string;
  readonly pid: number;
}

/** Puts the open units of a folder into a queue, some thousands at a time, and the runs that come back into its journal. */
export class Coordinator {
  readonly queueName: string;
  readonly #settings: CoordinatorSettings;
  readonly #queue: Queue<string, null>;
  readonly #me: string;
  readonly #digest: string;
  #engine: string | undefined;
  /** the next unit to look at */
  #cursor = 0;
  #announcedAt = -LEASE_MILLISECONDS;

  private constructor(settings: CoordinatorSettings, queueName: string, queue: Queue<string, null>, me: string) {
    this.#settings = settings;
    this.queueName = queueName;
    this.#queue = queue;
    this.#me = me;
    this.#digest = configurationDigest(settings.configuration);
    this.#engine = settings.engine;
  }

  /** @throws UsageError if the queue is another regeneration's, or another coordinator works on it */
  static async open(settings: CoordinatorSettings): Promise<Coordinator> {
    const { connection, folder, configuration } = settings;
    const { Queue: BullQueue } = await import('bullmq');
    const queueName = settings.queueName ?? defaultQueueName(configuration);
    const queue = new BullQueue<string, null>(queueName, {
      connection: connection.redis,
      prefix: PREFIX,
      skipVersionCheck: true,
    });
    // The connection tells the user.
    queue.on('error', () => {});
    const me = JSON.stringify({ host: hostname(), folder: realpathSync(folder), pid: process.pid } satisfies Holder);
    const coordinator = new Coordinator(settings, queueName, queue, me);
    await connection.redis.del(queueKey(queueName, 'finished'));
    await coordinator.#announce();
    return coordinator;
  }

  /** Feeds and collects until no unit is open any more, and tells the workers so. */
  async run(signal: AbortSignal): Promise<void> {
    const { connection, state } = this.#settings;
    const patiently = <T>(command: () => Promise<T>): Promise<T> => connection.patiently(command, signal);
    while (state.done < state.total) {
      await patiently(() => this.#announce());
      const counts = await patiently(() => this.#queue.getJobCounts('waiting', 'active', 'delayed'));
      const queued = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const collected = await this.#collect(signal);
      // A run is handed in before its job ends: with no job and no run left, what is open was lost with a Redis that
      // forgot it.
      if (queued === 0 && collected === 0 && this.#cursor === this.#settings.units.length) this.#cursor = 0;
      const fed = await patiently(() => this.#feed(counts.waiting));
      if (collected < RESULTS_IN_A_CALL && fed === 0) await pause(POLL_MILLISECONDS, signal);
    }
    await patiently(() => this.#finish());
  }

  /** Lets another coordinator take the queue at once. What is queued and handed in stays for the next one. */
  async close(): Promise<void> {
    const { redis } = this.#settings.connection;
    const key = queueKey(this.queueName, 'coordinator');
    const giveUp = async (): Promise<void> => {
      if ((await redis.get(key)) === this.#me) await redis.del(key);
      await this.#queue.close();
    };
    await untilAborted(giveUp(), AbortSignal.timeout(2000)).catch(() => {});
  }

  /** Says every few seconds that the regeneration is here and who works on it: to a Redis that was emptied, too. */
  async #announce(): Promise<void> {
    if (performance.now() - this.#announcedAt < LEASE_MILLISECONDS / 3) return;
    const { connection, configuration, lostAfterSeconds } = this.#settings;
    const { redis, address } = connection;
    const key = queueKey(this.queueName, 'coordinator');
    this.#refuseIfHeld(await redis.get(key));
    await announce(redis, address, this.queueName, { formatVersion: 1, configuration, lostAfterSeconds });
    await redis.set(key, this.#me, 'PX', LEASE_MILLISECONDS);
    if (configuration.engines === 'one' && this.#engine !== undefined)
      await redis.set(queueKey(this.queueName, 'engine'), this.#engine);
    this.#announcedAt = performance.now();
  }

  /** An earlier process on the same folder is gone: this one has the folder's lock. */
  #refuseIfHeld(holder: string | null): void {
    if (holder === null) return;
    const { host, folder, pid } = JSON.parse(holder) as Holder;
    const mine = JSON.parse(this.#me) as Holder;
    if (host === mine.host && folder === mine.folder) return;
    throw new UsageError(
      `process ${pid} on ${host} feeds the queue ${this.queueName} for ${folder}; give another --queue-name, or if it was killed, try again in ${LEASE_MILLISECONDS / 1000} s`,
    );
  }

  /** Tops the queue up. Returns how many units it has looked at. */
  async #feed(waiting: number): Promise<number> {
    const { units, state, configuration, mostWaiting = MOST_WAITING } = this.#settings;
    if (waiting > mostWaiting / 2) return 0;
    const from = this.#cursor;
    for (let room = mostWaiting - waiting; room > 0 && this.#cursor < units.length; room -= UNITS_IN_A_CALL) {
      const jobs: ReturnType<typeof jobOf>[] = [];
      let next = this.#cursor;
      for (; next < units.length && jobs.length < Math.min(room, UNITS_IN_A_CALL); next++)
        if (state.isOpen(next)) jobs.push(jobOf(units.at(next), configuration));
      if (jobs.length > 0) await this.#queue.addBulk(jobs);
      this.#cursor = next;
    }
    return this.#cursor - from;
  }

  /** Puts runs that were handed in into the journal; only then are they taken out of Redis. Returns their number. */
  async #collect(signal: AbortSignal): Promise<number> {
    const { connection } = this.#settings;
    const { redis } = connection;
    const key = queueKey(this.queueName, 'results');
    const texts = await connection.patiently(() => redis.lrange(key, 0, RESULTS_IN_A_CALL - 1), signal);
    for (const text of texts) {
      const entry = this.#entryOf(text);
      if (entry === undefined) continue;
      await this.#settings.keep(entry);
      // One that was taken for lost may be waiting again.
      await connection.patiently(() => this.#queue.remove(jobName(entry)), signal);
    }
    if (texts.length > 0) await connection.patiently(() => redis.ltrim(key, texts.length, -1), signal);
    return texts.length;
  }

  /** The run, if it is one that the journal lacks. */
  #entryOf(text: string): JournalEntry | undefined {
    const { configuration, units, state, onNote } = this.#settings;
    let entry: unknown;
    try {
      entry = JSON.parse(text);
    } catch {
      entry = undefined;
    }
    if (!isEntry(entry) || entry.configuration !== this.#digest || entry.seed !== runSeed(configuration.seed, entry)) {
      onNote(
        `what was handed in at ${this.queueName} is no run of this regeneration, and is left out: ${text.slice(0, 100)}`,
      );
      return undefined;
    }
    const index = units.indexOf(entry);
    // Trained twice, by a worker that was taken for lost. Runs of the folder's other work are welcome.
    if (index >= 0 && !state.isOpen(index)) return undefined;
    if (configuration.engines === 'one' && entry.points !== null) {
      this.#engine ??= entry.engine;
      if (entry.engine !== this.#engine) {
        onNote(`${describeRun(entry)} was trained on ${entry.engine}, expected ${this.#engine}: it is left out`);
        return undefined;
      }
    }
    return entry;
  }

  async #finish(): Promise<void> {
    const { redis, address } = this.#settings.connection;
    // Before the rest goes: a worker that finds no unit is to find this.
    await redis.set(queueKey(this.queueName, 'finished'), '1', 'EX', FINISHED_SECONDS);
    await withdraw(redis, this.queueName);
    await redis.del(queueKey(this.queueName, 'results'), queueKey(this.queueName, 'engine'));
    await this.#queue.obliterate({ force: true }).catch((error: Error) => {
      throw new NasbenchError(`cannot clear the queue ${this.queueName} at ${address} (${error.message})`);
    });
  }
}
