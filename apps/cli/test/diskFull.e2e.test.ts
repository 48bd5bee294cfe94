import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { syntheticTfrecord } from '@nasbench/dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nasbenchJson, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';
import { account, journal } from './survival.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');
const folder = temporaryFolder();
const SOURCE = path.join(folder, 'source.tfrecord');
const TABLE = path.join(folder, 'source.arrow');
const FILE = Buffer.concat([...syntheticTfrecord({ cells: 2532, epochs: [4, 108], repeats: 3 })]);

/**
 * The command with at most 400 blocks a file, of 512 or 1024 bytes as the shell has it: writing then fails half-way as on
 * a full disk, with another error, and nobody has to be root for it.
 */
const LIMITED = ['-c', 'ulimit -f 400; exec "$@"', 'sh', process.execPath, BIN];
const MOST_BYTES = 400 * 1024;

beforeAll(() => {
  writeFileSync(SOURCE, FILE);
  nasbenchJson('import', SOURCE, '--out', TABLE, '--provenance', 'synthetic');
});

const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);

describe.each(['import', 'table.tfrecord', 'table.parquet', 'table.csv', 'table.json', 'table.jsonl', 'copy.arrow'])(
  '%s half-way onto a full disk',
  (what) => {
    const file = what === 'import' ? 'table.arrow' : what;
    const args = what === 'import' ? ['import', SOURCE, '--provenance', 'synthetic'] : ['export', TABLE];

    it.each([undefined, 'mine'])('fails in one line and leaves the folder as it was: with %s', (before) => {
      const out = mkdtempSync(path.join(folder, 'out-'));
      const target = path.join(out, file);
      if (before !== undefined) writeFileSync(target, before);
      const ended = spawnSync('sh', [...LIMITED, ...args, '--out', target, '--force'], { encoding: 'utf8' });
      expect(lastLine(ended.stderr)).toBe(
        `nasbench: cannot write ${target}: it would be larger than the system or a limit (ulimit -f) allows`,
      );
      expect(ended.stderr).not.toMatch(/^ {4}at /m);
      expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
      expect(readdirSync(out).map((name) => [name, readFileSync(path.join(out, name), 'utf8')])).toEqual(
        before === undefined ? [] : [[file, before]],
      );
    });
  },
);

describe('regenerate half-way onto a full disk', () => {
  it('fails in one line, keeps every run that was finished, and goes on when there is room', () => {
    const out = path.join(folder, 'regeneration');
    const args = ['regenerate', '--out', out, '--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '3'];
    // Room for a part of the 21 runs.
    const limited = ['-c', 'ulimit -f 10; exec "$@"', 'sh', process.execPath, BIN];
    const failed = spawnSync('sh', [...limited, ...args, '--workers', '1'], { encoding: 'utf8' });
    expect([failed.status, lastLine(failed.stderr)]).toEqual([
      1,
      `nasbench: cannot write the journal in ${path.join(out, 'journal')}: it would be larger than the system or a limit (ulimit -f) allows`,
    ]);
    const kept = journal(out);
    expect(kept.length).toBeGreaterThan(0);
    expect(nasbenchJson('regenerate', ...args.slice(1))).toMatchObject({ runs: 21, doneBefore: kept.length });
    expect(account(out, kept)).toEqual({ lost: 0, twice: 0, runs: 21, missing: 0, failed: 0 });
  });
});

describe('fetch half-way onto a full disk', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      response.writeHead(from > 0 ? 206 : 200, {
        etag: '"1"',
        'content-length': FILE.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${FILE.length - 1}/${FILE.length}` }),
      });
      response.end(FILE.subarray(from));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('fails in one line, and goes on with the part when there is room', async () => {
    const out = path.join(mkdtempSync(path.join(folder, 'out-')), 'official.tfrecord');
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const checksum = createHash('sha256').update(FILE).digest('hex');
    const args = ['fetch', 'official', '--from', from, '--checksum', checksum, '--out', out];
    const run = async (command: string, before: readonly string[]) => {
      const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const [status] = await once(child, 'close');
      return { status, stderr };
    };
    const failed = await run('sh', LIMITED);
    expect(lastLine(failed.stderr)).toBe(
      `nasbench: cannot write ${out}.part: it would be larger than the system or a limit (ulimit -f) allows`,
    );
    expect(failed.status).toBe(1);
    expect(existsSync(out)).toBe(false);
    const kept = statSync(`${out}.part`).size;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(MOST_BYTES);

    expect(await run(process.execPath, [BIN])).toMatchObject({ status: 0 });
    expect(readFileSync(out).equals(FILE)).toBe(true);
    expect(readdirSync(path.dirname(out))).toEqual(['official.tfrecord']);
  });
});
