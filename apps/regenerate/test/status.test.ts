import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from '../src/configuration/regenerationFile.ts';
import { type JournalEntry, JournalWriter, journalFolder } from '../src/journal/journal.ts';
import type { RegenerationProgress } from '../src/regenerationState.ts';
import { LiveStatusWriter, readLiveStatus } from '../src/status/liveStatus.ts';
import { detailLines, summaryLine } from '../src/status/liveView.ts';
import { regenerationStatus } from '../src/status/regenerationStatus.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';

const units = new UnitList(WORK, CONFIGURATION);
const completed = (index: number): JournalEntry => entryOf(units.at(index));
const failed = (index: number): JournalEntry => ({
  ...completed(index),
  points: null,
  attempts: 5,
  failure: 'diverged',
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-status-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(into: string, ...entries: readonly JournalEntry[]): Promise<void> {
  await claimFolder(into, CONFIGURATION, WORK, false);
  const journal = new JournalWriter(journalFolder(into));
  for (const entry of entries) await journal.append(entry);
  await journal.close();
}

describe('regenerationStatus', () => {
  it('counts what the journal holds and names the failed runs', async () => {
    await write(folder, completed(0), failed(1), completed(2), completed(2));
    const { work, failures, folders, warnings } = await regenerationStatus([folder]);
    expect(work).toMatchObject([{ cells: 7, epochs: [1, 2], repeats: 2, runs: 28, done: 3, failed: 1 }]);
    const { moduleHash } = units.at(1);
    expect(failures).toEqual([{ moduleHash, epochs: 1, repeat: 0, attempts: 5, failure: 'diverged' }]);
    expect(folders).toEqual([{ folder, process: null, live: null }]);
    expect(warnings).toEqual([]);
  });

  it('adds up shards, and takes a run that was trained again as what it became, in any order', async () => {
    for (const [number, entries] of [
      [1, [completed(1), failed(3)]],
      [2, [failed(1), completed(3), completed(4)]],
    ] as const) {
      const shard = path.join(folder, `shard-${number}-of-2`);
      await write(shard, ...entries);
    }
    const { work, failures, folders } = await regenerationStatus([folder]);
    expect(work).toMatchObject([{ runs: 28, done: 3, failed: 0 }]);
    expect(failures).toEqual([]);
    expect(folders).toHaveLength(2);
  });

  it('tells a process that works from one that has ended and from one that cannot be seen', async () => {
    await write(folder, completed(0));
    const holders = [
      { pid: process.pid, host: hostname(), isRunning: true },
      { pid: 2 ** 22 + 1, host: hostname(), isRunning: false },
      { pid: 1, host: 'elsewhere', isRunning: null },
    ];
    for (const { isRunning, ...holder } of holders) {
      await writeFile(path.join(folder, 'lock.json'), JSON.stringify({ ...holder, started: null }));
      const [{ process: found }] = (await regenerationStatus([folder])).folders;
      expect(found).toEqual({ ...holder, isRunning });
    }
  });

  it('refuses a folder that regenerate did not write', async () => {
    await expect(regenerationStatus([folder])).rejects.toThrow('regeneration.json is missing');
  });
});

describe('the live view', () => {
  const progress: RegenerationProgress = {
    done: 12,
    total: 28,
    failed: 2,
    work: 10,
    totalWork: 100,
    imagesPerSecond: 811.7,
    running: [],
    lastError: null,
  };
  const worker = (number: number) => ({
    worker: number,
    unit: units.at(number),
    fraction: 0.25,
    imagesPerSecond: 405,
    work: 3,
  });

  it('says what is done, running and failed, what each worker does, and the last error', () => {
    const busy = {
      ...progress,
      running: [worker(0), worker(3)],
      lastError: 'worker 3: its process ended with SIGKILL',
    };
    expect(summaryLine(busy)).toBe('10 of 28 runs done · 2 running · 2 failed · 812 images/s');
    expect(detailLines(busy)).toEqual([
      `  worker 0: 405 images/s, 25 % of run ${units.at(0).moduleHash.slice(0, 8)}, 1 epochs, repeat 0`,
      `  worker 3: 405 images/s, 25 % of run ${units.at(3).moduleHash.slice(0, 8)}, 1 epochs, repeat 0`,
      'last error: worker 3: its process ended with SIGKILL',
    ]);
  });

  it('is short when nothing runs, and no taller than a screen when much does', () => {
    expect(summaryLine({ ...progress, failed: 0, imagesPerSecond: 0 })).toBe(
      '12 of 28 runs done · 0 running · 0 failed',
    );
    expect(detailLines(progress)).toEqual([]);
    const lines = detailLines({ ...progress, running: Array.from({ length: 20 }, (_, number) => worker(number)) });
    expect(lines).toHaveLength(17);
    expect(lines.at(-1)).toBe('  and 4 more workers');
  });
});

describe('status.json', () => {
  const progress = { done: 1, total: 28, failed: 0, work: 10, totalWork: 100, imagesPerSecond: 50, lastError: 'oh' };
  const running = [{ worker: 0, unit: units.at(5), fraction: 0.5, imagesPerSecond: 50, work: 3 }];

  it('holds what runs, and is gone when the work has ended', async () => {
    const writer = new LiveStatusWriter(folder);
    writer.update({ ...progress, running });
    // Sooner than anybody looks again.
    writer.update({ ...progress, running: [] });
    await expect.poll(() => readLiveStatus(folder)).toBeDefined();
    const { moduleHash } = units.at(5);
    expect(await readLiveStatus(folder)).toMatchObject({
      imagesPerSecond: 50,
      secondsLeft: null,
      lastError: 'oh',
      running: [{ worker: 0, moduleHash, epochs: 1, repeat: 0, fraction: 0.5 }],
    });
    await writer.close();
    expect(await readLiveStatus(folder)).toBeUndefined();
  });

  it('is passed over when it is damaged', async () => {
    await writeFile(path.join(folder, 'status.json'), '{"updated": 3');
    expect(await readLiveStatus(folder)).toBeUndefined();
    await writeFile(path.join(folder, 'status.json'), '{"updated": 3}');
    expect(await readLiveStatus(folder)).toBeUndefined();
  });

  it('stops nobody when it cannot be written', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'in the way');
    const writer = new LiveStatusWriter(file);
    writer.update({ ...progress, running });
    await writer.close();
    expect(await readFile(file, 'utf8')).toBe('in the way');
  });
});
