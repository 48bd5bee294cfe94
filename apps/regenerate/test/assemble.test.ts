import { appendFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeTable } from '@nasbench/dataset';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../src/configuration/configuration.ts';
import { claimFolder, type Work } from '../src/configuration/regenerationFile.ts';
import { assemble } from '../src/journal/assemble.ts';
import { describeConflict, JournalConflictError } from '../src/journal/conflicts.ts';
import { type JournalEntry, JournalWriter, journalFolder } from '../src/journal/journal.ts';
import { writeSyntheticRegeneration } from '../src/journal/syntheticRegeneration.ts';
import { runOf } from '../src/pool/trainUnit.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-assemble-'));
});
afterEach(() => rm(folder, { recursive: true }));

const units = new UnitList(WORK, CONFIGURATION);
const RUNS: readonly JournalEntry[] = Array.from({ length: units.length }, (_, i) => entryOf(units.at(i)));

/** A folder as regenerate leaves it. */
async function write(
  name: string,
  entries: readonly JournalEntry[],
  configuration: Configuration = CONFIGURATION,
  work: Work = WORK,
): Promise<string> {
  const place = path.join(folder, name);
  const journal = new JournalWriter(journalFolder(place));
  for (const entry of entries) await journal.append(entry);
  await journal.close();
  await claimFolder(place, configuration, work, false);
  return place;
}

const failed = (entry: JournalEntry): JournalEntry => ({
  ...entry,
  points: null,
  failure: 'no memory',
  engine: 'none',
});

const slower = (entry: JournalEntry, seconds: number): JournalEntry => ({
  ...entry,
  totalTime: (entry.totalTime ?? 0) + seconds,
  points: entry.points && [entry.points[0], entry.points[1], { ...entry.points[2], trainingTime: seconds + 0.1 }],
});

function otherAccuracy(entry: JournalEntry, testAccuracy: number): JournalEntry {
  const [start, half, end] = entry.points ?? [];
  if (!start || !half || !end) throw new Error('expected a completed run');
  return { ...entry, points: [start, half, { ...end, testAccuracy }] };
}

const bytesOf = async (...folders: string[]): Promise<string> =>
  Buffer.from(encodeTable((await assemble(folders)).table)).toString('base64');

describe('the table', () => {
  it('is the same file for the same runs, in whatever folders and order, however often', async () => {
    const whole = await write('whole', RUNS);
    const expected = await bytesOf(whole);
    expect(await bytesOf(whole)).toBe(expected);
    const first = await write('a', RUNS.slice(0, 20).toReversed());
    const rest = await write('b', RUNS.slice(15));
    const again = await write('a/inside', [
      ...RUNS.slice(3, 9).map((entry) => slower(entry, 7)),
      ...RUNS.slice(0, 2).map(failed),
    ]);
    const link = path.join(folder, 'link');
    await symlink(rest, link);
    expect(await bytesOf(first, rest, again)).toBe(expected);
    expect(await bytesOf(again, rest, first, rest, link, again)).toBe(expected);
  });

  it('takes the shards of a folder, given alone or with it', async () => {
    const expected = await bytesOf(await write('whole', RUNS));
    const outer = path.join(folder, 'outer');
    const shards = await Promise.all(
      [0, 1].map((i) =>
        write(
          `outer/shard-${i + 1}-of-2`,
          RUNS.filter((_, k) => k % 2 === i),
        ),
      ),
    );
    expect(await bytesOf(outer)).toBe(expected);
    expect(await bytesOf(...shards.toReversed())).toBe(expected);
    expect(await bytesOf(shards[1], outer)).toBe(expected);
  });

  it('counts runs once, and has nulls for those that are missing or failed', async () => {
    const one = await write('one', [...RUNS.slice(0, 10), failed(RUNS[10]), failed(RUNS[11])]);
    const two = await write('two', [slower(RUNS[4], 1), RUNS[11]], CONFIGURATION, { ...WORK, repeats: 3 });
    const { runs, failed: failures, expected, table, warnings } = await assemble([one, two]);
    expect({ runs, failures, expected, warnings }).toEqual({ runs: 12, failures: 1, expected: 42, warnings: [] });
    expect(table.metadata).toMatchObject({ repeats: 3, epochs: [1, 2], engine: 'none' });
    expect(table.value('total_time_1', table.findRow(RUNS[4].moduleHash), 0)).toBe(RUNS[4].totalTime);
  });

  it('leaves out the line that is just being written, and says so', async () => {
    const live = await write('live', RUNS.slice(0, 5));
    await appendFile(path.join(journalFolder(live), 'segment-0001.jsonl'), '1234abcd {"moduleHash":"00');
    const { runs, warnings } = await assemble([live]);
    expect(runs).toBe(5);
    expect(warnings).toEqual([expect.stringMatching(/segment-0001\.jsonl: the last line is torn at byte \d+; 5 runs/)]);
  });

  it('is refused of no run, of another seed, and of values that no run can have, with file and line', async () => {
    await expect(assemble([await write('empty', [])])).rejects.toThrow('no finished run yet');
    const foreign = await write('foreign', [RUNS[0], { ...RUNS[1], seed: 'abc' }]);
    await expect(assemble([foreign])).rejects.toThrow(
      /segment-0001\.jsonl: line 2: run \w+, 1 epochs, repeat 0 was trained from seed abc, expected/,
    );
    const wrong = await write('wrong', [RUNS[0], RUNS[1], otherAccuracy(RUNS[2], 1.5)]);
    await expect(assemble([wrong])).rejects.toThrow(
      /segment-0001\.jsonl: line 3: .*testAccuracy must be of 0 \.\. 1, found 1\.5/,
    );
    await expect(assemble([path.join(folder, 'nowhere')])).rejects.toThrow('regeneration.json is missing');
  });
});

