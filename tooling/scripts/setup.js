// Installs the locked dependencies and builds every package: the part that `npm start` and `npm test` share.
// Needs nothing but Node and npm: pnpm comes through npx the first time and from node_modules afterwards.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

const binaries = path.join(root, 'node_modules/.bin');

/** The environment of every child: local binaries first, no telemetry, no update notices. */
const environment = {
  ...process.env,
  PATH: `${binaries}${path.delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
};

/**
 * Runs a command at the root, its output on this terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean }} [options] quiet: show the output only if it fails
 * @returns {number} the exit status
 */
export function run(command, args, { quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: environment,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (result.error) throw result.error;
  if (quiet && result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`);
  return result.status ?? 1;
}

/** Ends the process with one line if a step fails. */
export function setUp() {
  const { packageManager, engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (!satisfies(process.versions.node, engines.node)) {
    fail(`nasbench needs Node ${engines.node}, this is ${process.versions.node}`);
  }
  const hasPnpm = existsSync(path.join(binaries, 'pnpm'));
  const [command, ...prefix] = hasPnpm ? ['pnpm'] : ['npx', '--yes', packageManager];
  console.error(
    hasPnpm ? 'Checking dependencies ...' : 'Installing dependencies (the first time takes about a minute) ...',
  );
  if (run(command, [...prefix, 'install', '--frozen-lockfile', '--reporter=append-only'], { quiet: true }) !== 0) {
    fail('the installation failed; the lines above say why');
  }
  console.error('Building ...');
  if (run('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true }) !== 0) {
    fail('the build failed; the lines above say why');
  }
}

/**
 * @param {string} version
 * @param {string} range `>=MAJOR.MINOR`
 */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** @param {string} message */
function fail(message) {
  console.error(`nasbench: ${message}`);
  process.exit(1);
}
