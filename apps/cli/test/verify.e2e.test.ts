import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';
import { Running, writeTrap } from './survival.ts';

const folder = temporaryFolder();

interface Verified {
  readonly engine: string;
  readonly runs: number;
  readonly different: number;
  readonly results: readonly { readonly differences: readonly unknown[]; readonly failure?: string }[];
}

describe('verify', () => {
  it('has failed runs fail again, and says so where one does not', () => {
    const { config, operations } = writeTrap(folder, "process.kill(process.pid, 'SIGKILL')");
    const [out, table] = [path.join(folder, 'failures'), path.join(folder, 'failures.arrow')];
    nasbenchJson('regenerate', '--out', out, '--config', config, '--workers', '1');
    nasbenchJson('assemble', out, '--out', table);
    const again = nasbenchJson<Verified>('verify', table, '--rows', '3', '--operations', operations);
    expect(again).toMatchObject({ runs: 3, different: 0 });
    expect(again.results.flatMap(({ failure }) => failure ?? [])).toEqual(['its process ended with SIGKILL']);
    // The same file, and so the same checksum, whose trap is open once a folder is there.
    const lenient = path.join(folder, 'lenient');
    const armed = path.join(lenient, 'disarmed');
    mkdirSync(lenient);
    const trap = writeTrap(
      lenient,
      `if (!process.getBuiltinModule('node:fs').existsSync(${JSON.stringify(armed)})) process.kill(process.pid, 'SIGKILL')`,
    );
    nasbenchJson('regenerate', '--out', `${out}-2`, '--config', trap.config, '--workers', '1');
    nasbenchJson('assemble', `${out}-2`, '--out', table, '--force');
    mkdirSync(armed);
    const other = nasbench('verify', table, '--rows', '3', '--operations', trap.operations);
    expect(other.status).toBe(1);
    expect(other.stdout).toContain('3 rows, 3 runs: 1 different');
    expect(other.stdout).toMatch(/different \w+ · 1 epoch · repeat 0\n {2}\S.*: \S.* in the table, \S.* now/);
  });

  it('trains of a table of several engines only the runs of the one that computes', () => {
    const config = path.join(folder, 'engines.json');
    const cells = ['010/001/000:conv3x3', '010/001/000:conv1x1', '010/001/000:maxpool3x3'];
    const [out, table] = [path.join(folder, 'engines'), path.join(folder, 'engines.arrow')];
    const trained = [
      { engine: 'cpu', epochs: [1], cells: [cells[1]] },
      { engine: 'wasm', epochs: [1], cells },
    ];
    for (const { engine, ...work } of trained) {
      const limits = { train: 64, trainEvaluation: 32, validation: 32, test: 32 };
      const images = { name: 'synthetic', size: 8, limits };
      writeFileSync(config, JSON.stringify({ preset: 'tiny', images, engines: 'any', repeats: 1, ...work }));
      nasbenchJson('regenerate', '--out', out, '--config', config, '--engine', engine, '--workers', '1');
    }
    nasbenchJson('assemble', out, '--out', table);
    for (const [engine, runs] of [
      ['cpu', 1],
      ['wasm', 2],
    ] as const) {
      const verified = nasbenchJson<Verified>('verify', table, '--rows', '9', '--engine', engine);
      expect(verified).toMatchObject({ runs, different: 0, engine: expect.stringContaining(engine) });
    }
    const { stderr } = nasbench('verify', table, '--rows', '1');
    expect(stderr).toMatch(/1 run of 1 row, only those of \S*wasm/);
  });

  it('ends soon on Ctrl-C, with nothing left behind', async () => {
    const [out, table] = [path.join(folder, 'stopped'), path.join(folder, 'stopped.arrow')];
    nasbenchJson('regenerate', '--out', out, ...SMALL_TRAINING, '--max-vertices', '3');
    nasbenchJson('assemble', out, '--out', table);
    const bytes = readFileSync(table);
    const temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    const running = new Running(['verify', table, '--rows', '7'], { TMPDIR: temporary });
    try {
      await running.until(() => readdirSync(temporary).some((name) => name.startsWith('nasbench-verify-')));
      await running.until(() => running.children().length > 0);
      const children = running.children();
      running.signal('SIGINT');
      const { status, seconds } = await running.end();
      expect([status, running.stderr.trimEnd().split('\n').at(-1)]).toEqual([130, 'nasbench: stopped by SIGINT']);
      expect(seconds).toBeLessThan(10);
      for (const child of children) expect(() => process.kill(child, 0)).toThrow('ESRCH');
    } finally {
      await running.kill();
    }
    expect(readdirSync(temporary)).toEqual([]);
    expect(readFileSync(table).equals(bytes)).toBe(true);
  });
});
