import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';
import { Running } from './survival.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');
const PACKAGED = path.resolve(import.meta.dirname, '../../../packages/dataset/tables');
const digest = createHash('sha256')
  .update(readFileSync(path.join(PACKAGED, 'surrogate.json')))
  .digest('hex');
const FILE = `surrogate-${digest.slice(0, 12)}.arrow`;
const QUERY = ['query', 'surrogate', '--top', '5'];

const cache = temporaryFolder();
const full = temporaryFolder();
const tables = path.join(cache, 'tables');
mkdirSync(tables);
process.env.NASBENCH_CACHE = cache;
// No command may reach for the network.
process.env.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(
  "import net from 'node:net'; net.Socket.prototype.connect = () => { throw new Error('offline'); };",
)}`;

/** The process that a command waits for. */
const waitsFor = ({ stderr }: Running): number =>
  Number([...stderr.matchAll(/^waiting for process (\d+), which is expanding the surrogate$/gm)].at(-1)?.[1]);

describe('the table surrogate', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is left by %s without a trace', async (signal) => {
    const stopped = new Running(QUERY);
    // By now it has a lock, which has to go.
    await stopped.until(() => stopped.stderr.startsWith('expanding the surrogate '));
    expect(existsSync(path.join(tables, 'surrogate.lock'))).toBe(true);
    stopped.signal(signal);
    const { status, seconds } = await stopped.end();
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(seconds).toBeLessThan(5);
    expect(readdirSync(tables)).toEqual([]);
  });

  it('is expanded once by commands that come together, whatever was left and though the first is killed', async () => {
    // Of the right name, but cut off; half-written by a crash; of another model; and tables that are none of these.
    const mini = readFileSync(path.join(PACKAGED, 'mini.arrow'));
    writeFileSync(path.join(tables, FILE), mini.subarray(0, 100_000));
    for (const name of [`.${FILE}.99999.tmp`, 'surrogate-0123456789ab.arrow', 'surrogate-mine.arrow', 'mini.arrow']) {
      writeFileSync(path.join(tables, name), mini);
    }
    const first = new Running(QUERY);
    await first.until(() => existsSync(path.join(tables, 'surrogate.lock')));
    const others = [new Running(QUERY), new Running(QUERY)];
    for (const other of others) await other.until(() => waitsFor(other) === first.child.pid);
    await first.until(() => first.stderr.startsWith('expanding the surrogate '));
    await first.kill();
    expect(first.stdout).toBe('');

    for (const other of others) expect(await other.end()).toMatchObject({ status: 0 });
    // The last that the other one waited for is the one that made it.
    const [made, waited] = waitsFor(others[0]) === first.child.pid ? others : others.toReversed();
    expect(made.stderr).toMatch(/expanding the surrogate 100% · 423 624 cells · took \d+(\.\d)? s\n$/);
    expect(waitsFor(made)).toBe(first.child.pid);
    expect(waited.stderr).not.toContain('expanding the surrogate ');
    expect(waitsFor(waited)).toBe(made.child.pid);
    expect(made.stdout).toMatch(
      /^module hash .*(\n[0-9a-f]{32} .*){5}\nmeans .* 108 epochs · provenance: surrogate \(rank correlation 0\.\d{3} with rows left out of its fit\)\n$/,
    );
    expect(waited.stdout).toBe(made.stdout);
    expect(readdirSync(tables).toSorted()).toEqual(['mini.arrow', FILE, 'surrogate-mine.arrow'].toSorted());
  });

  it('is opened as it is afterwards', () => {
    const before = statSync(path.join(tables, FILE));
    const ended = nasbench(...QUERY);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(path.join(tables, FILE))).toMatchObject({ mtimeMs: before.mtimeMs, ino: before.ino });
  });

  it('says what it was fitted on and how far it is off', () => {
    const { fit } = JSON.parse(readFileSync(path.join(PACKAGED, 'surrogate.json'), 'utf8'));
    const { status, stdout } = nasbench('info', 'surrogate');
    expect(status).toBe(0);
    expect(stdout).toContain('provenance: surrogate');
    expect(stdout).toContain(`source ${fit.source}`);
    expect(stdout).toContain(`rows ${fit.rows}`);
    expect(stdout).toContain('423 624 cells, 3 repeats, largest budget 108 epochs');
    const last = fit.budgets.at(-1);
    expect(stdout).toMatch(new RegExp(`^ +${last.epochs} +${last.spearman} +${last.kendall} +${last.rmse} `, 'm'));
    expect(nasbenchJson('info', 'surrogate')).toMatchObject({ cells: 423_624, surrogate: { rows: fit.rows } });
  });

  it('that finds the disk full is one line, and nothing is left', () => {
    const limited = ['-c', 'ulimit -f 400; exec "$@"', 'sh', process.execPath, BIN, ...QUERY];
    const { status, stdout, stderr } = spawnSync('sh', limited, {
      encoding: 'utf8',
      env: { ...process.env, NASBENCH_CACHE: full },
    });
    expect({ status, stdout, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({
      status: 1,
      stdout: '',
      last: `nasbench: cannot write ${full}/tables/${FILE}: it would be larger than the system or a limit (ulimit -f) allows; NASBENCH_CACHE=DIR keeps the surrogate elsewhere`,
    });
    expect(readdirSync(path.join(full, 'tables'))).toEqual([]);
  });
});
