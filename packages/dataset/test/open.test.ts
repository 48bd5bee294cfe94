import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NasbenchError } from '@nasbench/foundation/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../src/decodeTable.ts';
import { buildTable, encodeTable, NASBench, openTable, TableFormatError, type TableLocation } from '../src/index.ts';
import { writeTable } from '../src/node.ts';
import { openPath as openPathInBrowser } from '../src/openPath.browser.ts';
import { CELLS, METADATA, run } from './samples.ts';

const table = buildTable([run(8, 4, 0), run(40, 12, 1)], METADATA);
const bytes = encodeTable(table);
const answer = new NASBench(table).query(CELLS[40].moduleHash);

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-open-'));
  file = path.join(folder, 'small.arrow');
  await writeTable(file, table);
});
afterAll(() => rm(folder, { recursive: true }));

async function withServer(use: (address: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === '/small.arrow') response.end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('NASBench.open', () => {
  it.each<[string, () => TableLocation]>([
    ['a path', () => file],
    ['a file address', () => pathToFileURL(file)],
    ['bytes', () => bytes],
    ['a buffer', () => bytes.slice().buffer],
    ['a blob', () => new Blob([bytes.slice()])],
  ])('takes %s', async (_, location) => {
    const bench = await NASBench.open(location());
    expect(bench.query(CELLS[40].moduleHash)).toEqual(answer);
  });

  it('takes http addresses', async () => {
    await withServer(async (address) => {
      for (const location of [`${address}/small.arrow`, new URL('/small.arrow', address)]) {
        const bench = await NASBench.open(location);
        expect(bench.query(CELLS[40].moduleHash)).toEqual(answer);
      }
      // What a path is in browsers: an address relative to the page.
      const source = await openPathInBrowser(new URL('small.arrow', address));
      expect(new NASBench(readTable(source)).query(CELLS[40].moduleHash)).toEqual(answer);
      await expect(NASBench.open(`${address}/other`)).rejects.toThrow(
        `cannot read table ${address}/other: HTTP status 404`,
      );
    });
  });

  it('says what is wrong with a place', async () => {
    const absent = path.join(folder, 'absent.arrow');
    await expect(openTable(absent)).rejects.toThrow(NasbenchError);
    await expect(openTable(absent)).rejects.toThrow(`cannot read table ${absent}: there is no such file`);
    await expect(openTable(folder)).rejects.toThrow(`cannot read table ${folder}: it is not a file`);
    await expect(openTable('http://127.0.0.1:1/x')).rejects.toThrow(NasbenchError);
  });

  it('names the file that is not a table', async () => {
    const broken = path.join(folder, 'broken.arrow');
    await writeFile(broken, bytes.subarray(0, 100));
    await expect(openTable(broken)).rejects.toThrow(TableFormatError);
    await expect(openTable(broken)).rejects.toThrow(`${broken}: truncated`);
  });

  it('notices a file that changes under it', async () => {
    const changing = path.join(folder, 'changing.arrow');
    await writeTable(changing, table);
    const bench = await NASBench.open(changing);
    await writeTable(changing, buildTable([run(3, 4, 0)], METADATA), { force: true });
    expect(() => bench.query(CELLS[40].moduleHash)).toThrow(
      `${changing}: the file was changed after it had been opened`,
    );
  });

  it('does not overwrite a file unasked', async () => {
    await expect(writeTable(file, table)).rejects.toThrow(NasbenchError);
  });
});
