import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildTable,
  type EvaluationPoint,
  encodeTable,
  openTable,
  type RunRecord,
  runRecords,
} from '@nasbench/dataset';
import { createRandom } from '@nasbench/foundation/random';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, SMALL_TRAINING, startNasbench, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const ARGUMENTS = ['--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '2', '--seed', 'e2e'];
const RUNS = 14;

const regenerate = (out: string, ...more: string[]) =>
  nasbenchJson<{ doneBefore: number; trained: number; runs: number; failed: number }>(
    'regenerate',
    '--out',
    out,
    ...ARGUMENTS,
    ...more,
  );

/** All runs of a table without the times that were measured. */
async function recordsWithoutTimes(table: string): Promise<RunRecord[]> {
  return [...runRecords(await openTable(table))].map(({ points, ...run }) => {
    const [start, half, end] = points ?? [];
    const timeless = (point: EvaluationPoint): EvaluationPoint => ({ ...point, trainingTime: 0 });
    return {
      ...run,
      totalTime: null,
      points: start && half && end ? [timeless(start), timeless(half), timeless(end)] : null,
    };
  });
}

const undisturbed = path.join(folder, 'undisturbed');
const undisturbedTable = path.join(folder, 'undisturbed.arrow');

describe('regenerate and assemble', () => {
  it('trains every run once and puts it in a table', async () => {
    expect(regenerate(undisturbed)).toMatchObject({ runs: RUNS, doneBefore: 0, trained: RUNS, failed: 0 });
    expect(nasbenchJson('assemble', undisturbed, '--out', undisturbedTable)).toMatchObject({
      cells: 7,
      runs: RUNS,
      missing: 0,
    });
    expect(await recordsWithoutTimes(undisturbedTable)).toHaveLength(RUNS);
  });

  it('does nothing again when all is done, and says so', () => {
    const { status, stdout } = nasbench('regenerate', '--out', undisturbed, ...ARGUMENTS);
    expect(status).toBe(0);
    expect(stdout).toContain('14 of 14 runs were done already; nothing to train');
  });

  it('says how it stands, in one line a process and in JSON', () => {
    const { status, stdout } = nasbench('status', undisturbed);
    expect(status).toBe(0);
    expect(stdout).toMatch(/up to 3 vertices, 9 edges +7 +1 +2 +14 +14 +0 +0/);
    expect(stdout).toContain(`${undisturbed}: nothing runs`);
    expect(nasbenchJson('status', undisturbed)).toMatchObject({
      work: [{ cells: 7, runs: RUNS, done: RUNS, failed: 0 }],
      failures: [],
      folders: [{ folder: undisturbed, process: null, live: null }],
    });
    expect(nasbench('regenerate', '--out', undisturbed, ...ARGUMENTS, '--retry-failed', 'abc').stderr).toContain(
      'abc is no module hash; nasbench status names the failed runs',
    );
  });

  it('gives the same bits with one worker as with two', async () => {
    const alone = path.join(folder, 'alone');
    regenerate(alone, '--workers', '1');
    nasbenchJson('assemble', alone, '--out', `${alone}.arrow`);
    expect(await recordsWithoutTimes(`${alone}.arrow`)).toEqual(await recordsWithoutTimes(undisturbedTable));
  });

  it('gives the same bits to a run of the pool and to `train` alone', async () => {
    const records = await recordsWithoutTimes(undisturbedTable);
    const inPool = records.find(({ cell, repeat }) => repeat === 1 && cell.operations.join() === 'maxpool3x3');
    const alone = nasbenchJson<{ points: EvaluationPoint[] }>(
      'train',
      '010/001/000:maxpool3x3',
      ...SMALL_TRAINING,
      '--seed',
      'e2e',
      '--repeat',
      '1',
    );
    expect(alone.points.map((point) => ({ ...point, trainingTime: 0 }))).toEqual(inPool?.points);
  });

  it('trains a cell as the table says, to the same bits', () => {
    const cell = '010/001/000:maxpool3x3';
    const evaluation = nasbenchJson('train', cell, '--table', undisturbedTable, '--repeat', '1');
    expect(evaluation).toMatchObject({ epochs: 1, repeat: 1, equal: true });
    const { status, stderr } = nasbench('train', cell, '--table', undisturbedTable, '--preset', 'tiny');
    expect([status, stderr]).toEqual([
      2,
      "nasbench: option '--table <table>' cannot be used with option '--preset <name>'\n",
    ]);
    const images = nasbench('train', cell, '--table', undisturbedTable, '--images', 'synthetic:1');
    expect([images.status, images.stderr]).toEqual([
      2,
      expect.stringMatching(/^nasbench: images synthetic:1 have the checksum \w+, the table was trained on \w+\n$/),
    ]);
  });

  it('verifies a table by training rows of it again, and prints both values of what differs', async () => {
    const { status, stdout } = nasbench('verify', undisturbedTable, '--rows', '1');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^(equal .*\n){2}1 row, 2 runs: all equal but for times\n$/),
    ]);
    const table = await openTable(undisturbedTable);
    const records = [...runRecords(table)].map((record) => {
      const [start, half, end] = record.points ?? [];
      return start && half && end ? { ...record, points: [start, half, { ...end, testAccuracy: 1 }] as const } : record;
    });
    const changed = path.join(folder, 'changed.arrow');
    writeFileSync(changed, encodeTable(buildTable(records, table.metadata)));
    const found = nasbench('verify', changed, '--rows', '1', '--repeat', '1');
    expect([found.status, found.stdout]).toEqual([
      1,
      expect.stringMatching(
        /^different .* repeat 1\n {2}test accuracy at end: 1 in the table, 0\.?\d* now\n1 row, 1 run: 1 different\n$/,
      ),
    ]);
    const other = path.join(folder, 'other.arrow');
    writeFileSync(other, encodeTable(buildTable([], { ...table.metadata, provenance: 'synthetic' })));
    const { status: refused, stderr } = nasbench('verify', other);
    expect([refused, stderr]).toEqual([2, expect.stringContaining('is synthetic; expected a regenerated table')]);
  });

  it('replaces workers that are killed, at their start or in a run', async () => {
    const out = path.join(folder, 'workers');
    const child = startNasbench('regenerate', '--out', out, ...ARGUMENTS);
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    let killed = 0;
    const seen = new Set<number>();
    while (child.exitCode === null && killed < 4) {
      for (const worker of childrenOf(Number(child.pid))
        .filter((pid) => !seen.has(pid))
        .slice(0, 4 - killed)) {
        seen.add(worker);
        // The first one while it starts, later ones after a while.
        await sleep(killed === 0 ? 0 : 700);
        try {
          process.kill(worker, 'SIGKILL');
          killed++;
        } catch {
          // It had ended.
        }
      }
      await sleep(20);
    }
    expect(await ended).toBe(0);
    expect(killed).toBe(4);
    nasbenchJson('assemble', out, '--out', `${out}.arrow`);
    expect(await recordsWithoutTimes(`${out}.arrow`)).toEqual(await recordsWithoutTimes(undisturbedTable));
  });

  it('loses nothing and repeats nothing when all of it is killed at random moments, ten times', {
    timeout: 900_000,
  }, async () => {
    // Enough runs that none of the ten is the last.
    const repeats = ['--repeats', '8'];
    const out = path.join(folder, 'killed');
    const random = createRandom('kill');
    for (let kills = 0; kills < 10; kills++) {
      const before = journalLines(out);
      const child = startNasbench('regenerate', '--out', out, ...ARGUMENTS, ...repeats);
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      // Anywhere between its start and some runs later, however fast the machine is.
      const runsToWaitFor = random.int(4);
      while (child.exitCode === null && journalLines(out) < before + runsToWaitFor) await sleep(20);
      await sleep(random.int(700));
      expect(child.exitCode).toBeNull();
      process.kill(-Number(child.pid), 'SIGKILL');
      await ended;
      expect(journalLines(out)).toBeGreaterThanOrEqual(before);
    }
    const { runs, doneBefore, trained } = regenerate(out, ...repeats);
    expect(runs).toBe(56);
    expect(doneBefore).toBeGreaterThan(0);
    expect(doneBefore + trained).toBe(runs);
    expect(journalLines(out)).toBe(runs);
    nasbenchJson('assemble', out, '--out', `${out}.arrow`);

    const whole = path.join(folder, 'whole');
    regenerate(whole, ...repeats);
    nasbenchJson('assemble', whole, '--out', `${whole}.arrow`);
    expect(await recordsWithoutTimes(`${out}.arrow`)).toEqual(await recordsWithoutTimes(`${whole}.arrow`));
  });

  it('keeps a journal up to its torn last line and says so', async () => {
    const out = path.join(folder, 'torn');
    regenerate(out);
    const [segment] = segments(out);
    writeFileSync(segment, readFileSync(segment).subarray(0, -20));
    const { status, stdout, stderr } = nasbench('regenerate', '--out', out, ...ARGUMENTS);
    expect(status).toBe(0);
    expect(stderr).toMatch(/segment-0001\.jsonl: the last line is torn at byte \d+; 13 runs before it are kept/);
    expect(stdout).toContain('13 of 14 runs were done already; 1 run trained');
    nasbenchJson('assemble', out, '--out', `${out}.arrow`);
    expect(await recordsWithoutTimes(`${out}.arrow`)).toEqual(await recordsWithoutTimes(undisturbedTable));
  });

  it('refuses other settings and a second coordinator', async () => {
    const settings = nasbench('regenerate', '--out', undisturbed, ...ARGUMENTS, '--seed', 'other');
    expect([settings.status, settings.stderr]).toEqual([
      2,
      expect.stringContaining('was started with other settings (seed differs)'),
    ]);
    const out = path.join(folder, 'busy');
    // More than the second one's start lasts.
    const first = startNasbench('regenerate', '--out', out, ...ARGUMENTS, '--repeats', '500');
    while (!existsSync(path.join(out, 'lock.json'))) await sleep(20);
    const second = nasbench('regenerate', '--out', out, ...ARGUMENTS);
    process.kill(-Number(first.pid), 'SIGKILL');
    expect([second.status, second.stderr]).toEqual([
      2,
      expect.stringContaining(`is being worked on by process ${first.pid}`),
    ]);
  });

  it('refuses a damaged journal, and one that does not belong to its configuration', () => {
    const damaged = path.join(folder, 'damaged');
    regenerate(damaged);
    const file = path.join(damaged, 'regeneration.json');
    const configuration = readFileSync(file, 'utf8');
    writeFileSync(file, configuration.replace('"seed": "e2e"', '"seed": "other"'));
    const foreign = nasbench('assemble', damaged, '--out', `${damaged}.arrow`);
    expect([foreign.status, foreign.stderr]).toEqual([
      1,
      expect.stringMatching(/was trained with configuration [0-9a-f]{16}, but regeneration\.json is/),
    ]);
    writeFileSync(file, configuration);
    const [segment] = segments(damaged);
    appendFileSync(segment, 'not a line\nnor this\n');
    const { status, stderr } = nasbench('assemble', damaged, '--out', `${damaged}.arrow`);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/segment-0001\.jsonl: line 15 at byte \d+ is not a run with its checksum/),
    ]);
    expect(readdirSync(folder)).not.toContain('damaged.arrow');
  });

  it('claims a folder only for settings that can be trained', () => {
    const out = path.join(folder, 'hasty');
    const hasty = nasbench('regenerate', '--out', out, ...ARGUMENTS, '--evaluation-images', '5');
    expect([hasty.status, hasty.stderr]).toEqual([
      2,
      expect.stringMatching(/5 images, expected at least one batch of 32/),
    ]);
    expect(existsSync(path.join(out, 'regeneration.json'))).toBe(false);
    expect(nasbench('regenerate', '--out', out, ...ARGUMENTS, '--repeats', '1e9').status).toBe(2);
  });
});

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

function segments(out: string): string[] {
  const journal = path.join(out, 'journal');
  try {
    return readdirSync(journal).map((name) => path.join(journal, name));
  } catch {
    return [];
  }
}

/** Whole lines in all segments. */
const journalLines = (out: string): number =>
  segments(out).reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0);
