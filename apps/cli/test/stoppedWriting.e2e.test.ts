import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { syntheticTfrecord } from '@nasbench/dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { nasbenchJson, temporaryFolder } from './nasbench.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');
const folder = temporaryFolder();
const SOURCE = path.join(folder, 'source.tfrecord');
const TABLE = path.join(folder, 'source.arrow');

/** So many that reading and writing take a while: 35 MB and 7 MB. */
const CELLS = 30_000;

beforeAll(() => {
  const options = { cells: CELLS, epochs: [108], repeats: 3 };
  writeFileSync(SOURCE, Buffer.concat([...syntheticTfrecord(options)]));
  nasbenchJson('import', SOURCE, '--out', TABLE, '--provenance', 'synthetic');
});

/** Calls `now` when it is time for the signal; the function returned ends the waiting. */
type Moment = (now: () => void, out: string, pid: number | undefined) => () => void;

/** The temporary file has come into the folder. Heard of at once, since writing may take few milliseconds. */
const writing: Moment = (now, out) => {
  const watcher = watch(out, (_, name) => {
    if (name?.endsWith('.tmp')) now();
  });
  return () => watcher.close();
};

/** The source is open: all of it is read before anything is written. */
const reading: Moment = (now, _, pid) => {
  const files = `/proc/${pid}/fd`;
  const timer = setInterval(() => {
    try {
      if (readdirSync(files).some((name) => readlinkSync(`${files}/${name}`) === SOURCE)) now();
    } catch {
      // A file was closed between the two calls, or the process has ended.
    }
  }, 2);
  return () => clearInterval(timer);
};

interface Stopped {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and sends it the signal once, when the moment has come. */
async function stop(args: readonly string[], signal: NodeJS.Signals, moment: Moment, out: string): Promise<Stopped> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const closed = once(child, 'close');
  let isSent = false;
  const end = moment(
    () => {
      if (!isSent) child.kill(signal);
      isSent = true;
    },
    out,
    child.pid,
  );
  const [status] = await closed;
  end();
  return { status, ...said };
}

const IMPORT = { name: 'import', args: ['import', SOURCE, '--provenance', 'synthetic'], file: 'table.arrow' };
const EXPORT = { name: 'export', args: ['export', TABLE], file: 'table.json' };

const hasProc = existsSync('/proc/self/fd');

describe.each([
  ...(hasProc ? [{ ...IMPORT, when: 'reading', moment: reading }] : []),
  { ...IMPORT, when: 'writing', moment: writing },
  { ...EXPORT, when: 'writing', moment: writing },
])('$name stopped while $when', ({ name, args, file, moment }) => {
  /** An empty folder for the output. A command that was quicker than the signal is started again in another one. */
  async function stopped(signal: NodeJS.Signals, before: string | undefined) {
    for (let attempt = 0; ; attempt++) {
      const out = mkdtempSync(path.join(folder, 'out-'));
      const target = path.join(out, file);
      if (before !== undefined) writeFileSync(target, before);
      const ended = await stop([...args, '--out', target, '--force'], signal, moment, out);
      if (ended.status !== 0 || attempt === 30) return { ended, out, target };
    }
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves nothing, and a file that was there as it was', async (signal, status) => {
    for (const before of [undefined, 'mine']) {
      const { ended, out } = await stopped(signal, before);
      expect(ended).toMatchObject({ status, stdout: '' });
      expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(`nasbench: stopped by ${signal}`);
      expect(readdirSync(out).map((entry) => [entry, readFileSync(path.join(out, entry), 'utf8')])).toEqual(
        before === undefined ? [] : [[file, before]],
      );
    }
  });

  it('by SIGKILL leaves nothing under the final name, and the next run works', async () => {
    const { ended, target } = await stopped('SIGKILL', undefined);
    expect(ended).toMatchObject({ status: null, stdout: '' });
    expect(existsSync(target)).toBe(false);
    nasbenchJson(...args, '--out', target);
    const cells =
      name === 'export'
        ? JSON.parse(readFileSync(target, 'utf8')).rows.length
        : nasbenchJson<{ cells: number }>('info', target).cells;
    expect(cells).toBe(CELLS);
  });
});
