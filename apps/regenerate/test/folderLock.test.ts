import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holderOf, lockFolder } from '../src/journal/folderLock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const writeLock = (holder: object): Promise<void> =>
  writeFile(path.join(folder, 'lock.json'), JSON.stringify({ host: hostname(), started: null, ...holder }));

it('is refused while another process holds it', async () => {
  await writeLock({ pid: process.ppid });
  await expect(lockFolder(folder)).rejects.toThrow(
    new UsageError(`${folder} is being worked on by process ${process.ppid}; wait for it or choose another folder`),
  );
});

it('is refused while a process of another machine may hold it, naming the file to remove', async () => {
  await writeLock({ pid: 1, host: 'another-machine' });
  await expect(lockFolder(folder)).rejects.toThrow(
    /process 1 on another-machine; if that process is gone, remove .*lock\.json/,
  );
});

it('is taken over from a process that has ended, and given back', async () => {
  await writeLock({ pid: spawnSync(process.execPath, ['-e', '']).pid });
  const unlock = await lockFolder(folder);
  expect(await holderOf(folder)).toMatchObject({ pid: process.pid, isRunning: true });
  await unlock();
  expect(await readdir(folder)).toEqual([]);
  expect(await holderOf(folder)).toBeUndefined();
});
