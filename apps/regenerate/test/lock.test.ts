import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from '../src/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeLock(pid: number): Promise<void> {
  await writeFile(path.join(folder, 'lock.json'), JSON.stringify({ pid, host: hostname() }));
}

it('is refused while another process holds it', async () => {
  await writeLock(process.ppid);
  await expect(lockFolder(folder)).rejects.toThrow(`${folder} is being worked on by process ${process.ppid}`);
});

it('is taken over from a process that has ended', async () => {
  await writeLock(spawnSync(process.execPath, ['-e', '']).pid);
  await expect(lockFolder(folder)).resolves.toBeTypeOf('function');
});

it('can be taken again after it was given back, and over a torn lock file', async () => {
  await (await lockFolder(folder))();
  await writeFile(path.join(folder, 'lock.json'), '{"pid":');
  await expect(lockFolder(folder)).resolves.toBeTypeOf('function');
});
