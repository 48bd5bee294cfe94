import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NasbenchError } from '@nasbench/foundation/errors';
import type { LockHolder } from '@nasbench/foundation/lock';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildTable } from '../src/index.ts';
import { namedTableFile, nameTable, openNamedTable, tablePath, writeTable } from '../src/node.ts';
import { surrogateTableFile } from '../src/surrogate/surrogateFile.node.ts';
import { MODEL_VERSION, SurrogateModelError } from '../src/surrogate/surrogateModel.ts';
import { METADATA, run } from './samples.ts';

// What takes a whole expansion is in apps/cli/test/surrogate.e2e.test.ts.

const MODEL = fileURLToPath(new URL('../tables/surrogate.json', import.meta.url));
const table = buildTable([run(8, 4, 0)], METADATA);

let folder: string;
let tables: string;
/** Where the table of the model belongs. */
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-surrogate-'));
  vi.stubEnv('NASBENCH_CACHE', path.join(folder, 'cache'));
  tables = path.join(folder, 'cache/tables');
  const digest = createHash('sha256')
    .update(await readFile(MODEL))
    .digest('hex');
  file = path.join(tables, `surrogate-${digest.slice(0, 12)}.arrow`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Another process that lives, as the one that is making the table. */
const writeLock = (pid: number): Promise<void> =>
  writeFile(path.join(tables, 'surrogate.lock'), JSON.stringify({ pid, host: hostname(), started: null }));

it('the name stands for the table of the model, in the cache folder, if it was made', async () => {
  await writeTable(file, table);
  expect(await tablePath('surrogate')).toBe(file);
  expect((await openNamedTable('surrogate')).rowCount).toBe(1);
  expect(await readdir(tables)).toEqual([path.basename(file)]);
});

it('a table that a user gave the name goes first', async () => {
  await writeTable(file, table);
  await writeTable(namedTableFile('surrogate'), table);
  expect(await tablePath('surrogate')).toBe(namedTableFile('surrogate'));
  await nameTable('surrogate', path.join(folder, 'gone.arrow'));
  await expect(tablePath('surrogate')).rejects.toThrow(
    `there is no table surrogate at ${path.join(folder, 'gone.arrow')}`,
  );
});

it('a model of another version, or none, is refused in one line', async () => {
  const other = path.join(folder, 'surrogate.json');
  await expect(tablePath('surrogate', { packaged: folder })).rejects.toThrow(
    new NasbenchError(`cannot read the surrogate model ${other}: no such file or folder`),
  );
  const model = JSON.parse(await readFile(MODEL, 'utf8'));
  await writeFile(other, JSON.stringify({ ...model, modelVersion: MODEL_VERSION + 1 }));
  await expect(tablePath('surrogate', { packaged: folder })).rejects.toThrow(
    new SurrogateModelError(
      `${other}: not a usable surrogate model: expected modelVersion ${MODEL_VERSION}, found ${MODEL_VERSION + 1}`,
    ),
  );
  await expect(stat(tables)).rejects.toThrow('ENOENT');
});

it('a cache folder that cannot be written is one line that says what to do', async () => {
  await writeFile(path.join(folder, 'cache'), 'a file');
  await expect(surrogateTableFile(MODEL)).rejects.toThrow(
    new NasbenchError(
      `cannot make the folder ${tables}: a file is in the way where a folder is needed; NASBENCH_CACHE=DIR keeps the surrogate elsewhere`,
    ),
  );
  await rm(path.join(folder, 'cache'));
  await mkdir(file, { recursive: true });
  await expect(surrogateTableFile(MODEL)).rejects.toThrow(
    new NasbenchError(`cannot read table ${file}: it is not a file`),
  );
});

it('a table that another process makes is waited for, and not made again', async () => {
  await mkdir(tables, { recursive: true });
  await writeLock(process.ppid);
  const waited: [LockHolder, string][] = [];
  const onProgress = vi.fn<(done: number, total: number) => void>();
  const found = await surrogateTableFile(MODEL, {
    onProgress,
    async onWait(...said) {
      waited.push(said);
      await writeTable(file, table);
      await rm(path.join(tables, 'surrogate.lock'));
    },
  });
  expect(found).toBe(file);
  expect(waited).toEqual([
    [{ pid: process.ppid, host: hostname(), isRunning: true }, path.join(tables, 'surrogate.lock')],
  ]);
  expect(onProgress).not.toHaveBeenCalled();
  expect(await readdir(tables)).toEqual([path.basename(file)]);
});

it('waiting ends with the reason of the signal, and leaves the other process its lock', async () => {
  await mkdir(tables, { recursive: true });
  await writeLock(process.ppid);
  const stop = new AbortController();
  const reason = new Error('stopped');
  await expect(surrogateTableFile(MODEL, { signal: stop.signal, onWait: () => stop.abort(reason) })).rejects.toBe(
    reason,
  );
  expect(await readdir(tables)).toEqual(['surrogate.lock']);
});
