import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');

/** How a `nasbench` command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `nasbench` command to its end. */
export function nasbench(...args: readonly string[]): Ended {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Runs it and parses its `--json` document; a failure throws with what it said. */
export function nasbenchJson<T = unknown>(...args: readonly string[]): T {
  const { status, stdout, stderr } = nasbench(...args, '--json');
  if (status !== 0) throw new Error(`nasbench ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Starts it as the leader of a process group of its own, so that all of it can be killed at once. */
export function startNasbench(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { detached: true, stdio: 'ignore' });
}

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Options of a training that takes a fraction of a second. */
export const SMALL_TRAINING = [
  '--preset',
  'tiny',
  '--images',
  'synthetic',
  '--train-images',
  '128',
  '--evaluation-images',
  '32',
  '--epochs',
  '1',
];

/** Data beside the checkout, where it is. */
export const SHARED_DATA = path.resolve(
  process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared'),
  'data',
);
