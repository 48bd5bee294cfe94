// `npm test`: every check of the project, then one line `N passed, M failed`.
// A test may be skipped only for a named missing part: `[needs ...]` in its name. With CI=true only
// data beside the checkout (`[needs ../shared/...]`) may be missing; anything else that is skipped has failed.

import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, setUp } from './setup.js';

/** @type {readonly (readonly [string, string, readonly string[]])[]} */
const CHECKS = [
  ['types', 'turbo', ['run', 'types', '--output-logs=errors-only']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', '--quiet']],
  ['format', 'biome', ['check', '.']],
  ['unused code', 'knip', []],
  ['layers', 'turbo', ['boundaries']],
];

setUp();
let passed = 0;
let failed = 0;
for (const [name, command, args] of CHECKS) {
  const ok = run(command, args, { quiet: true }) === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  if (ok) passed++;
  else failed++;
}

const resultsFile = path.join(tmpdir(), `nasbench-test-results-${process.pid}.json`);
run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${resultsFile}`,
  ...process.argv.slice(2),
]);
const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
rmSync(resultsFile);

const skipped = results.testResults
  .flatMap((/** @type {any} */ file) => file.assertionResults)
  .filter((/** @type {any} */ test) => test.status !== 'passed' && test.status !== 'failed')
  .map((/** @type {any} */ test) => test.fullName);
const allowed = skipped.filter((/** @type {string} */ name) =>
  process.env.CI ? name.includes('[needs ../shared/') : name.includes('[needs '),
);
for (const name of skipped) console.log(`skipped: ${name}`);

passed += results.numPassedTests;
// A file that could not even be loaded holds no tests but has failed all the same.
failed += results.numFailedTests + (skipped.length - allowed.length) + emptyFailures(results.testResults);
console.log(`${passed} passed, ${failed} failed${allowed.length ? `, ${allowed.length} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** @param {readonly any[]} files */
function emptyFailures(files) {
  return files.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((/** @type {any} */ t) => t.status !== 'failed'),
  ).length;
}
