import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildTable } from '../src/index.ts';
import { namedTableFile, nameTable, openNamedTable, tablePath, writeTable } from '../src/node.ts';
import { METADATA, run } from './samples.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-names-'));
  vi.stubEnv('NASBENCH_CACHE', path.join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const table = buildTable([run(8, 4, 0)], METADATA);

it('paths and addresses stand for themselves', async () => {
  for (const text of ['a.arrow', './official', 'https://example.org/a.arrow']) expect(await tablePath(text)).toBe(text);
});

it('a name stands for a table elsewhere, or for the one in the cache folder', async () => {
  const elsewhere = path.join(folder, 'elsewhere.arrow');
  await writeTable(elsewhere, table);
  await nameTable('official', elsewhere);
  expect(await tablePath('official')).toBe(elsewhere);
  expect((await openNamedTable('official')).rowCount).toBe(1);

  await writeTable(namedTableFile('official'), table);
  await nameTable('official', namedTableFile('official'));
  expect(await tablePath('official')).toBe(path.join(folder, 'cache/tables/official.arrow'));
});

it('a name without table is a mistake of the user, said in one line', async () => {
  await expect(tablePath('official')).rejects.toThrow(UsageError);
  await expect(tablePath('official')).rejects.toThrow(
    `there is no table official at ${namedTableFile('official')}; import the official file first, with --as official`,
  );
  const moved = path.join(folder, 'moved.arrow');
  await writeTable(moved, table);
  await nameTable('mini', moved);
  await rm(moved);
  await expect(tablePath('mini')).rejects.toThrow(`there is no table mini at ${moved}`);
  await writeFile(path.join(folder, 'cache/tables/mini.json'), '{"path": 3}');
  await expect(tablePath('mini')).rejects.toThrow('mini.json: expected {"path": TABLE}, found {"path": 3}');
});

it('a name stands for the table that comes with the package, if the user gave it to no other', async () => {
  const packaged = path.join(folder, 'tables');
  await expect(tablePath('mini', { packaged })).rejects.toThrow(`there is no table mini at ${namedTableFile('mini')}`);
  await writeTable(path.join(packaged, 'mini.arrow'), table);
  expect(await tablePath('mini', { packaged })).toBe(path.join(packaged, 'mini.arrow'));
  await writeTable(namedTableFile('mini'), table);
  expect(await tablePath('mini', { packaged })).toBe(namedTableFile('mini'));
  await nameTable('mini', path.join(folder, 'gone.arrow'));
  await expect(tablePath('mini', { packaged })).rejects.toThrow(
    `there is no table mini at ${path.join(folder, 'gone.arrow')}`,
  );
});
