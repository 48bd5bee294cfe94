import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '@nasbench/foundation/files';
import * as z from 'zod';
import type { RegenerationProgress } from '../regenerationState.ts';

/** What the process that trains a folder's runs says of itself in `status.json`, every few seconds while it works. */
export type LiveStatus = z.infer<typeof LiveStatus>;

const LiveStatus = z.object({
  /** as ISO 8601 */
  updated: z.string(),
  imagesPerSecond: z.number(),
  /** null: not known yet */
  secondsLeft: z.number().nullable(),
  running: z.array(
    z.object({
      worker: z.number(),
      moduleHash: z.string(),
      epochs: z.number(),
      repeat: z.number(),
      /** of its training, 0 .. 1 */
      fraction: z.number(),
      imagesPerSecond: z.number(),
    }),
  ),
  /** of a run or of a process that was replaced; null: none so far */
  lastError: z.string().nullable().default(null),
});

const statusFile = (folder: string): string => path.join(folder, 'status.json');

/** Reading is for people and scripts that look now and then. */
const MILLISECONDS_BETWEEN_WRITES = 5000;

/** Keeps `status.json`. A status that cannot be written is no reason to stop training. */
export class LiveStatusWriter {
  readonly #file: string;
  readonly #started = performance.now();
  #workBefore: number | undefined;
  #writtenAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#file = statusFile(folder);
  }

  update({ work, totalWork, imagesPerSecond, running, lastError }: RegenerationProgress): void {
    this.#workBefore ??= work;
    const now = performance.now();
    if (now - this.#writtenAt < MILLISECONDS_BETWEEN_WRITES) return;
    this.#writtenAt = now;
    const rate = (work - this.#workBefore) / (now - this.#started);
    const status: LiveStatus = {
      updated: new Date().toISOString(),
      imagesPerSecond,
      secondsLeft: rate > 0 ? (totalWork - work) / rate / 1000 : null,
      running: running.map(({ worker, unit, fraction, imagesPerSecond: speed }) => {
        const { moduleHash, epochs, repeat } = unit;
        return { worker, moduleHash, epochs, repeat, fraction, imagesPerSecond: speed };
      }),
      lastError,
    };
    this.#writing = this.#writing
      .then(() => writeFileAtomically(this.#file, `${JSON.stringify(status)}\n`, { force: true }))
      .catch(() => {});
  }

  async close(): Promise<void> {
    await this.#writing;
    await rm(this.#file, { force: true }).catch(() => {});
  }
}

/** What a folder's process said last; undefined if it said nothing, or has ended its work. */
export async function readLiveStatus(folder: string): Promise<LiveStatus | undefined> {
  const text = await readFile(statusFile(folder), 'utf8').catch(() => 'null');
  try {
    return LiveStatus.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
