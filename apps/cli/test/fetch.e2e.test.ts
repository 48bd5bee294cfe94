import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createRandom } from '@nasbench/foundation/random';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, nasbench, nasbenchJson, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');
const folder = temporaryFolder();
const file = (...parts: string[]): string => path.join(folder, ...parts);

/** Not blocking, unlike `nasbench`: the server answers from this process. */
function startFetch(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [BIN, 'fetch', ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  return { child, ended };
}

let server: Server;
let from: string;
let answer: RequestListener;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  requests.length = 0;
});

/** Half of the body, then the connection drops; the rest when it is asked for. */
function inTwoHalves(body: Uint8Array): RequestListener {
  return (request, response) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
    response.setHeader('etag', '"1"').setHeader('content-length', body.length - start);
    if (start > 0) response.setHeader('content-range', `bytes ${start}-${body.length - 1}/${body.length}`);
    response.writeHead(start > 0 ? 206 : 200);
    if (start > 0) response.end(body.subarray(start));
    else response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 300));
  };
}

const DATA = new TextEncoder().encode('some records '.repeat(10_000));
const sha256 = createHash('sha256').update(DATA).digest('hex');

describe('official-108', () => {
  it('goes on after a drop, checks, and says what comes next', async () => {
    answer = inTwoHalves(DATA);
    const out = file('only108.tfrecord');
    const ended = await startFetch(['official-108', '--from', from, '--checksum', sha256, '--out', out]).ended;
    expect(ended.stdout).toBe(
      `${out}: 130 000 bytes, checksum right (not the official one)\nnext: nasbench import ${out} --out official-108.arrow\n`,
    );
    expect(ended.stderr).toContain('trying again in 1 s');
    expect(ended.status).toBe(0);
    expect(readFileSync(out).equals(DATA)).toBe(true);
    expect(readdirSync(folder)).toEqual(['only108.tfrecord']);
    expect(requests).toEqual([
      '/mirror/nasbench_only108.tfrecord whole',
      expect.stringMatching(/^\/mirror\/nasbench_only108\.tfrecord bytes=\d+-$/),
    ]);

    const again = await startFetch(['official-108', '--from', from, '--checksum', sha256, '--out', out, '--json'])
      .ended;
    expect(JSON.parse(again.stdout)).toMatchObject({ path: out, requests: 0, official: false });
    expect(requests).toHaveLength(2);
  });

  it('refuses what is not the official file; nothing stays', async () => {
    answer = (_, response) => response.end(DATA);
    const cache = file('cache');
    const ended = await startFetch(['official-108', '--from', from], { NASBENCH_CACHE: cache }).ended;
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(
      `nasbench: ${from}/nasbench_only108.tfrecord is not the file that was published: SHA-256 of the 130000 bytes is ` +
        `${sha256}, expected 4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1`,
    );
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says in one line that the file is not there', async () => {
    answer = (_, response) => response.writeHead(404).end();
    const out = file('absent.tfrecord');
    const ended = await startFetch(['official', '--from', `${from}/`, '--out', out]).ended;
    expect(ended).toEqual({
      status: 1,
      stdout: '',
      stderr: `nasbench: cannot download ${from}/nasbench_full.tfrecord: the server answered 404\n`,
    });
    expect(existsSync(out)).toBe(false);
  });

  it('keeps the part when it is interrupted, and goes on with it', async () => {
    const out = file('interrupted.tfrecord');
    const args = ['official', '--from', from, '--checksum', sha256, '--out', out];
    answer = (_, response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': DATA.length }).write(DATA.subarray(0, 50_000));
    };
    const { child, ended } = startFetch(args);
    const isThere = (): boolean => existsSync(`${out}.part`) && readFileSync(`${out}.part`).length === 50_000;
    while (child.exitCode === null && !isThere()) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect([status, stderr.trimEnd().split('\n').at(-1)]).toEqual([130, 'nasbench: stopped by SIGINT']);
    expect(existsSync(out)).toBe(false);

    answer = inTwoHalves(DATA);
    expect((await startFetch(args).ended).status).toBe(0);
    expect(requests.at(-1)).toBe('/mirror/nasbench_full.tfrecord bytes=50000-');
    expect(readFileSync(out).equals(DATA)).toBe(true);
    expect(existsSync(`${out}.part`)).toBe(false);
  });
});

