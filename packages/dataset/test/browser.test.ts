import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type JSHandle, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTable, finalMetrics, importTfrecord, syntheticTfrecord } from '../src/index.ts';
import * as answers from './answers.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!existsSync(CHROMIUM))('in a browser [needs chromium]', () => {
  /** Made in `beforeAll`: what the server has, by address. */
  const files = new Map<string, string | Uint8Array>();
  let table: Uint8Array;
  let server: Server;
  let origin: string;
  let browser: Browser;
  let page: Page;
  let inPage: JSHandle<typeof answers>;
  const problems: string[] = [];

  beforeAll(async () => {
    const records = syntheticTfrecord({ cells: 2532, epochs: [4, 108], repeats: 3, seed: 'browser' });
    const imported = await importTfrecord(records, { metadata: { provenance: 'synthetic' } });
    table = encodeTable(imported.table);
    files.set('/pages/', '<!doctype html><link rel="icon" href="data:,"><title>questions</title>');
    files.set('/pages/answers.js', await bundle());
    files.set('/tables/some.arrow', table);
    files.set('/tables/compact.arrow', encodeTable(finalMetrics(imported.table), { compact: true }));
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html';
      // No ranges: whatever is asked for, the whole comes.
      if (file === undefined) response.writeHead(404).end('<p>no such page</p>');
      else response.writeHead(200, { 'content-type': type }).end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${origin}/pages/`);
    // As a text: the page's own import, not one that the test runner rewrites.
    inPage = await page.evaluateHandle<typeof answers>("import('./answers.js')");
  });

  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  it('is a bundle without modules of Node', () => {
    expect(String(files.get('/pages/answers.js'))).not.toMatch(/["']node:|__vite-browser-external/);
  });

  describe('gives the answers that Node gives', () => {
    let expected: Awaited<ReturnType<typeof answers.answersFrom>>;
    beforeAll(async () => {
      expected = await answers.answersFrom(table);
    });

    it('of an address', async () => {
      const found = await inPage.evaluate(({ answersFrom }, url) => answersFrom(url), `${origin}/tables/some.arrow`);
      expect(found).toEqual(expected);
      expect([found.rowCount, found.selected.length]).toEqual([2532, 20]);
    });

    it('of an address relative to the page', async () => {
      const found = await inPage.evaluate(({ answersFrom }) => answersFrom('../tables/some.arrow'));
      expect(found).toEqual(expected);
    });

    it.each(['URL', 'ArrayBuffer', 'Uint8Array', 'Blob', 'File', 'blob: address'] as const)('of a %s', async (kind) => {
      const found = await inPage.evaluate(async ({ answersFrom }, as) => {
        const address = new URL('/tables/some.arrow', document.baseURI);
        if (as === 'URL') return answersFrom(address);
        const blob = await (await fetch(address)).blob();
        const buffer = await blob.arrayBuffer();
        if (as === 'ArrayBuffer') return answersFrom(buffer);
        // Not at the start of its buffer.
        if (as === 'Uint8Array') {
          const bytes = new Uint8Array(buffer.byteLength + 3);
          bytes.set(new Uint8Array(buffer), 3);
          return answersFrom(bytes.subarray(3));
        }
        if (as === 'Blob') return answersFrom(blob);
        if (as === 'File') return answersFrom(new File([blob], 'mine.arrow'));
        return answersFrom(URL.createObjectURL(blob));
      }, kind);
      expect(found).toEqual(expected);
    });

    it('of a compact file, whose hashes and parameters the page computes', async () => {
      const compact = files.get('/tables/compact.arrow') as Uint8Array;
      expect(compact.length).toBeLessThan(table.length / 4);
      const found = await inPage.evaluate(({ answersFrom }) => answersFrom('../tables/compact.arrow'));
      expect(found).toEqual(await answers.answersFrom(compact));
      expect(found.metadata.finalOnly).toBe(true);
      // All of the table's answers that are about the ends of the longest runs.
      expect(found).toMatchObject({ selected: expected.selected, front: expected.front, effects: expected.effects });
      expect(found.byHash.map(({ moduleHash }) => moduleHash)).toEqual(
        expected.byHash.map(({ moduleHash }) => moduleHash),
      );
    });

    it('in the files that it exports', async () => {
      const found = await inPage.evaluate(({ exportsOf }) => exportsOf('../tables/some.arrow'));
      expect(found).toEqual(await answers.exportsOf(table));
      expect(Object.keys(found)).toHaveLength(6);
    });

    it('of a TFRecord file', async () => {
      const found = await inPage.evaluate(({ importAndExport }) => importAndExport());
      expect(found).toEqual(await answers.importAndExport());
      expect(found.again).toBe(found.first);
    });
  });

  it('expands the surrogate to the bits that Node gives', async () => {
    const model = readFileSync(path.join(import.meta.dirname, '../tables/surrogate.json'), 'utf8');
    const found = await inPage.evaluate(({ surrogateDigest }, text) => surrogateDigest(text), model);
    expect(found).toBe(await answers.surrogateDigest(model));
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array | string]>([
    ['cut at the start', (bytes) => bytes.subarray(0, 100)],
    ['cut in half', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['short of its last byte', (bytes) => bytes.subarray(0, -1)],
    ['empty', () => ''],
    ['a page', () => '<!doctype html><title>Not found</title>'],
    ['compressed', (bytes) => gzipSync(bytes)],
  ])('refuses a file that is %s as Node does', async (_, change) => {
    const bytes = change(table);
    files.set('/tables/bad.arrow', bytes);
    const refusal = await inPage.evaluate(({ refusalOf }) => refusalOf('../tables/bad.arrow'));
    const inNode = await answers.refusalOf(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    expect(refusal).toEqual({ ...inNode, message: inNode?.message.replace(/^table/, '../tables/bad.arrow') });
    expect(refusal).toMatchObject({ name: 'TableFormatError', ours: true, isFormat: true });
    expect(refusal?.message).toMatch(/^\.\.\/tables\/bad\.arrow: [^\n]+$/);
  });

  it('says that an address has no file', async () => {
    expect(await inPage.evaluate(({ refusalOf }) => refusalOf('none.arrow'))).toEqual({
      name: 'NasbenchError',
      ours: true,
      isFormat: false,
      isOutOfDomain: false,
      message: 'cannot read table none.arrow: HTTP status 404',
    });
  });

  it('says that a server cannot be reached', async () => {
    const refusal = await inPage.evaluate(({ refusalOf }) => refusalOf('http://127.0.0.1:1/some.arrow'));
    expect(refusal).toMatchObject({ ours: true, isFormat: false });
    expect(refusal?.message).toMatch(/^cannot read table http:\/\/127\.0\.0\.1:1\/some\.arrow: [^\n]+$/);
  });

  it('raised no other error', () => expect(problems).toEqual([]));
});

/** The sources and `answers.ts` as one module, for browsers. */
async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: import.meta.dirname,
    resolve: { conditions: ['nasbench-source', 'module', 'browser'] },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      lib: { entry: path.join(import.meta.dirname, 'answers.ts'), formats: ['es'] },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) => ('output' in part ? part.output : []));
  const [chunk, ...others] = outputs.filter((part) => part.type === 'chunk');
  if (chunk === undefined || others.length > 0) throw new Error(`expected one chunk, found ${outputs.length} outputs`);
  return chunk.code;
}
