import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTable } from '@nasbench/dataset';
import { afterAll, describe, expect, it } from 'vitest';
import { SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SCRIPTS = path.join(ROOT, 'deploy/slurm');
const hasSlurm = ['slurmctld', 'slurmd', 'munged'].every(
  (daemon) => spawnSync('test', ['-x', `/usr/sbin/${daemon}`]).status === 0,
);
const RUNS = 14;

/** A Slurm of one node in a folder, and where its jobs are submitted. */
class OneNode {
  readonly folder = temporaryFolder();
  readonly #environment = {
    ...process.env,
    SLURM_CONF: path.join(this.folder, 'slurm/slurm.conf'),
    NASBENCH: path.join(ROOT, 'apps/cli/bin/nasbench.js'),
    // Ports of its own, so that a Slurm of this machine is left alone.
    NASBENCH_SLURM_PORT: String(20_000 + (process.pid % 10_000)),
  };

  run(command: string, ...args: readonly string[]): string {
    const { status, stdout, stderr }: SpawnSyncReturns<string> = spawnSync(command, args, {
      cwd: this.folder,
      env: this.#environment,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout.trim();
  }

  oneNode(action: 'start' | 'stop'): void {
    this.run('bash', path.join(SCRIPTS, 'oneNode.sh'), action, path.join(this.folder, 'slurm'));
  }

  /** Waits until `squeue` says so. */
  async until(holds: (queue: string) => boolean): Promise<void> {
    while (!holds(this.run('squeue', '-r', '--noheader', '--format=%i %T'))) await sleep(500);
  }

  journalLines(): string[] {
    return readdirSync(path.join(this.folder, 'runs')).flatMap((shard) => {
      const journal = path.join(this.folder, 'runs', shard, 'journal');
      return readdirSync(journal).flatMap((name) =>
        readFileSync(path.join(journal, name), 'utf8').trimEnd().split('\n'),
      );
    });
  }
}

describe.skipIf(!hasSlurm)('the scripts of deploy/slurm', () => {
  const slurm = new OneNode();
  afterAll(() => slurm.oneNode('stop'));

  it('train every run once in an array of which one task is queued again, and assemble [needs slurm]', async () => {
    slurm.oneNode('start');
    const small = ['--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '2', '--workers', '1'];
    const [job] = slurm
      .run(
        'sbatch',
        '--parsable',
        '--array=1-3',
        '--cpus-per-task=1',
        '--mem=0',
        path.join(SCRIPTS, 'regenerate.sbatch'),
        '--out',
        'runs',
        ...small,
      )
      .split(';');
    const assembled = ['assemble.sbatch', 'runs', '--out', 'table.arrow'];
    slurm.run(
      'sbatch',
      `--dependency=afterok:${job}`,
      '--mem=0',
      path.join(SCRIPTS, assembled[0]),
      ...assembled.slice(1),
    );
    await slurm.until((queue) => queue.includes(`${job}_2 RUNNING`));
    // The script ends its training and puts itself into the queue again, as two minutes before its time is up.
    await sleep(2000);
    slurm.run('scancel', '--batch', '--signal=USR1', `${job}_2`);
    await slurm.until((queue) => !queue.includes(`${job}_2 RUNNING`));
    // Slurm lets a job that is queued again wait for two minutes.
    slurm.run('scontrol', 'update', `JobId=${job}_2`, 'StartTime=now');
    await slurm.until((queue) => queue === '');
    const lines = slurm.journalLines().map((line) => JSON.parse(line.slice(9)));
    const names = lines.map(({ moduleHash, epochs, repeat }) => `${moduleHash} ${epochs} ${repeat}`);
    expect(names).toHaveLength(RUNS);
    expect(new Set(names).size).toBe(RUNS);
    expect((await openTable(path.join(slurm.folder, 'table.arrow'))).rowCount).toBe(7);
    expect(readFileSync(path.join(slurm.folder, `nasbench-${job}_2.log`), 'utf8')).toContain(
      'shard 2/3: task 2 of a Slurm job array',
    );
  });
});
