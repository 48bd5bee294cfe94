import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';
import { account, journal, Running, TRAININGS, WHOLE } from './survival.ts';

const folder = temporaryFolder();

/** A cell whose network ends the process that trains it. */
const BOMB = `export default {
  bomb: (builder, input, channels) => {
    if (process.send) process.kill(process.pid, 'SIGKILL');
    return builder.convBnRelu(input, 1, channels);
  },
};
`;

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

  it('records a run that always crashes as failed after its attempts, and goes on with the rest', () => {
    writeFileSync(path.join(folder, 'bomb.mjs'), BOMB);
    const config = path.join(folder, 'bomb.json');
    writeFileSync(
      config,
      JSON.stringify({
        preset: 'tiny',
        images: { name: 'synthetic', limits: { train: 128, trainEvaluation: 32, validation: 32, test: 32 } },
        operationsModule: 'bomb.mjs',
        space: { operations: ['conv3x3-bn-relu', 'bomb'] },
        cells: ['010/001/000:bomb', '010/001/000:conv3x3', '011/001/000:conv3x3'],
        training: { attempts: 2 },
        epochs: [1],
        repeats: 1,
      }),
    );
    const out = path.join(folder, 'bomb');
    const first = nasbench('regenerate', '--out', out, '--config', config, '--workers', '1');
    expect(first.status).toBe(0);
    expect(first.stderr).toMatch(/run \w+, 1 epochs, repeat 0 failed: its process ended with SIGKILL/);
    expect(first.stdout).toContain('1 failed; the same command with --retry-failed trains them again');
    expect(account(out)).toEqual({ lost: 0, twice: 0, runs: 3, missing: 0, failed: 1 });
    const again = nasbenchJson('regenerate', '--out', out, '--config', config);
    expect(again).toMatchObject({ runs: 3, doneBefore: 3, trained: 0, failed: 1 });
  });
});
