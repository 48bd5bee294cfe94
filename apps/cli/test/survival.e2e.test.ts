import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';
import { account, journal, jumpingClock, Running, TRAININGS, WHOLE, writeTrap } from './survival.ts';

const folder = temporaryFolder();

describe('a regeneration', () => {
  it('goes on where it was copied to, once the lock of the other machine is gone', async () => {
    const [here, there] = [path.join(folder, 'here'), path.join(folder, 'elsewhere', 'there')];
    const first = new Running(['regenerate', '--out', here, ...TRAININGS]);
    await first.until(() => journal(here).length >= 3);
    await first.kill();
    const before = journal(here);
    mkdirSync(path.dirname(there));
    cpSync(here, there, { recursive: true });
    rmSync(here, { recursive: true });
    // As it is where the host has another name.
    const lock = path.join(there, 'lock.json');
    const { pid } = JSON.parse(readFileSync(lock, 'utf8'));
    writeFileSync(lock, JSON.stringify({ pid, host: 'other', started: null }));
    const refused = nasbench('regenerate', '--out', there, ...TRAININGS);
    expect([refused.status, refused.stderr.trimEnd().split('\n').at(-1)]).toEqual([
      2,
      `nasbench: ${there} is locked by process ${pid} on other; if that process is gone, remove ${lock}`,
    ]);
    rmSync(lock);
    nasbenchJson('regenerate', '--out', there, ...TRAININGS);
    expect(account(there, before)).toEqual(WHOLE);
  });

  it('replaces a process that hangs', async () => {
    const out = path.join(folder, 'hangs');
    const running = new Running(['regenerate', '--out', out, ...TRAININGS, '--workers', '1', '--hang-after', '20']);
    await running.until(() => journal(out).length >= 2);
    const before = journal(out);
    const [hanging] = running.children();
    process.kill(hanging, 'SIGSTOP');
    expect((await running.end()).status).toBe(0);
    expect(account(out, before)).toEqual(WHOLE);
    expect(() => process.kill(hanging, 0)).toThrow('ESRCH');
  });

  it('takes no process for one that hangs because the time of day jumps', async () => {
    const out = path.join(folder, 'clock');
    const running = new Running(['regenerate', '--out', out, ...TRAININGS, '--hang-after', '60'], jumpingClock(folder));
    await running.until(() => journal(out).length >= 5);
    const before = journal(out);
    expect((await running.end()).status).toBe(0);
    expect(running.stderr).not.toContain('another process');
    expect(account(out, before)).toEqual(WHOLE);
  });

  it('lets a process take longer to start than one that trains may be silent', () => {
    const slow = path.join(folder, 'slow');
    mkdirSync(slow);
    const { config, operations } = writeTrap(slow, 'void 0');
    const wait = (seconds: number): void =>
      writeFileSync(
        operations,
        `if (process.send) await new Promise((ready) => setTimeout(ready, ${1000 * seconds}));
export default { trap: (builder, input, channels) => builder.convBnRelu(input, 1, channels) };
`,
      );
    wait(8);
    const out = path.join(slow, 'out');
    const started = nasbench('regenerate', '--out', out, '--config', config, '--workers', '1', '--hang-after', '4');
    expect([started.status, started.stderr]).toEqual([0, expect.not.stringContaining('another process')]);
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 0 });
    wait(600);
    const never = nasbench(
      'regenerate',
      '--out',
      `${out}-2`,
      '--config',
      config,
      '--workers',
      '1',
      '--start-within',
      '1',
    );
    expect([never.status, never.stderr.trimEnd().split('\n').at(-1)]).toEqual([
      1,
      'nasbench: a worker could not be started, 2 times: it was not ready to train after 1 s',
    ]);
  });

  it('records a run that always crashes as failed after its attempts, and goes on with the rest', () => {
    const { config } = writeTrap(folder, "process.kill(process.pid, 'SIGKILL')");
    const out = path.join(folder, 'bomb');
    const first = nasbench('regenerate', '--out', out, '--config', config, '--workers', '1');
    expect(first.status).toBe(0);
    expect(first.stderr).toContain('worker 0: its process ended with SIGKILL; another process goes on\n');
    expect(first.stderr).toMatch(/run \w+, 1 epochs, repeat 0 failed: its process ended with SIGKILL/);
    expect(first.stdout).toContain('1 failed; the same command with --retry-failed trains them again');
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 1 });
    const again = nasbenchJson('regenerate', '--out', out, '--config', config);
    expect(again).toMatchObject({ runs: 3, doneBefore: 3, trained: 0, failed: 1 });
  });
});
