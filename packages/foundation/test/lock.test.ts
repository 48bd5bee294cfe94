import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NasbenchError } from '../src/errors.ts';
import { type LockHolder, lockHolder, tryLock, waitForLock } from '../src/lock.node.ts';

const execFileAsync = promisify(execFile);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-lock-'));
  file = path.join(folder, 'lock.json');
});
afterEach(() => rm(folder, { recursive: true }));

const writeLock = (holder: object): Promise<void> =>
  writeFile(file, JSON.stringify({ host: hostname(), started: null, ...holder }));
const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

it('says who has it', async () => {
  expect(await lockHolder(file)).toBeUndefined();
  await writeLock({ pid: process.ppid });
  const holder = { pid: process.ppid, host: hostname(), isRunning: true };
  expect(await tryLock(file)).toEqual({ holder });
  expect(await lockHolder(file)).toEqual(holder);
});

it('cannot judge a process of another machine', async () => {
  await writeLock({ pid: 1, host: 'another-machine' });
  expect(await tryLock(file)).toEqual({ holder: { pid: 1, host: 'another-machine', isRunning: null } });
});

it.each([
  ['a process that has ended', () => ({ pid: endedPid() })],
  ['an earlier process with the pid of a running one', () => ({ pid: process.ppid, started: '1' })],
])('is taken over from %s', async (_, holder) => {
  await writeLock(holder());
  expect(await tryLock(file)).toHaveProperty('unlock');
  expect(await lockHolder(file)).toMatchObject({ pid: process.pid, isRunning: true });
});

it('is given back, and taken over from a torn file', async () => {
  const take = async (): Promise<void> => (await waitForLock(file, { secondsForOthers: 0 }))();
  await take();
  expect(await readdir(folder)).toEqual([]);
  await writeFile(file, '{"pid":');
  await take();
  expect(await readdir(folder)).toEqual([]);
});

it('is refused in one line where it cannot be', async () => {
  await expect(tryLock(path.join(folder, 'missing/lock'))).rejects.toThrow(
    new NasbenchError(`cannot write ${folder}/missing/lock: no such file or folder`),
  );
  await mkdir(file);
  await expect(tryLock(file)).rejects.toThrow(
    new NasbenchError(`cannot read ${file}: it is a folder, expected a file`),
  );
  expect(await readdir(folder)).toEqual(['lock.json']);
});

it('is waited for, which is said once, until its process gives it back', async () => {
  const first = await waitForLock(file, { secondsForOthers: 0 });
  const waited: LockHolder[] = [];
  let isTaken = false;
  const second = waitForLock(file, { secondsForOthers: 0, onWait: (holder) => waited.push(holder) }).then((unlock) => {
    isTaken = true;
    return unlock;
  });
  await setTimeout(700);
  expect({ isTaken, waited }).toEqual({
    isTaken: false,
    waited: [{ pid: process.pid, host: hostname(), isRunning: true }],
  });
  await first();
  await (await second)();
  expect(waited).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});

it('is taken from another machine after a time, if the work allows it', async () => {
  await writeLock({ pid: 1, host: 'another-machine' });
  const started = performance.now();
  await waitForLock(file, { secondsForOthers: 0.5 });
  expect(performance.now() - started).toBeGreaterThan(500);
  expect(await lockHolder(file)).toMatchObject({ pid: process.pid });
});

it('is no longer waited for when the signal aborts', async () => {
  await writeLock({ pid: process.ppid });
  const before = await readFile(file, 'utf8');
  const reason = new Error('stopped');
  await expect(waitForLock(file, { secondsForOthers: 0, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const stop = new AbortController();
  await expect(
    waitForLock(file, { secondsForOthers: 0, signal: stop.signal, onWait: () => stop.abort(reason) }),
  ).rejects.toBe(reason);
  expect(await readFile(file, 'utf8')).toBe(before);
});

it('has one winner when many processes find a stale one', async () => {
  const script = `import { tryLock } from ${JSON.stringify(new URL('../src/lock.node.ts', import.meta.url).href)};
    process.stdout.write(String('unlock' in await tryLock(${JSON.stringify(file)})));
    // Held until everybody has tried.
    setTimeout(() => {}, 3000);`;
  for (let round = 0; round < 3; round++) {
    await writeLock({ pid: endedPid() });
    const contenders = Array.from({ length: 4 }, () =>
      execFileAsync(process.execPath, [
        '--conditions',
        'nasbench-source',
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        script,
      ]),
    );
    const outputs = (await Promise.all(contenders)).map(({ stdout }) => stdout);
    expect(outputs.filter((output) => output === 'true')).toHaveLength(1);
  }
});
