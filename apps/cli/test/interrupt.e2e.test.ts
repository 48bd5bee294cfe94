import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbenchJson, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');
const folder = temporaryFolder();

interface Interrupted {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** from the signal to the end */
  readonly seconds: number;
}

/** Runs a command and sends it the signal as soon as `isTime` holds of what it has said so far. */
async function interrupt(
  args: readonly string[],
  signal: NodeJS.Signals,
  isTime: (stderr: string) => boolean,
): Promise<Interrupted> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  while (child.exitCode === null && !isTime(stderr)) await new Promise((resolve) => setTimeout(resolve, 5));
  const sent = performance.now();
  child.kill(signal);
  const [status] = await closed;
  return { status, stdout, stderr, seconds: (performance.now() - sent) / 1000 };
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

describe.each(SIGNALS)('%s', (signal, status) => {
  it('ends a training at once', async () => {
    const args = ['train', '010/001/000:conv3x3', ...SMALL_TRAINING, '--epochs', '10000'];
    const ended = await interrupt(args, signal, (stderr) => stderr.includes('step '));
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(`nasbench: stopped by ${signal}`);
    expect(ended.seconds).toBeLessThan(10);
  });

  it('ends a regeneration and keeps the runs that were finished', async () => {
    const out = path.join(folder, `regeneration-${signal}`);
    const args = ['--out', out, '--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '8'];
    const ended = await interrupt(['regenerate', ...args], signal, () => journalLines(out) >= 2);
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr).toContain('finished runs are kept; the same command goes on with the rest');
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toBe(`nasbench: stopped by ${signal}`);
    expect(ended.seconds).toBeLessThan(10);
    const kept = journalLines(out);
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(56);
    expect(nasbenchJson('regenerate', ...args)).toMatchObject({ runs: 56, doneBefore: kept, trained: 56 - kept });
  });

  it('leaves nothing of a file that is half written', async () => {
    const out = path.join(folder, `enumeration-${signal}`);
    mkdirSync(out);
    // The whole space takes 100 MB: the temporary name is there for a while.
    const args = ['enumerate', '--out', path.join(out, 'cells.json')];
    const ended = await interrupt(args, signal, () => readdirSync(out).length > 0);
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.seconds).toBeLessThan(10);
    expect(readdirSync(out)).toEqual([]);
  });
});

/** Whole lines in all segments. */
function journalLines(out: string): number {
  try {
    const journal = path.join(out, 'journal');
    return readdirSync(journal)
      .map((name) => readFileSync(path.join(journal, name), 'utf8').split('\n').length - 1)
      .reduce((a, b) => a + b, 0);
  } catch {
    return 0;
  }
}
