import { openAsBlob } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { NasbenchError } from '@nasbench/foundation/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../src/decodeTable.ts';
import { buildTable, encodeTable, NASBench, openTable, TableFormatError, type TableLocation } from '../src/index.ts';
import { writeTable } from '../src/node.ts';
import { openPath as openPathInBrowser } from '../src/openPath.browser.ts';
import { CELLS, METADATA, run } from './samples.ts';
import { record } from './tfrecordSamples.ts';

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

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function withServer(answerTo: Answer, use: (address: string) => Promise<void>): Promise<void> {
  const server = createServer(answerTo);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const giveTable: Answer = (request, response) => {
  if (request.url === '/small.arrow') response.end(bytes);
  else response.writeHead(404).end();
};

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
    await withServer(giveTable, async (address) => {
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

  it('takes an address whose bytes come one by one, compressed, or without their length', async () => {
    const answers: Answer[] = [
      (_, response) => {
        for (const byte of bytes.subarray(0, 20)) response.write(Uint8Array.of(byte));
        response.end(bytes.subarray(20));
      },
      (_, response) => {
        const body = gzipSync(bytes);
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
      },
    ];
    for (const answerTo of answers) {
      await withServer(answerTo, async (address) => {
        const bench = await NASBench.open(address);
        expect(bench.query(CELLS[40].moduleHash)).toEqual(answer);
      });
    }
  });

  it('stops loading an address at the first bytes that are not those of a table', async () => {
    const page = '<!doctype html><title>moved</title>';
    const endless: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': 1e12 });
      const write = (): void => {
        while (!response.destroyed && response.write(page.padEnd(65_536)));
      };
      response.on('drain', write).on('close', () => closed(response.socket?.bytesWritten ?? 0));
      write();
    };
    let closed: (bytesWritten: number) => void = () => {};
    const written = new Promise<number>((resolve) => (closed = resolve));
    await withServer(endless, async (address) => {
      const error = await openTable(address).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TableFormatError);
      expect((error as Error).message).toBe(
        `${address}: not an Arrow file: expected to begin with ARROW1, found bytes 3c 21 64 6f 63 74: it may be a web page`,
      );
      // Without anyone ending the server: the client closes the connection. What had been written by then is in buffers.
      expect(await written).toBeLessThan(64e6);
    });
  });

  it.each<[string, Answer, RegExp]>([
    ['nothing', (_, response) => response.end(), /: empty file, expected an Arrow file$/],
    [
      'a few bytes',
      (_, response) => response.end(bytes.subarray(0, 7)),
      /: truncated: .* stops after 7 bytes without it$/,
    ],
    ['a part', (_, response) => response.end(bytes.subarray(0, -9)), /: truncated: .* without it$/],
    [
      'a part of what was announced',
      (_, response) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, -9), () => response.destroy());
      },
      /^cannot read table http/,
    ],
    [
      'an announcement beyond all memory',
      (_, response) => {
        response.writeHead(200, { 'content-length': 1e16 });
        response.write(bytes);
      },
      /^cannot read table http/,
    ],
  ])('refuses an address that gives %s', async (_, answerTo, message) => {
    await withServer(answerTo, async (address) => {
      const error = await openTable(address).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NasbenchError);
      expect((error as Error).message).toMatch(message);
    });
  });

  it('lets several read one file at the same time', async () => {
    const readers = await Promise.all(Array.from({ length: 8 }, () => NASBench.open(file, { seed: 3 })));
    const questions = [CELLS[40], CELLS[8], CELLS[40]];
    const expected = questions.map(({ moduleHash }) => new NASBench(table).metricsByHash(moduleHash));
    // In turn, so that each reads its blocks between those of the others.
    const found = questions.map(({ moduleHash }) => readers.map((reader) => reader.metricsByHash(moduleHash)));
    expect(found).toEqual(expected.map((metrics) => readers.map(() => metrics)));
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

  it.each([
    [
      'a text',
      'module_hash,vertices\n',
      /not an Arrow file: expected to begin with ARROW1, found bytes 6d 6f 64 75 6c 65$/,
    ],
    ['gzip', gzipSync(bytes), /found bytes 1f 8b 08 00 00 00: it is compressed with gzip, decompress it first$/],
    [
      'TFRecords',
      record(),
      /found bytes [0-9a-f]{2} 0[0-9a-f] 00 00 00 00: if it is a TFRecord file, import it first$/,
    ],
    [
      'half an end',
      bytes.subarray(0, -3),
      /truncated: an Arrow file ends with ARROW1, but this one stops after \d+ bytes/,
    ],
    ['a few bytes', bytes.subarray(0, 7), /truncated: .* stops after 7 bytes without it$/],
    ['nothing', '', /empty file, expected an Arrow file$/],
  ])('refuses %s by its ends, from a path and from a blob', async (_, content, message) => {
    const other = path.join(folder, 'other.arrow');
    await writeFile(other, content);
    for (const location of [other, new File([new Uint8Array(await readFile(other))], 'other.arrow')]) {
      const error = await openTable(location).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TableFormatError);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain('other.arrow: ');
    }
  });

  it('refuses files of 10 GB that are mostly holes without reading them', async () => {
    const before = process.memoryUsage().rss;
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /not an Arrow file: .* found bytes 00 00 00 00 00 00$/],
      [bytes, /truncated: an Arrow file ends with ARROW1, but this one stops after \d+ bytes without it$/],
    ];
    for (const [head, message] of cases) {
      const holes = path.join(folder, 'holes.arrow');
      const handle = await open(holes, 'w');
      await handle.write(head);
      await handle.truncate(10 * 2 ** 30);
      await handle.close();
      for (const location of [holes, await openAsBlob(holes)]) {
        const error = await openTable(location).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(TableFormatError);
        expect((error as Error).message).toMatch(message);
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it('says why a blob cannot be read', async () => {
    const gone = path.join(folder, 'gone.arrow');
    await writeFile(gone, bytes);
    const blob = await openAsBlob(gone);
    await rm(gone);
    const error = await openTable(blob).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NasbenchError);
    expect((error as Error).message).toMatch(/^cannot read table table: [^\n]+$/);
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
