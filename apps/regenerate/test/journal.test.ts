import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  JournalCorruptError,
  type JournalEntry,
  JournalWriter,
  readJournal as readInto,
} from '../src/journal/journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function readJournal(from: string): Promise<{ entries: JournalEntry[]; warnings: string[] }> {
  const [entries, warnings]: [JournalEntry[], string[]] = [[], []];
  await readInto(
    from,
    (run) => entries.push(run),
    (line) => warnings.push(line),
  );
  return { entries, warnings };
}

function entry(repeat: number): JournalEntry {
  const point = { epochs: 1, trainingTime: 2.5, trainAccuracy: 0.25, validationAccuracy: 0.5, testAccuracy: 0.125 };
  return {
    moduleHash: '00005c142e6f48ac74fdcf73e3439874',
    cell: { vertices: 3, edges: 0b101, operations: ['conv3x3-bn-relu'] },
    trainableParameters: 10,
    epochs: 1,
    repeat,
    points: [point, point, point],
    totalTime: 4,
    attempts: 1,
    engine: 'wasm 4.22.0',
    configuration: 'c0ffee',
    seed: '5eed',
  };
}

async function write(...entries: JournalEntry[]): Promise<void> {
  const writer = new JournalWriter(folder);
  for (const run of entries) await writer.append(run);
  await writer.close();
}

describe('journal', () => {
  it('keeps runs over several segments in order', async () => {
    await write(entry(0), entry(1));
    await write(entry(2));
    expect(await readJournal(folder)).toEqual({ entries: [entry(0), entry(1), entry(2)], warnings: [] });
  });

  it('is empty without a folder and makes no segment without a run', async () => {
    await write();
    expect(await readJournal(path.join(folder, 'none'))).toEqual({ entries: [], warnings: [] });
    expect(await readJournal(folder)).toEqual({ entries: [], warnings: [] });
  });

  it('appends that are not awaited do not mix', async () => {
    const writer = new JournalWriter(folder);
    await Promise.all(Array.from({ length: 50 }, (_, i) => writer.append(entry(i))));
    await writer.close();
    expect((await readJournal(folder)).entries.map((run) => run.repeat)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('keeps what is before a tear at every byte of the last line, and says so', async () => {
    await write(entry(0), entry(1));
    const file = path.join(folder, 'segment-0001.jsonl');
    const whole = await readFile(file);
    const lastLine = whole.indexOf(0x0a) + 1;
    for (let length = lastLine + 1; length < whole.length; length++) {
      await writeFile(file, whole);
      await truncate(file, length);
      const { entries, warnings } = await readJournal(folder);
      expect(entries).toEqual([entry(0)]);
      expect(warnings).toEqual([
        `${file}: the last line is torn at byte ${lastLine}; 1 runs before it are kept, ${length - lastLine} bytes ignored`,
      ]);
    }
  });

  it('goes on after a tear in a new segment', async () => {
    await write(entry(0));
    await appendFile(path.join(folder, 'segment-0001.jsonl'), '1234abcd {"half');
    await write(entry(1));
    const { entries, warnings } = await readJournal(folder);
    expect(entries).toEqual([entry(0), entry(1)]);
    expect(warnings).toHaveLength(1);
  });

  it('refuses a changed byte before the last line, with file, line and place', async () => {
    await write(entry(0), entry(1));
    const file = path.join(folder, 'segment-0001.jsonl');
    const bytes = await readFile(file);
    bytes[20] ^= 1;
    await writeFile(file, bytes);
    await expect(readJournal(folder)).rejects.toThrow(JournalCorruptError);
    await expect(readJournal(folder)).rejects.toThrow(`${file}: line 1 at byte 0 is not a run with its checksum`);
  });
});
