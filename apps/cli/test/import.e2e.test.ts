import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeTable, exportTfrecord, syntheticTfrecord } from '@nasbench/dataset';
import { beforeAll, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const bytes = Buffer.concat([...syntheticTfrecord({ cells: 91, epochs: [4, 108], repeats: 3 })]);

beforeAll(() => {
  process.env.NASBENCH_CACHE = file('cache');
  writeFileSync(file('some.tfrecord'), bytes);
});

interface Imported {
  readonly table: string;
  readonly name: string | null;
  readonly cells: number;
  readonly records: number;
  readonly repeats: number;
  readonly epochs: readonly number[];
  readonly provenance: string;
  readonly officialFile: string | null;
  readonly rewritten: number;
}

it('imports a file as a table that holds all of it', () => {
  const ended = nasbench('import', file('some.tfrecord'), '--out', file('some.arrow'), '--provenance', 'synthetic');
  expect(ended.status).toBe(0);
  expect(ended.stdout).toMatch(/some\.tfrecord: not an official file · SHA-256 [0-9a-f]{64}\n/);
  expect(ended.stdout).toMatch(/^546 records of 91 cells, 4, 108 epochs, 3 repeats/m);
  expect(ended.stdout).toMatch(/^provenance: synthetic$/m);
  const table = decodeTable(readFileSync(file('some.arrow')));
  expect(Buffer.concat([...exportTfrecord(table)]).equals(bytes)).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual(['some.arrow', 'some.tfrecord']);
});

it('gives the table a name that other commands take', () => {
  const arguments_ = ['import', file('some.tfrecord'), '--as', 'official', '--provenance', 'surrogate'];
  const imported = nasbenchJson<Imported>(...arguments_);
  expect(imported).toMatchObject({
    table: file('cache/tables/official.arrow'),
    name: 'official',
    cells: 91,
    records: 546,
    repeats: 3,
    epochs: [4, 108],
    provenance: 'surrogate',
    officialFile: null,
    rewritten: 0,
  });
  expect(nasbenchJson('info', 'official')).toMatchObject({ cells: 91, provenance: 'surrogate' });
  expect(nasbench('plot', 'ecdf', 'official', '--out', file('ecdf.svg')).status).toBe(0);
  expect(nasbench('report', 'official', '--out', file('report.html')).status).toBe(0);
  expect(nasbenchJson('query', 'official', '--top', '1')).toMatchObject({ provenance: 'surrogate' });
  expect(nasbenchJson('search', 'official', '--queries', '5', '--runs', '2')).toMatchObject({
    provenance: 'surrogate',
  });
  const elsewhere = nasbenchJson<Imported>(...arguments_, '--out', file('elsewhere.arrow'));
  expect(elsewhere.table).toBe(file('elsewhere.arrow'));
  expect(nasbench('info', 'official').stdout).toMatch(/^official · /);
});

it('refuses in one line, and leaves nothing', () => {
  const refuse = (args: readonly string[], status: number, message: RegExp): void => {
    const { status: found, stdout, stderr } = nasbench('import', ...args);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(found).toBe(status);
    expect(existsSync(file('out.arrow'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  };
  const out = ['--out', file('out.arrow')];
  const synthetic = ['--provenance', 'synthetic'];
  writeFileSync(file('cut.tfrecord'), bytes.subarray(0, -5));
  writeFileSync(file('sparse.tfrecord'), '');
  truncateSync(file('sparse.tfrecord'), 10 * 2 ** 30);
  mkdirSync(file('folder.tfrecord'));
  refuse(
    [file('some.tfrecord'), ...out],
    2,
    /not an official file, which have 498 or 1989 MiB .* --provenance official\|/,
  );
  refuse([file('some.tfrecord'), ...synthetic], 2, /needs --out TABLE, --as NAME or both/);
  refuse([file('some.tfrecord'), ...out, '--provenance', 'real'], 2, /Allowed choices are official, regenerated/);
  refuse([file('some.tfrecord'), ...out, ...synthetic, '--repeats', '2'], 1, /record 2, byte \d+: .*at most 2 runs/);
  refuse([file('cut.tfrecord'), ...out, ...synthetic], 1, /cut\.tfrecord: record 545, byte \d+: .*truncated/);
  refuse([file('sparse.tfrecord'), ...out, ...synthetic], 1, /sparse\.tfrecord: record 0, byte 8: .*CRC-32C/);
  refuse([file('folder.tfrecord'), ...out, ...synthetic], 2, /it is not a file/);
  refuse([file('none.tfrecord'), ...out, ...synthetic], 1, /none\.tfrecord: no such file/);
  refuse([file('some.tfrecord'), '--out', file('some.tfrecord'), ...synthetic], 2, /exists already/);
  expect(readFileSync(file('some.tfrecord')).equals(bytes)).toBe(true);
});
