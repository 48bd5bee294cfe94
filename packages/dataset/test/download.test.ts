import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom } from '@nasbench/foundation/random';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAnswer } from '../src/download/answer.ts';
import { cacheFolder, type DownloadOptions, downloadFile } from '../src/node.ts';
import { type Behaviour, dropAfter, type HostileServer, serve, startServer } from './hostileServer.ts';

/** Not a multiple of any buffer's size. */
const SIZE = 300_001;
const FILE = randomBytes('file');
const OTHER = randomBytes('other file');
const CHECKSUM = checksumOf(FILE);

function randomBytes(seed: string): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: SIZE }, () => random.int(256));
}

function checksumOf(bytes: Uint8Array): DownloadOptions['checksum'] {
  return { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') };
}

let server: HostileServer;
let folder: string;
let target: string;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nasbench-download-'));
  target = path.join(folder, 'data.tfrecord');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const QUICK = { checksum: CHECKSUM, attempts: 4, backoffSeconds: 0.001, stallSeconds: 0.3 };

function download(options: Partial<DownloadOptions> = {}) {
  return downloadFile(new URL('data.tfrecord', server.url), target, {
    ...QUICK,
    ...options,
    onProgress(progress) {
      server.client.bytes = progress.bytes;
      options.onProgress?.(progress);
    },
  });
}

async function expectRightFile(behaviour: Behaviour, options: Partial<DownloadOptions> = {}) {
  server.behave(behaviour);
  const result = await download(options);
  expect(readFileSync(target).equals(FILE)).toBe(true);
  expect(readdirSync(folder)).toEqual(['data.tfrecord']);
  expect(result.bytes).toBe(SIZE);
  return result;
}

/** One line that matches, and no file under the final name. `left`: what stays for the next try. */
async function expectFailure(behaviour: Behaviour, message: RegExp, left: readonly string[], options = {}) {
  server.behave(behaviour);
  const error: unknown = await download(options).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('\n');
  expect(readdirSync(folder).toSorted()).toEqual(left);
}

const PART = ['data.tfrecord.part', 'data.tfrecord.part.json'];

describe('ends with the right file', () => {
  it('from a server that behaves', async () => {
    const progress: number[] = [];
    const result = await expectRightFile((exchange) => serve(exchange, FILE), {
      onProgress: ({ bytes, total }) => {
        expect(total).toBe(SIZE);
        progress.push(bytes);
      },
    });
    expect(result).toEqual({ bytes: SIZE, resumedFrom: 0, requests: 1 });
    expect(progress.at(0)).toBe(0);
    expect(progress.at(-1)).toBe(SIZE);
  });

  it('when the connection drops half-way: goes on where it was', async () => {
    await expectRightFile((exchange) => serve(exchange, FILE, { cut: exchange.n === 0 ? 100_000 : SIZE }));
    expect(server.ranges).toEqual([undefined, 'bytes=100000-']);
  });

  it('when it drops more often than there are attempts, as long as something comes', async () => {
    const result = await expectRightFile((exchange) => serve(exchange, FILE, { cut: 20_000 }));
    expect(result.requests).toBe(16);
  });

  it('when the server ignores ranges', async () => {
    const result = await expectRightFile((exchange) => {
      exchange.response.writeHead(200, { 'content-length': SIZE });
      if (exchange.n === 0) dropAfter(exchange, FILE.subarray(0, 100_000));
      else exchange.response.end(FILE);
    });
    expect(server.ranges[1]).toBe('bytes=100000-');
    expect(result.requests).toBe(2);
  });

  it('without a length (chunked)', async () => {
    await expectRightFile(({ response }) => void response.writeHead(200).end(FILE));
  });

  it('without an entity tag: the checksum decides', async () => {
    await expectRightFile((exchange) => {
      const { n, response, from = 0 } = exchange;
      const range = { 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}` };
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': SIZE - from, ...(from > 0 && range) });
      if (n === 0) dropAfter(exchange, FILE.subarray(0, 1000));
      else response.end(FILE.subarray(from));
    });
  });

  it('after redirects', async () => {
    await expectRightFile((exchange) => {
      const { n, response } = exchange;
      if (n < 2) response.writeHead(n === 0 ? 302 : 307, { location: `/moved/${n}` }).end();
      else serve(exchange, FILE);
    });
  });

  it.each([408, 429, 500, 502, 503, 504])('after a %i', async (status) => {
    const waits: [string, number][] = [];
    await expectRightFile(
      (exchange) => {
        if (exchange.n === 0) exchange.response.writeHead(status, { 'retry-after': '0' }).end('busy');
        else serve(exchange, FILE);
      },
      { onRetry: (...wait) => waits.push(wait) },
    );
    expect(waits).toEqual([[`the server answered ${status}`, 0]]);
  });

  it('when a 503 comes in the middle', async () => {
    await expectRightFile((exchange) => {
      if (exchange.n === 1) exchange.response.writeHead(503).end();
      else serve(exchange, FILE, { cut: 150_000 });
    });
    expect(server.ranges).toEqual([undefined, 'bytes=150000-', 'bytes=150000-', 'bytes=300000-']);
  });

  it('when the file changes between two attempts', async () => {
    await expectRightFile((exchange) => {
      if (exchange.n === 0) serve(exchange, OTHER, { etag: '"old"', cut: 100_000 });
      else serve(exchange, FILE, { etag: '"new"' });
    });
    expect(server.ranges).toEqual([undefined, 'bytes=100000-']);
  });

  it('when it changes and the server ignores If-Range', async () => {
    const problems: string[] = [];
    const result = await expectRightFile(
      (exchange) => {
        if (exchange.n === 0) return serve(exchange, OTHER, { etag: '"old"', cut: 100_000 });
        delete exchange.request.headers['if-range'];
        return serve(exchange, FILE, { etag: '"new"' });
      },
      { onRetry: (problem) => problems.push(problem) },
    );
    expect(result.requests).toBe(3);
    expect(problems.at(-1)).toBe('the file changed on the server');
  });

  it('when it changes without a sign: the checksum tells, and the whole is asked for', async () => {
    const result = await expectRightFile((exchange) =>
      serve(exchange, exchange.n === 0 ? OTHER : FILE, { cut: exchange.n === 0 ? 100_000 : SIZE }),
    );
    expect(result.requests).toBe(3);
    expect(server.ranges).toEqual([undefined, 'bytes=100000-', undefined]);
  });

  it('when another range than asked for is sent', async () => {
    await expectRightFile((exchange) => {
      if (exchange.n !== 1) return serve(exchange, FILE, { cut: exchange.n === 0 ? 100_000 : SIZE });
      const headers = { etag: '"1"', 'content-range': `bytes 50000-${SIZE - 1}/${SIZE}` };
      return void exchange.response.writeHead(206, headers).end(FILE.subarray(50_000));
    });
  });

  it('when the body is slow but comes', async () => {
    await expectRightFile(async ({ response }) => {
      response.writeHead(200, { 'content-length': SIZE });
      for (let at = 0; at < SIZE; at += 50_000) {
        response.write(FILE.subarray(at, at + 50_000));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end();
    });
    expect(server.ranges).toHaveLength(1);
  });

  it('when the body stops without an end: goes on after the silence', async () => {
    await expectRightFile((exchange) => {
      if (exchange.n > 0) return serve(exchange, FILE);
      exchange.response.writeHead(200, { etag: '"1"', 'content-length': SIZE });
      exchange.response.write(FILE.subarray(0, 100_000));
      return undefined;
    });
    expect(server.ranges).toEqual([undefined, 'bytes=100000-']);
  });

  it('when the announced length is too long once', async () => {
    await expectRightFile((exchange) => {
      if (exchange.n > 0) return serve(exchange, FILE);
      exchange.response.writeHead(200, { 'content-length': SIZE + 1000 });
      return dropAfter(exchange, FILE);
    });
  });

  it('in another process: goes on with what the first one left', async () => {
    await expectFailure(
      (exchange) => {
        if (exchange.n === 0) serve(exchange, FILE, { cut: 100_000 });
        else exchange.response.destroy();
      },
      /dropped, 4 times in a row; 100000 bytes are kept in .*\.part for the next try$/,
      PART,
    );
    const result = await expectRightFile((exchange) => serve(exchange, FILE));
    expect(result).toEqual({ bytes: SIZE, resumedFrom: 100_000, requests: 1 });
    expect(server.ranges).toEqual(['bytes=100000-']);
  });

  it('in another process that finds a complete part file', async () => {
    writeFileSync(`${target}.part`, FILE);
    const version = { url: new URL('data.tfrecord', server.url).href, total: SIZE, validator: '"1"' };
    writeFileSync(`${target}.part.json`, JSON.stringify(version));
    await expectRightFile(({ response }) => void response.writeHead(500).end());
    expect(server.ranges).toEqual([]);
  });

  it.each([
    ['of unknown origin', FILE.subarray(0, 1000), ''],
    ['of another address', FILE.subarray(0, 1000), '{"url":"http://other/"}'],
    ['with broken notes', FILE.subarray(0, 1000), '{"url":'],
  ])('when there is a part file %s: starts anew', async (_, bytes, notes) => {
    writeFileSync(`${target}.part`, bytes);
    writeFileSync(`${target}.part.json`, notes);
    const result = await expectRightFile((exchange) => serve(exchange, FILE));
    expect(result.resumedFrom).toBe(0);
    expect(server.ranges).toEqual([undefined]);
  });

  it('when the part file is damaged: the whole once more', async () => {
    writeFileSync(`${target}.part`, OTHER.subarray(0, 1000));
    const url = new URL('data.tfrecord', server.url).href;
    writeFileSync(`${target}.part.json`, JSON.stringify({ url, total: SIZE, validator: '"1"' }));
    await expectRightFile((exchange) => serve(exchange, FILE));
    expect(server.ranges).toEqual(['bytes=1000-', undefined]);
  });

  it('and asks no server if it is there already', async () => {
    writeFileSync(target, FILE);
    const result = await expectRightFile((exchange) => serve(exchange, OTHER));
    expect(result.requests).toBe(0);
  });

  it('in place of another one with force', async () => {
    writeFileSync(target, OTHER);
    await expectRightFile((exchange) => serve(exchange, FILE), { force: true });
  });
});

describe('fails in one line, with nothing under the final name', () => {
  it.each([400, 401, 403, 404, 410])('a %i: at once', async (status) => {
    await expectFailure(
      ({ response }) => void response.writeHead(status).end('<html>'),
      new RegExp(`^cannot download http://127.*data\\.tfrecord: the server answered ${status}$`),
      [],
    );
    expect(server.ranges).toHaveLength(1);
  });

  it('a 500 for ever', async () => {
    await expectFailure(({ response }) => void response.writeHead(500).end(), /answered 500, 4 times in a row$/, []);
  });

  it('wrong bytes', async () => {
    await expectFailure(
      (exchange) => serve(exchange, OTHER),
      new RegExp(`SHA-256 of the ${SIZE} bytes is ${checksumOf(OTHER).hex}, expected ${CHECKSUM.hex}$`),
      [],
    );
    expect(server.ranges).toHaveLength(1);
  });

  it('a page instead of the file', async () => {
    await expectFailure(({ response }) => void response.writeHead(200).end('<html>log in</html>'), /not the file/, []);
  });

  it('an empty body', async () => {
    await expectFailure(({ response }) => void response.writeHead(200).end(), /of the 0 bytes is/, []);
  });

  it('an announced length that is too short', async () => {
    await expectFailure(
      ({ response }) => {
        // Past node:http, which would not lie.
        response.socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n');
        response.socket?.end(FILE);
      },
      /of the 1000 bytes is|connection failed/,
      [],
    );
  });

  it('an announced length that is always too long', async () => {
    await expectFailure(
      (exchange) => {
        exchange.response.writeHead(200, { 'content-length': SIZE + 1000 });
        dropAfter(exchange, FILE);
      },
      /4 times in a row; 300001 bytes are kept/,
      PART,
    );
  });

  it('more bytes than the range that was announced', async () => {
    await expectFailure(
      (exchange) => {
        if (exchange.n === 0) return serve(exchange, FILE, { cut: 100_000 });
        const headers = { etag: '"1"', 'content-range': `bytes 100000-${SIZE - 1}/${SIZE}` };
        return void exchange.response.writeHead(206, headers).end(new Uint8Array(2 * SIZE));
      },
      /or more, expected at most 300001$/,
      PART,
    );
  });

  it('a body without end', async () => {
    await expectFailure(
      async ({ response }) => {
        response.writeHead(200);
        for (let open = true; open; ) {
          open = await new Promise<boolean>((resolve) => response.write(OTHER, (error) => resolve(!error)));
        }
      },
      /or more, expected at most 2000000$/,
      PART,
      { maxBytes: 2_000_000 },
    );
  });

  it('a length beyond the published one', async () => {
    await expectFailure((exchange) => serve(exchange, FILE), /has 300001 bytes or more, expected at most 9$/, [], {
      maxBytes: 9,
    });
  });

  it('a length beyond what the disk holds', async () => {
    await expectFailure(
      ({ response }) => void response.writeHead(200, { 'content-length': 2 ** 52 }).write('x'),
      /4503599627370496 bytes are to come, \d+ are free on the disk$/,
      [],
    );
  });

  it.skipIf(!existsSync('/dev/full'))('a disk that is full half-way [needs /dev/full]', async () => {
    symlinkSync('/dev/full', `${target}.part`);
    await expectFailure((exchange) => serve(exchange, FILE), /^cannot write .*\.part: no space left on the disk$/, []);
  });

  it('a server that encodes', async () => {
    await expectFailure(
      ({ response }) => void response.writeHead(200, { 'content-encoding': 'br' }).end(FILE),
      /encoded as br/,
      [],
    );
  });

  it('redirects in a circle', async () => {
    await expectFailure(
      ({ response }) => void response.writeHead(302, { location: '/again' }).end(),
      /redirects in a circle$/,
      [],
    );
  });

  it('silence', async () => {
    await expectFailure(() => {}, /sent nothing for 0\.3 s, 4 times in a row$/, []);
  });

  it('no server', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const url = new URL(`http://127.0.0.1:${port}/data.tfrecord`);
    await expect(downloadFile(url, target, QUICK)).rejects.toThrow(/refuses connections, 4 times in a row$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('text that is no HTTP', async () => {
    await expectFailure(({ response }) => void response.socket?.end('hello\r\n'), /4 times in a row$/, []);
  });

  it('another file under the name', async () => {
    writeFileSync(target, OTHER);
    await expectFailure((exchange) => serve(exchange, FILE), /is another file: SHA-256 .* pass --force to/, [
      'data.tfrecord',
    ]);
    expect(readFileSync(target).equals(OTHER)).toBe(true);
  });

  it('other protocols, and passwords in addresses', async () => {
    await expect(downloadFile(new URL('file:///etc/hostname'), target, QUICK)).rejects.toThrow(/http:\/\/ or https/);
    await expect(downloadFile(new URL('http://me:secret@localhost/'), target, QUICK)).rejects.toThrow(
      'cannot download from localhost with a name and password in the address',
    );
  });

  it('an interrupt: the part stays for the next try', async () => {
    const interrupt = new AbortController();
    const stopped = new Error('stopped');
    server.behave(({ response }) => {
      response.writeHead(200, { etag: '"1"', 'content-length': SIZE });
      response.write(FILE.subarray(0, 100_000));
    });
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes === 100_000) interrupt.abort(stopped);
    };
    await expect(download({ signal: interrupt.signal, onProgress, stallSeconds: 30 })).rejects.toBe(stopped);
    expect(readdirSync(folder).toSorted()).toEqual(PART);
    await expectRightFile((exchange) => serve(exchange, FILE));
    expect(server.ranges).toEqual(['bytes=100000-']);
  });

  it('an interrupt while it waits', async () => {
    const interrupt = new AbortController();
    server.behave(({ response }) => void response.writeHead(503).end());
    const onRetry = (): void => void setTimeout(() => interrupt.abort(new Error('stopped')), 10);
    await expect(download({ signal: interrupt.signal, onRetry, backoffSeconds: 60 })).rejects.toThrow('stopped');
  });
});

it('a weak entity tag does not tell versions apart', () => {
  const have = { bytes: 0, total: undefined, validator: undefined };
  const answer = (headers: Record<string, string>) => readAnswer(200, new Headers(headers), have);
  expect(answer({ etag: 'W/"1"' })).toMatchObject({ validator: undefined });
  expect(answer({ etag: 'W/"1"', 'last-modified': 'Tue, 01 Jan 2019 00:00:00 GMT' })).toMatchObject({
    validator: 'Tue, 01 Jan 2019 00:00:00 GMT',
  });
});

it('the cache folder follows the environment', () => {
  expect(cacheFolder({ NASBENCH_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/nasbench');
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' })).toMatch(/\.cache\/nasbench$/);
});
