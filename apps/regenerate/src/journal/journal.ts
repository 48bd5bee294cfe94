import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { RunRecord } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { syncFolder, withPath } from '@nasbench/foundation/files';

/**
 * A journal is a folder of segments, one for each time the work was started:
 *
 *     journal/segment-0001.jsonl      3f0c9a12 {"moduleHash":"...","epochs":4,"repeat":0,"points":[...]}
 *                                     crc-32   the run, as JSON
 *
 * A line is appended and synced to the disk when its run ends, and never changed. What a crash can damage is the last
 * line of a segment; reading keeps everything before it.
 */

/** A finished run as it stands in a journal: what the table needs, and how it came about. */
export interface JournalEntry extends RunRecord {
  /** digest of the configuration it was trained with */
  readonly configuration: string;
  /** of the run, derived from the configuration's seed: `train` gives the same bits from it alone */
  readonly seed: string;
  readonly attempts: number;
  /** the arithmetic: the trainer's describeEngine */
  readonly engine: string;
  /** Why a run without points failed. */
  readonly failure?: string;
}

/** Where a run stands. */
export interface JournalPlace {
  readonly file: string;
  /** 1, 2, .. */
  readonly line: number;
}

/** A damaged line that is not the last of its segment: something else than a crash happened to the file. */
export class JournalCorruptError extends NasbenchError {
  override readonly name: string = 'JournalCorruptError';
}

/** The folder of a regeneration's journal. */
export const journalFolder = (folder: string): string => path.join(folder, 'journal');

/**
 * Reads everything in the folder's segments, in the order it was written; a folder without a journal is an empty one. Of
 * a segment whose last line is torn, `onWarning` hears in one line.
 *
 * @throws JournalCorruptError
 */
export async function readJournal(
  folder: string,
  onEntry: (entry: JournalEntry, place: JournalPlace) => void,
  onWarning: (line: string) => void,
): Promise<void> {
  for (const name of await segmentNames(folder)) {
    const file = path.join(folder, name);
    const tear = await readSegment(file, onEntry);
    if (tear === undefined) continue;
    const { at, runs, bytes } = tear;
    onWarning(`${file}: the last line is torn at byte ${at}; ${runs} runs before it are kept, ${bytes} bytes ignored`);
  }
}

/** Appends runs to a new segment, which appears with its first run. */
export class JournalWriter {
  readonly #folder: string;
  #segment: FileHandle | undefined;
  /** Appends wait for one another: lines never mix. */
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves when the run is on the disk. */
  append(entry: JournalEntry): Promise<void> {
    const line = journalLine(entry);
    const appended = this.#last.then(async () => {
      this.#segment ??= await createSegment(this.#folder);
      try {
        await this.#segment.appendFile(line);
        await this.#segment.datasync();
      } catch (error) {
        throw withPath(error, `cannot write the journal in ${this.#folder}`);
      }
    });
    // Each append reports its own failure; those after it, and close, have their own say.
    this.#last = appended.catch(() => {});
    return appended;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#segment?.close();
  }
}

async function segmentNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw withPath(error, `cannot read ${folder}`);
  });
  return names.filter((name) => /^segment-\d+\.jsonl$/.test(name)).toSorted(bySegmentNumber);
}

const segmentNumber = (name: string): number => Number(/\d+/.exec(name)?.[0]);

const bySegmentNumber = (a: string, b: string): number => segmentNumber(a) - segmentNumber(b);

async function createSegment(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const last = (await segmentNames(folder)).at(-1);
  const number = last === undefined ? 1 : segmentNumber(last) + 1;
  const file = path.join(folder, `segment-${String(number).padStart(4, '0')}.jsonl`);
  try {
    // 'ax': a second writer that chose the same number fails here instead of mixing its lines with ours.
    const segment = await open(file, 'ax');
    await syncFolder(folder);
    return segment;
  } catch (error) {
    throw withPath(error, `cannot write ${file}`);
  }
}

/** What is left of a line that a crash cut off. */
interface Tear {
  readonly at: number;
  readonly runs: number;
  readonly bytes: number;
}

async function readSegment(
  file: string,
  onEntry: (entry: JournalEntry, place: JournalPlace) => void,
): Promise<Tear | undefined> {
  // Segments of millions of runs are larger than a buffer may be.
  const lines = new LineReader();
  let [line, start] = [1, 0];
  let damaged: { readonly line: number; readonly start: number } | undefined;
  const take = (bytes: Buffer): void => {
    if (damaged !== undefined) throw corrupt(file, damaged.line, damaged.start);
    const entry = parseLine(bytes);
    // Only if another line follows something else than a crash happened to the file.
    if (entry === undefined) damaged = { line, start };
    else onEntry(entry, { file, line });
    line++;
    start += bytes.length + 1;
  };
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) lines.push(chunk as Buffer, take);
  } catch (error) {
    throw withPath(error, `cannot read ${file}`);
  }
  const rest = lines.rest;
  if (rest > 0 && damaged !== undefined) throw corrupt(file, damaged.line, damaged.start);
  if (rest === 0 && damaged === undefined) return undefined;
  const at = damaged?.start ?? start;
  return { at, runs: (damaged?.line ?? line) - 1, bytes: start + rest - at };
}

function corrupt(file: string, line: number, start: number): JournalCorruptError {
  return new JournalCorruptError(
    `${file}: line ${line} at byte ${start} is not a run with its checksum; expected "<crc-32> <json>" as it was written`,
  );
}

/** Cuts chunks of a file into lines. */
class LineReader {
  /** what stands after the last newline so far */
  #held: Buffer = Buffer.alloc(0);

  /** Hands over each complete line, without its newline. */
  push(chunk: Buffer, onLine: (line: Buffer) => void): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      onLine(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#held = bytes.subarray(start);
  }

  /** Bytes after the last newline. */
  get rest(): number {
    return this.#held.length;
  }
}

const SPACE = 0x20;

/** `3f0c9a12 {...}` */
export function journalLine(entry: JournalEntry): string {
  const json = JSON.stringify(entry);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(line: Buffer): JournalEntry | undefined {
  const json = line.subarray(9);
  const sum = line.toString('latin1', 0, 8);
  if (line[8] !== SPACE || !/^[0-9a-f]{8}$/.test(sum) || Number.parseInt(sum, 16) !== crc32(json)) return undefined;
  const entry: unknown = JSON.parse(json.toString());
  return isEntry(entry) ? entry : undefined;
}

/** Enough to tell an entry from something else with a right checksum; buildTable looks at every value. */
export function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { moduleHash, configuration, seed, points }: Partial<Record<keyof JournalEntry, unknown>> = value;
  return [moduleHash, configuration, seed].every((text) => typeof text === 'string') && points !== undefined;
}
