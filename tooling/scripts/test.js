// `npm test`: every check of the project, then one line `N passed, M failed`.
// A test may be skipped only for a named missing part: `[needs ...]` in its name. With CI=true only
// data beside the checkout (`[needs ../shared/...]`) may be missing; anything else that is skipped has failed.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, setUp } from './setup.js';
import { countTests } from './testCounts.js';

/** @type {readonly (readonly [string, string, readonly string[]])[]} */
const CHECKS = [
  ['types', 'turbo', ['run', 'types', '--output-logs=errors-only']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', '--quiet']],
  ['format', 'biome', ['check', '.']],
  ['unused code', 'knip', []],
  ['layers', 'turbo', ['boundaries']],
];

/**
 * With CI=true also: other Node versions and TensorFlow, which have to be downloaded. Where they cannot be had, a check
 * says why in a line and passes.
 * @type {readonly (readonly [string, readonly string[]])[]}
 */
const DOWNLOADED = [
  ['bits on other Node versions', ['run', '--silent', 'check:node']],
  ['training on TensorFlow', ['run', '--silent', 'check:native']],
];

setUp();
let passed = 0;
let failed = 0;
for (const [name, command, args] of CHECKS) {
  count(name, run(command, args, { quiet: true }));
}
if (process.env.CI) for (const [name, args] of DOWNLOADED) count(name, run('npm', args));

const resultsFile = path.join(tmpdir(), `nasbench-test-results-${process.pid}.json`);
const status = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${resultsFile}`,
  ...process.argv.slice(2),
]);
/** @type {readonly import('./testCounts.js').TestFile[]} */
const files = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')).testResults : [];
rmSync(resultsFile, { force: true });

const needed = process.env.CI ? '[needs ../shared/' : '[needs ';
const tests = countTests(files, status, (name) => name.includes(needed));
for (const name of tests.skipped) console.log(`skipped: ${name}`);
passed += tests.passed;
failed += tests.failed;
console.log(`${passed} passed, ${failed} failed${tests.allowed ? `, ${tests.allowed} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {number} exitStatus
 */
function count(name, exitStatus) {
  console.log(`${exitStatus === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (exitStatus === 0) passed++;
  else failed++;
}