describe('cifar10', () => {
  const BATCHES = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  const IMAGES = 256;
  const RECORD = 3073;

  const temporary = temporaryFolder();

  /** As `tar czf` makes it: the tests of the package cover other archives. */
  function archive(batches: readonly string[]): Uint8Array {
    const random = createRandom('images');
    const images = path.join(mkdtempSync(path.join(temporary, 'archive-')), 'cifar-10-batches-bin');
    mkdirSync(images);
    for (const batch of batches) {
      const bytes = Uint8Array.from({ length: IMAGES * RECORD }, (_, i) => random.int(i % RECORD === 0 ? 10 : 256));
      writeFileSync(path.join(images, `${batch}.bin`), bytes);
    }
    return execFileSync('tar', ['czf', '-', '-C', path.dirname(images), path.basename(images)], { maxBuffer: 1 << 28 });
  }

  const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

  it('unpacks into the folder that the trainer reads', async () => {
    const images = archive(BATCHES);
    answer = (_, response) => response.end(images);
    const cache = file('image-cache');
    const args = ['cifar10', '--from', from, '--checksum', md5(images), '--json'];
    const ended = await startFetch(args, { NASBENCH_CACHE: cache }).ended;
    expect(ended.status).toBe(0);
    const { path: out, next } = JSON.parse(ended.stdout);
    expect(out).toBe(path.join(cache, 'cifar-10-batches-bin'));
    expect(next).toBe(`nasbench train 010/001/000:conv3x3 --images cifar10:${out}`);
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin']);
    expect(requests).toEqual(['/mirror/cifar-10-binary.tar.gz whole']);
    const training = [...SMALL_TRAINING, '--image-size', '16', '--images', `cifar10:${out}`];
    expect(nasbenchJson('train', '010/001/000:conv3x3', ...training)).toMatchObject({ status: 'completed' });

    const again = await startFetch(args, { NASBENCH_CACHE: cache }).ended;
    expect(JSON.parse(again.stdout)).toMatchObject({ path: out, requests: 0 });
  });

  it('refuses an archive without all batches, and a folder with other things in it', async () => {
    const images = archive(BATCHES.slice(1));
    answer = (_, response) => response.end(images);
    const out = file('images', 'cifar10');
    const args = ['cifar10', '--from', from, '--checksum', md5(images), '--out', out];
    const ended = await startFetch(args).ended;
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toMatch(/^nasbench: .*cifar10\.tar\.gz lacks data_batch_1\.bin$/);
    expect(ended.status).toBe(1);
    expect(existsSync(out)).toBe(false);

    mkdirSync(out);
    writeFileSync(path.join(out, 'mine.txt'), 'mine');
    requests.length = 0;
    const refused = await startFetch(args).ended;
    expect(refused.stderr).toMatch(/^nasbench: .*cifar10 is not empty; choose another folder or pass --force/);
    expect([refused.status, requests.length]).toEqual([2, 0]);
  });
});

it.each([
  [['imagenet'], /imagenet.*official, official-108, cifar10/],
  [['official', '--from', 'ftp://mirror/'], /http:\/\/ or https:\/\//],
  [['official', '--from', 'mirror'], /http:\/\/ or https:\/\//],
  [['official', '--checksum', 'abc'], /64 hexadecimal digits/],
  [['official', '--checksum', '0'.repeat(32)], /32 digits, expected 64 for official/],
  [['official', '--out', folder], /it is a folder/],
])('wrong use: %j', (args, message) => {
  const ended = nasbench('fetch', ...args);
  expect(ended.stderr).toMatch(message);
  expect([ended.status, ended.stdout]).toEqual([2, '']);
});
