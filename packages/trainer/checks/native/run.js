// `npm run check:native`: the tensorflow engine for real. Puts @tensorflow/tfjs-node together in a temporary folder, runs
// the trainer's tests on it and compares its losses with those of the wasm engine. A few minutes; needs Linux, python3
// with pip, make and g++. Where something of that is missing it says so and passes.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assembleTensorflow, MissingError } from './assemble.js';

const root = path.resolve(import.meta.dirname, '../../../..');
const LOSSES = path.join(import.meta.dirname, '../losses.js');
const TESTS = ['reference', 'tensorflow', 'replay'].map((name) => `packages/trainer/test/${name}.test.ts`);
/** TensorFlow in one thread of a busy machine takes long. */
const TEST_MILLISECONDS = 1_200_000;
/** Of losses, relative. In the first steps only rounding differs; then values near zero go to other sides of a ReLU. */
const TOLERANCES = [
  { steps: 4, tolerance: 1e-5 },
  { steps: 20, tolerance: 0.2 },
];

const { version } = JSON.parse(
  readFileSync(path.join(root, 'packages/trainer/node_modules/@tensorflow/tfjs-core/package.json'), 'utf8'),
);
const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-native-'));
try {
  check(assembleTensorflow(folder, version));
} catch (error) {
  if (!(error instanceof MissingError)) throw error;
  process.stdout.write(`notice: the tensorflow engine was not checked, this machine lacks ${error.message}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string} modules folder for NODE_PATH */
function check(modules) {
  const env = { ...process.env, NODE_PATH: modules, NASBENCH_TEST_ENGINE: 'tensorflow', TF_CPP_MIN_LOG_LEVEL: '2' };
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const patience = ['testTimeout', 'hookTimeout'].map((name) => `--${name}=${TEST_MILLISECONDS}`);
  const tests = spawnSync(process.execPath, [vitest, 'run', ...patience, ...TESTS], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (tests.status !== 0) process.exitCode = 1;

  const [ours, theirs] = [losses('wasm', env), losses('tensorflow', env)];
  process.stdout.write(`losses on ${theirs.engine} beside ${ours.engine}\n`);
  for (const [cell, { losses: expected }] of Object.entries(ours.cells)) {
    const found = theirs.cells[cell].losses;
    const differences = expected.map((loss, step) => Math.abs(found[step] - loss) / loss);
    for (const step of [0, 1, 3, 4, 9, 19])
      process.stdout.write(
        `${cell}, step ${step}: ${found[step].toFixed(6)} and ${expected[step].toFixed(6)}, relative difference ${differences[step].toExponential(1)}\n`,
      );
    for (const { steps, tolerance } of TOLERANCES) {
      const largest = Math.max(...differences.slice(0, steps));
      const holds = largest < tolerance;
      process.stdout.write(
        `${holds ? 'ok  ' : 'FAIL'} ${cell}: first ${steps} steps within ${largest.toExponential(1)}, at most ${tolerance} allowed\n`,
      );
      if (!holds) process.exitCode = 1;
    }
  }
}

/**
 * @param {string} engine
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ engine: string, cells: Record<string, { losses: number[] }> }}
 */
function losses(engine, env) {
  const { status, stdout } = spawnSync(process.execPath, [LOSSES, engine], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`training on ${engine} ended with status ${status}`);
  return JSON.parse(stdout);
}