describe('conflicts', () => {
  const conflictsOf = async (...folders: string[]): Promise<JournalConflictError> => {
    const error = await assemble(folders).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof JournalConflictError) return error;
    throw new Error(`expected a conflict, found ${String(error)}`);
  };

  it('are all counted, and the first ones told with both values and places', async () => {
    const one = await write('one', RUNS);
    const two = await write('two', [RUNS[0], ...RUNS.slice(1, 15).map((entry) => otherAccuracy(entry, 0.5))]);
    const { count, conflicts, message } = await conflictsOf(one, two);
    expect([count, conflicts.length]).toEqual([14, 10]);
    expect(message).toBe('14 runs have more than one result; nothing was written');
    const [first, second] = [one, two].map((place) => path.join(journalFolder(place), 'segment-0001.jsonl'));
    expect(describeConflict(conflicts[1])).toBe(
      `run ${RUNS[2].moduleHash}, 1 epochs, repeat 0: test accuracy at end ${RUNS[2].points?.[2].testAccuracy} (${first}, line 3) and 0.5 (${second}, line 3)`,
    );
    expect((await conflictsOf(two, one)).count).toBe(14);
  });

  it('may be in one journal, between any two of many lines, and of a cell', async () => {
    const lines = [RUNS[3], slower(RUNS[3], 1), failed(RUNS[3]), RUNS[5], otherAccuracy(RUNS[3], 0.25), RUNS[3]];
    const one = await write('one', [...lines, { ...RUNS[8], trainableParameters: 11 }, RUNS[1]]);
    const { count, conflicts } = await conflictsOf(one);
    expect(count).toBe(2);
    expect(conflicts[0].places.map(({ line }) => line)).toEqual([1, 5]);
    expect(conflicts[1]).toMatchObject({ differences: [{ what: 'trainable parameters', values: [11, 10] }] });
    expect(conflicts[1].places.map(({ line }) => line)).toEqual([7, 8]);
  });

  it('tell how many values differ, and which engines computed them', async () => {
    const configuration = { ...CONFIGURATION, engines: 'any' as const };
    const of = (i: number) => ({ ...RUNS[i], ...runOf(units.at(i), configuration) });
    const other = { ...otherAccuracy(of(0), 0.5), engine: 'tensorflow' };
    const points = other.points as NonNullable<JournalEntry['points']>;
    const two = { ...other, points: [points[0], points[1], { ...points[2], trainAccuracy: 0.5 }] as const };
    const { conflicts } = await conflictsOf(await write('one', [of(0), two], configuration));
    expect(describeConflict(conflicts[0])).toMatch(
      /train accuracy at end \S+ \(.*line 1, on none\) and 0\.5 \(.*line 2, on tensorflow\), and 1 more value$/,
    );
  });
});

describe('engines', () => {
  const on = (engine: string, configuration: Configuration, indices: readonly number[]): JournalEntry[] =>
    indices.map((i) => ({ ...RUNS[i], ...runOf(units.at(i), configuration), engine }));

  it('of one kind are named once; another one is refused with its place', async () => {
    const one = await write('one', [failed(RUNS[6]), ...on('wasm', CONFIGURATION, [0, 1])]);
    expect((await assemble([one])).table.metadata.engine).toBe('wasm');
    const two = await write('two', on('tensorflow', CONFIGURATION, [2]));
    await expect(assemble([one, two])).rejects.toThrow(
      /two\/journal\/segment-0001\.jsonl: line 1 was trained on tensorflow, .*one\/journal\/segment-0001\.jsonl: line 2 on wasm; expected one engine/,
    );
  });

  it('of any kind are told of every run', async () => {
    const any: Configuration = { ...CONFIGURATION, engines: 'any' };
    const one = await write('one', on('wasm', any, [0, 1]), any);
    expect((await assemble([one])).table.metadata).toMatchObject({ engine: 'wasm' });
    const two = await write('two', on('tensorflow', any, [2]), any);
    const { table } = await assemble([one, two]);
    expect(table.metadata).toMatchObject({ engine: null, engines: ['tensorflow', 'wasm'] });
    expect(table.engineOf(1, table.findRow(RUNS[2].moduleHash), 0)).toBe('tensorflow');
    expect(table.engineOf(1, table.findRow(RUNS[1].moduleHash), 0)).toBe('wasm');
    expect(await bytesOf(two, one)).toBe(await bytesOf(one, two));
  });
});

it('a synthetic regeneration is complete, and the same for a seed', async () => {
  const made = async (name: string, seed: string): Promise<string> => {
    const place = path.join(folder, name);
    expect(await writeSyntheticRegeneration(place, CONFIGURATION, WORK, seed)).toBe(28);
    const { runs, expected } = await assemble([place]);
    expect([runs, expected]).toEqual([28, 28]);
    return bytesOf(place);
  };
  expect(await made('a', 'x')).toBe(await made('b', 'x'));
  expect(await made('c', 'y')).not.toBe(await made('d', 'x'));
});
