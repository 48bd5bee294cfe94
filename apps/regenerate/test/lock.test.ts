import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from '../src/journal/lock.ts';

const execFileAsync = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeLock(holder: object): Promise<void> {
  await writeFile(path.join(folder, 'lock.json'), JSON.stringify({ host: hostname(), started: null, ...holder }));
}

it('is refused while another process holds it', async () => {
  await writeLock({ pid: process.ppid });
  await expect(lockFolder(folder)).rejects.toThrow(`${folder} is being worked on by process ${process.ppid}`);
});

it('is refused while a process of another machine may hold it, naming the file to remove', async () => {
  await writeLock({ pid: 1, host: 'another-machine' });
  await expect(lockFolder(folder)).rejects.toThrow(
    /process 1 on another-machine; if that process is gone, remove .*lock\.json/,
  );
});

it.each([
  ['a process that has ended', () => ({ pid: spawnSync(process.execPath, ['-e', '']).pid })],
  ['an earlier process with the pid of a running one', () => ({ pid: process.ppid, started: '1' })],
])('is taken over from %s', async (_, holder) => {
  await writeLock(holder());
  await expect(lockFolder(folder)).resolves.toBeTypeOf('function');
});

it('is given back, and taken over from a torn file', async () => {
  await (await lockFolder(folder))();
  expect(await readdir(folder)).toEqual([]);
  await writeFile(path.join(folder, 'lock.json'), '{"pid":');
  await (await lockFolder(folder))();
  expect(await readdir(folder)).toEqual([]);
});

it('has one winner when many processes find a stale one', async () => {
  const script = `import { lockFolder } from ${JSON.stringify(new URL('../src/journal/lock.ts', import.meta.url).href)};
    const won = await lockFolder(${JSON.stringify(folder)}).then(() => true, () => false);
    process.stdout.write(String(won));
    // Held until everybody has tried.
    setTimeout(() => {}, 3000);`;
  for (let round = 0; round < 3; round++) {
    await writeLock({ pid: spawnSync(process.execPath, ['-e', '']).pid });
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
