import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, REDIS_SERVER, RedisServer } from '@nasbench/tooling/testing/redisServer';
import { Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../src/journal/journal.ts';
import { failedEntry } from '../src/pool/trainUnit.ts';
import { parseQueueUrl, QueueConnection } from '../src/queue/connection.ts';
import { Coordinator, type CoordinatorSettings } from '../src/queue/coordinator.ts';
import { QueueSource } from '../src/queue/queueSource.ts';
import { findRegenerations, jobOf, queueKey, unitOfJob } from '../src/queue/sharedQueue.ts';
import { RegenerationState } from '../src/regenerationState.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';
import { itKeepsTheContract } from './unitSourceContract.ts';

const units = new UnitList(WORK, CONFIGURATION);
const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-queue-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

/** A coordinator that keeps runs in an array, and whatever else a test opens. */
class Queue {
  readonly entries: JournalEntry[] = [];
  readonly notes: string[] = [];
  readonly #url: string;
  readonly #lostAfterSeconds: number;
  readonly #ends: (() => unknown)[] = [];

  constructor(url: string, lostAfterSeconds = 30) {
    this.#url = url;
    this.#lostAfterSeconds = lostAfterSeconds;
  }

  readonly note = (line: string): void => void this.notes.push(line);

  async connect(): Promise<QueueConnection> {
    const connection = await QueueConnection.open(this.#url, this.note);
    this.#ends.push(() => connection.close());
    return connection;
  }

  async coordinate(
    finished: readonly JournalEntry[],
    more: Partial<CoordinatorSettings> = {},
  ): Promise<{
    readonly coordinator: Coordinator;
    readonly ended: Promise<unknown>;
    readonly stop: () => Promise<void>;
  }> {
    const state = new RegenerationState(units, undefined, () => 1);
    for (const entry of finished) state.finished(entry);
    const coordinator = await Coordinator.open({
      connection: await this.connect(),
      queueName: undefined,
      folder,
      configuration: CONFIGURATION,
      lostAfterSeconds: this.#lostAfterSeconds,
      units,
      state,
      engine: undefined,
      keep: async (entry) => {
        this.entries.push(entry);
        state.finished(entry);
      },
      onNote: this.note,
      ...more,
    });
    const stopping = new AbortController();
    const ended = coordinator.run(stopping.signal).catch((error: unknown) => error);
    const stop = async (): Promise<void> => {
      stopping.abort(new Error('stop'));
      await ended;
      await coordinator.close();
    };
    this.#ends.push(stop);
    return { coordinator, ended, stop };
  }

  async source(): Promise<QueueSource> {
    const connection = await this.connect();
    const [queue] = (await findRegenerations(connection.redis, connection.address)).keys();
    const source = await QueueSource.open({
      connection,
      // After the end there is no announcement any more.
      queue: queue ?? (await this.finishedQueue(connection)),
      configuration: CONFIGURATION,
      lostAfterSeconds: this.#lostAfterSeconds,
      folder,
      failedEntry: (unit, outcome) => failedEntry(CONFIGURATION, undefined, unit, outcome),
      onNote: this.note,
    });
    this.#ends.push(() => source.close());
    return source;
  }

  async finishedQueue({ redis }: QueueConnection): Promise<string> {
    const [key] = await redis.keys(queueKey('*', 'finished'));
    return key.split(':')[1];
  }

  async end(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }
}

describe.skipIf(REDIS_SERVER === undefined)('bullmq [needs redis-server]', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.end());

  async function withQueue(body: (queue: Queue) => Promise<void>, lostAfterSeconds?: number): Promise<void> {
    const queue = new Queue(server.url, lostAfterSeconds);
    const { redis } = await queue.connect();
    await redis.flushall();
    try {
      await body(queue);
    } finally {
      await queue.end();
    }
  }

  itKeepsTheContract(async (finished) => {
    const queue = new Queue(server.url);
    const { redis } = await queue.connect();
    await redis.flushall();
    await queue.coordinate(finished);
    return { source: () => queue.source(), kept: async () => queue.entries, end: () => queue.end() };
  });

  it('keeps a job small enough for the short form of Redis', () =>
    withQueue(async (queue) => {
      const { coordinator } = await queue.coordinate([]);
      const { redis } = await queue.connect();
      const { jobId } = jobOf(units.at(5), CONFIGURATION).opts;
      while ((await redis.exists(`nasbench:${coordinator.queueName}:${jobId}`)) === 0);
      expect(await redis.object('ENCODING', `nasbench:${coordinator.queueName}:${jobId}`)).toBe('listpack');
    }));

  it('waits with units until some are gone', () =>
    withQueue(async (queue) => {
      const { ended } = await queue.coordinate([], { mostWaiting: 6 });
      const source = await queue.source();
      const { redis } = await queue.connect();
      const [queueName] = (await findRegenerations(redis, '')).keys();
      let most = 0;
      for (let claim = await source.take(never); claim !== undefined; claim = await source.take(never)) {
        most = Math.max(most, await redis.llen(`nasbench:${queueName}:wait`));
        await claim.finish(entryOf(claim.unit));
      }
      await ended;
      expect(most).toBeLessThanOrEqual(6);
      expect(queue.entries).toHaveLength(units.length);
    }));

  it('collects a run that comes twice once, and one of another configuration never', () =>
    withQueue(async (queue) => {
      const { coordinator, ended } = await queue.coordinate([]);
      const { redis } = await queue.connect();
      const results = queueKey(coordinator.queueName, 'results');
      await redis.rpush(results, 'not a run', JSON.stringify({ ...entryOf(units.at(3)), configuration: 'other' }));
      await redis.rpush(results, JSON.stringify(entryOf(units.at(3))), JSON.stringify(entryOf(units.at(3))));
      const source = await queue.source();
      for (let claim = await source.take(never); claim !== undefined; claim = await source.take(never))
        await claim.finish(entryOf(claim.unit));
      await ended;
      expect(queue.entries).toHaveLength(units.length);
      expect(queue.notes.filter((line) => line.includes('no run of this regeneration'))).toHaveLength(2);
    }));

  it('collects what was handed in while no coordinator was there', () =>
    withQueue(async (queue) => {
      const first = await queue.coordinate([]);
      const source = await queue.source();
      const claims = [await source.take(never), await source.take(never)];
      await first.stop();
      for (const claim of claims) await claim?.finish(entryOf(claim.unit));
      expect(queue.entries).toEqual([]);
      const second = await queue.coordinate([]);
      for (let claim = await source.take(never); claim !== undefined; claim = await source.take(never))
        await claim.finish(entryOf(claim.unit));
      await second.ended;
      expect(queue.entries).toHaveLength(units.length);
    }));

  it('records a unit as failed that one worker after the other is lost with', () =>
    withQueue(async (queue) => {
      const { coordinator, ended } = await queue.coordinate(
        Array.from({ length: units.length - 1 }, (_, i) => entryOf(units.at(i))),
      );
      const { redis } = await queue.connect();
      const lost = new Worker(coordinator.queueName, null, {
        connection: redis,
        prefix: 'nasbench',
        autorun: false,
        // Never renewed.
        lockDuration: 100,
      });
      lost.on('error', () => {});
      let taken = 0;
      const attempts = Number(CONFIGURATION.training.attempts);
      const source = await queue.source();
      while (taken < attempts) {
        if ((await lost.getNextJob(`token ${taken}`, { block: false })) !== undefined) taken++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(await source.take(never)).toBeUndefined();
      await ended;
      await lost.close(true);
      expect(queue.entries).toMatchObject([
        { points: null, attempts, failure: `its worker was lost, ${attempts} times` },
      ]);
    }, 0.5));

  it('refuses a name that is another regeneration’s, and a second coordinator', () =>
    withQueue(async (queue) => {
      await queue.coordinate([], { queueName: 'mine' });
      const { redis } = await queue.connect();
      const other = { ...CONFIGURATION, seed: '1' };
      await expect(queue.coordinate([], { queueName: 'mine', configuration: other })).rejects.toThrow(
        /^the queue mine at redis:\/\/127\.0\.0\.1:\d+ is another regeneration's \(seed differs\); give another --queue-name$/,
      );
      const elsewhere = path.dirname(folder);
      await expect(queue.coordinate([], { queueName: 'mine', folder: elsewhere })).rejects.toThrow(
        /^process \d+ on \S+ feeds the queue mine for \S+; give another --queue-name, or if it was killed, try again in 15 s$/,
      );
      expect([...(await findRegenerations(redis, '')).keys()]).toEqual(['mine']);
    }));

  it('says in one line what is wrong with a server', async () => {
    const open = (url: string) => QueueConnection.open(url, () => {});
    await expect(open(`redis://me:secret@127.0.0.1:${await freePort()}`)).rejects.toThrow(
      /^no Redis at redis:\/\/127\.0\.0\.1:\d+ \(connect ECONNREFUSED .*\); start one there/,
    );
    await expect(open(`redis://me:secret@127.0.0.1:${server.port}`)).rejects.toThrow(
      /^redis:\/\/127\.0\.0\.1:\d+ refuses us \(WRONGPASS .*\); expected redis:\/\/USER:PASSWORD@HOST/,
    );
    const web = createServer((socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as { port: number };
    await expect(open(`redis://127.0.0.1:${port}`)).rejects.toThrow(/is not Redis \(Protocol error/);
    web.close();
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address() as { port: number };
    await expect(open(`redis://127.0.0.1:${address.port}`)).rejects.toThrow(/no answer for 5 s/);
    mute.close();
  });

  it('leaves a server that stays connected and answers nothing, and comes back to it', async () => {
    const notes: string[] = [];
    const silent = await RedisServer.start();
    const connection = await QueueConnection.open(silent.url, (line) => notes.push(line), 1000);
    try {
      silent.signal('SIGSTOP');
      const answer = connection.patiently(() => connection.redis.set('a', 'b'), never);
      await expect.poll(() => notes, { timeout: 30_000 }).toContainEqual(expect.stringContaining('does not answer'));
      silent.signal('SIGCONT');
      expect(await answer).toBe('OK');
      expect(notes).toContainEqual(expect.stringMatching(/^connected to redis:\S+ again$/));
    } finally {
      silent.signal('SIGCONT');
      connection.close();
      await silent.end();
    }
  });

  it('refuses what another program keeps under its name', () =>
    withQueue(async (queue) => {
      const { redis, address } = await queue.connect();
      await redis.set('nasbench:regenerations', 'mine');
      await expect(findRegenerations(redis, address)).rejects.toThrow(/another program's; give another database/);
      await expect(queue.coordinate([])).rejects.toThrow(/another program's; give another database/);
      await redis.del('nasbench:regenerations');
      await redis.hset('nasbench:regenerations', 'x', '{"formatVersion":9}');
      await expect(findRegenerations(redis, address)).rejects.toThrow(/not written by this version of nasbench/);
    }));
});

describe('the address of a queue', () => {
  it('is read with user, password and database, and shown without the first two', () => {
    const { address, options } = parseQueueUrl('redis://me:p%40ss@host:7000/3');
    expect(address).toBe('redis://host:7000/3');
    expect(options).toMatchObject({ host: 'host', port: 7000, db: 3, username: 'me', password: 'p@ss' });
    expect(parseQueueUrl('rediss://host').options).toMatchObject({ host: 'host', port: 6379, tls: {} });
  });

  it('is refused without showing a password', () => {
    for (const wrong of ['me:secret@host:99999', 'http://me:secret@host', 'redis://me:secret@host/secret', 'redis://'])
      expect(() => parseQueueUrl(wrong)).toThrow(/expected redis:\/\/HOST:PORT, or rediss:\/\/ for TLS/);
    expect(() => parseQueueUrl('http://me:secret@host')).not.toThrow(/secret/);
  });
});

describe('a unit as a job', () => {
  it('is the same unit again', () => {
    for (let index = 0; index < units.length; index++) {
      const unit = units.at(index);
      const { data, opts } = jobOf(unit, CONFIGURATION);
      expect(unitOfJob(opts.jobId, data, CONFIGURATION)).toEqual(unit);
    }
  });
});
