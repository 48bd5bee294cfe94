import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './nasbench.ts';
import { account, writeTrap } from './survival.ts';

const folder = temporaryFolder();
const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');

/** The one of util-linux: it gives a command a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('regenerate on a terminal [needs script]', () => {
  it('draws what is done, each worker and the last error in place, and leaves the cursor as it was', () => {
    const { config } = writeTrap(folder, "process.kill(process.pid, 'SIGKILL')");
    const out = path.join(folder, 'out');
    const words = [process.execPath, BIN, 'regenerate', '--out', out, '--config', config, '--workers', '1'];
    const command = words.map((word) => `'${word}'`).join(' ');
    const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(status).toBe(0);
    // The bar, a worker's line below it, then up again and over both.
    expect(stdout).toMatch(
      /training [█░]+ \d+%[^\n]*\n\d of 3 runs done · 1 running · \d failed[^\n]*\n {2}worker 0: \d+ images\/s, \d+ % of run \w{8}, 1 epochs, repeat 0\r/,
    );
    expect(stdout).toMatch(/\nlast error: its process ended with SIGKILL \(run \w+/);
    expect(stdout).toContain('\u001B[2A\u001B[J');
    expect(stdout.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001B[?25l'));
    expect(stdout).toMatch(/100% · took [^\n]*\n2 of 3 runs done · 0 running · 1 failed\r?\n/);
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 1 });
  });
});
