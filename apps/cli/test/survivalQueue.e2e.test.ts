import { existsSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, REDIS_SERVER, RedisServer } from '@nasbench/tooling/testing/redisServer';
import { afterEach, describe, expect, it } from 'vitest';
import { nasbench, temporaryFolder } from './nasbench.ts';
import { account, journal, jumpingClock, RUNS, Running, TRAININGS, WHOLE, writeTrap } from './survival.ts';

const folder = temporaryFolder();

/** What tests started; whatever became of them, nothing is left running. */
const started: (Running | RedisServer)[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await (one instanceof Running ? one.kill() : one.end());
});

async function startRedis(...options: Parameters<typeof RedisServer.start>): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  started.push(server);
  return server;
}

function start(...given: ConstructorParameters<typeof Running>): Running {
  const running = new Running(...given);
  started.push(running);
  return running;
}

function coordinate(out: string, { url }: { readonly url: string }, ...more: readonly string[]): Running {
  return start(['regenerate', '--out', out, ...TRAININGS, '--queue', url, '--workers', '0', ...more]);
}

const work = ({ url }: { readonly url: string }, ...more: readonly string[]): Running =>
  start(['worker', url, '--wait', '--workers', '1', ...more]);

describe.skipIf(REDIS_SERVER === undefined)('a regeneration with a queue [needs redis-server]', () => {
  it('goes on when a worker is killed', async () => {
    const out = path.join(folder, 'worker');
    const redis = await startRedis();
    const coordinator = coordinate(out, redis, '--lost-after', '3');
    const [one, other] = [work(redis), work(redis)];
    await coordinator.until(() => journal(out).length >= 3);
    const before = journal(out);
    await one.kill();
    expect((await coordinator.end()).status).toBe(0);
    expect(account(out, before)).toEqual(WHOLE);
    expect(other.hasEnded).toBe(false);
  });

  it('keeps what workers hand in while its coordinator is dead, and refuses a second one', async () => {
    const out = path.join(folder, 'coordinator');
    const redis = await startRedis();
    const first = coordinate(out, redis);
    await first.until(async () => (await redis.listLength('*:wait')) > 0);
    const second = nasbench('regenerate', '--out', out, ...TRAININGS, '--queue', redis.url);
    expect([second.status, second.stderr]).toEqual([2, expect.stringMatching(/is being worked on by process \d+/)]);
    const elsewhere = nasbench('regenerate', '--out', `${out}-2`, ...TRAININGS, '--queue', redis.url);
    expect([elsewhere.status, elsewhere.stderr]).toEqual([
      2,
      expect.stringMatching(/nasbench: process \d+ on \S+ feeds the queue \w+ for \S+; give another --queue-name/),
    ]);
    const worker = work(redis);
    await first.until(() => journal(out).length >= 2);
    await first.kill();
    const before = journal(out);
    // The worker trains all that is queued, and waits.
    await worker.until(async () => (await redis.listLength('*:results')) + before.length >= RUNS);
    expect(journal(out)).toEqual(before);
    const again = coordinate(out, redis);
    expect((await again.end()).status).toBe(0);
    expect(account(out, before)).toEqual(WHOLE);
  });

  it.each([
    ['what it had', ['--appendonly', 'yes', '--appendfsync', 'always']],
    ['nothing', ['--appendonly', 'no']],
  ])('goes on when Redis is killed and comes back with %s', async (what, options) => {
    const out = path.join(folder, `redis-${what.length}`);
    const redis = await startRedis(options);
    const coordinator = coordinate(out, redis, '--lost-after', '3');
    const [worker, other] = [work(redis), work(redis)];
    await coordinator.until(() => journal(out).length >= 3);
    await redis.kill();
    const before = journal(out);
    await coordinator.until(() => /no connection to redis:\S+ for \d+ s \(.*\): waiting/.test(coordinator.stderr));
    await worker.until(() => worker.stderr.includes('no connection to redis:'));
    other.signal('SIGTERM');
    const stopped = await other.end();
    expect(stopped.status).toBe(143);
    expect(stopped.seconds).toBeLessThan(10);
    await redis.start();
    expect((await coordinator.end()).status).toBe(0);
    expect(coordinator.stderr).toMatch(/connected to redis:\S+ again/);
    expect(account(out, before)).toEqual(WHOLE);
    expect(worker.hasEnded).toBe(false);
  });

  it('says in one line that there is no Redis', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const out = path.join(folder, 'none');
    for (const args of [
      ['worker', url],
      ['regenerate', '--out', out, ...TRAININGS, '--queue', url],
    ]) {
      const { status, stderr } = nasbench(...args);
      expect([status, stderr.trimEnd().split('\n').at(-1)]).toEqual([
        1,
        expect.stringMatching(/^nasbench: no Redis at redis:\S+ \(connect ECONNREFUSED \S+\); start one there/),
      ]);
    }
    expect(existsSync(path.join(out, 'regeneration.json'))).toBe(false);
  });

  it('stops within 10 s on SIGTERM and gives back what was being trained', async () => {
    const out = path.join(folder, 'term');
    const redis = await startRedis();
    // Nothing comes back by itself while the test lasts.
    const coordinator = coordinate(out, redis, '--lost-after', '3600');
    const worker = work(redis);
    await coordinator.until(() => journal(out).length >= 2);
    worker.signal('SIGTERM');
    const ended = await worker.end();
    expect(ended.status).toBe(143);
    expect(ended.seconds).toBeLessThan(10);
    expect(worker.stderr).toMatch(/\d+ runs? trained in .* handed in; what was being trained is given back/);
    coordinator.signal('SIGTERM');
    expect((await coordinator.end()).status).toBe(143);
    expect(coordinator.stderr).toContain('finished runs are kept; the same command goes on with the rest');
    const before = journal(out);
    const again = coordinate(out, redis, '--lost-after', '3600');
    work(redis);
    expect((await again.end()).status).toBe(0);
    expect(account(out, before)).toEqual(WHOLE);
  });

  it('stops within 10 s on SIGTERM though Redis went before the first unit came', async () => {
    const redis = await startRedis();
    coordinate(path.join(folder, 'early'), redis);
    const worker = work(redis);
    await worker.until(() => / workers? for /.test(worker.stderr));
    await redis.kill();
    worker.signal('SIGTERM');
    const ended = await worker.end();
    expect(ended.status).toBe(143);
    expect(ended.seconds).toBeLessThan(10);
  });

  it('counts a run once that a worker hands in after it was taken for dead', async () => {
    const out = path.join(folder, 'asleep');
    const redis = await startRedis();
    const coordinator = coordinate(out, redis, '--lost-after', '2');
    const worker = work(redis);
    await coordinator.until(() => journal(out).length >= 2);
    worker.signal('SIGSTOP');
    const before = journal(out);
    work(redis);
    await coordinator.until(() => journal(out).length >= 12);
    worker.signal('SIGCONT');
    expect((await coordinator.end()).status).toBe(0);
    expect(account(out, before)).toEqual(WHOLE);
  });

  it('loses no worker and no run because the time of day jumps', async () => {
    const out = path.join(folder, 'clock');
    const redis = await startRedis();
    const clock = jumpingClock(folder);
    const queue = ['--queue', redis.url, '--workers', '0', '--lost-after', '3'];
    const coordinator = start(['regenerate', '--out', out, ...TRAININGS, ...queue], clock);
    const workers = [1, 2].map(() =>
      start(['worker', redis.url, '--wait', '--workers', '1', '--hang-after', '60'], clock),
    );
    await coordinator.until(() => journal(out).length >= 3);
    const before = journal(out);
    expect((await coordinator.end()).status).toBe(0);
    for (const worker of workers)
      expect([worker.hasEnded, worker.stderr]).toEqual([false, expect.not.stringContaining('another process')]);
    expect(account(out, before)).toEqual(WHOLE);
  });

  it('records a run that always kills its process as failed after its attempts, and goes on with the rest', async () => {
    const here = mkdtempSync(path.join(folder, 'trap-'));
    const out = path.join(here, 'out');
    const { config, operations } = writeTrap(here, "process.kill(process.pid, 'SIGKILL')");
    const redis = await startRedis();
    const coordinator = start(['regenerate', '--out', out, '--config', config, '--queue', redis.url, '--workers', '0']);
    const worker = work(redis, '--operations', operations);
    expect((await coordinator.end()).status).toBe(0);
    expect(coordinator.stderr).toMatch(/run \w+, 1 epochs, repeat 0 failed: its process ended with SIGKILL/);
    expect(worker.stderr).toContain('worker 0: its process ended with SIGKILL; another process goes on\n');
    expect(worker.hasEnded).toBe(false);
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 1 });
  });

  it('records a run that always kills the whole worker as failed after its attempts', async () => {
    const here = mkdtempSync(path.join(folder, 'trap-'));
    const out = path.join(here, 'out');
    const { config, operations } = writeTrap(here, "process.kill(process.ppid, 'SIGKILL')");
    const redis = await startRedis();
    const queue = ['--queue', redis.url, '--workers', '0', '--lost-after', '2'];
    const coordinator = start(['regenerate', '--out', out, '--config', config, ...queue]);
    let killed = 0;
    for (let worker = work(redis, '--operations', operations); !coordinator.hasEnded; ) {
      await sleep(50);
      if (!worker.hasEnded || coordinator.hasEnded) continue;
      expect((await worker.end()).status).toBe('SIGKILL');
      killed++;
      worker = work(redis, '--operations', operations);
    }
    expect((await coordinator.end()).status).toBe(0);
    expect(killed).toBe(2);
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 1 });
  });
});
