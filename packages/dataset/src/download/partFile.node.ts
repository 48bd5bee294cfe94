import { type FileHandle, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder, withPath } from '@nasbench/foundation/files';
import type { Have } from './answer.ts';
import { DownloadError } from './errors.ts';

/**
 * The beginning of a file that is being downloaded: `FILE.part`, and beside it `FILE.part.json` with the address and the
 * version that it is the beginning of, so that a later process can go on.
 */
export class PartFile {
  readonly path: string;
  readonly #url: string;
  readonly #handle: FileHandle;
  #bytes: number;
  #total: number | undefined;
  #validator: string | undefined;

  private constructor(file: string, url: string, handle: FileHandle, have: Have) {
    this.path = file;
    this.#url = url;
    this.#handle = handle;
    this.#bytes = have.bytes;
    this.#total = have.total;
    this.#validator = have.validator;
  }

  /** Goes on with what an earlier process left of the same address, else starts empty. */
  static async open(file: string, url: string): Promise<PartFile> {
    const have = await whatIsLeft(file, url);
    try {
      return new PartFile(file, url, await open(file, have.bytes > 0 ? 'r+' : 'w'), have);
    } catch (error) {
      throw withPath(error, `cannot write ${file}`);
    }
  }

  get have(): Have {
    return { bytes: this.#bytes, total: this.#total, validator: this.#validator };
  }

  /** Throws away what there is and starts the version that the server now offers. */
  async restart(total: number | undefined, validator: string | undefined): Promise<void> {
    this.#bytes = 0;
    this.#total = total;
    this.#validator = validator;
    const version = { url: this.#url, total, validator };
    await this.#writing(async () => {
      if (await isOrdinary(this.#handle)) await this.#handle.truncate(0);
      await writeFile(versionFile(this.path), JSON.stringify(version));
    });
  }

  /** Refuses at once what would fail after hours. */
  async assertRoom(total: number): Promise<void> {
    const { bavail, bsize } = await statfs(path.dirname(this.path));
    const needed = total - this.#bytes;
    if (needed > bavail * bsize) {
      throw new DownloadError(
        `cannot write ${this.path}: ${needed} bytes are to come, ${bavail * bsize} are free on the disk`,
      );
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#writing(async () => {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, this.#bytes);
        done += bytesWritten;
        this.#bytes += bytesWritten;
      }
    });
  }

  /** Whatever stood behind what was written (a longer version of the file) goes. */
  async sync(): Promise<void> {
    await this.#writing(async () => {
      await this.#handle.truncate(this.#bytes);
      await this.#handle.sync();
    });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Gives the finished file its name. Closed before. */
  async rename(file: string): Promise<void> {
    await this.#writing(async () => {
      await rename(this.path, file);
      await rm(versionFile(this.path), { force: true });
      await syncFolder(path.dirname(file));
    });
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(versionFile(this.path), { force: true });
  }

  async #writing(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw withPath(error, `cannot write ${this.path}`);
    }
  }
}

const versionFile = (file: string): string => `${file}.json`;

const isOrdinary = async (handle: FileHandle): Promise<boolean> => (await handle.stat()).isFile();

const NOTHING: Have = { bytes: 0, total: undefined, validator: undefined };

async function whatIsLeft(file: string, url: string): Promise<Have> {
  const [found, text] = await Promise.all([
    stat(file).catch(() => undefined),
    readFile(versionFile(file), 'utf8').catch(() => ''),
  ]);
  if (found === undefined || !found.isFile()) return NOTHING;
  const version = parseVersion(text);
  if (version?.url !== url) return NOTHING;
  const total = typeof version.total === 'number' ? version.total : undefined;
  if (total !== undefined && found.size > total) return NOTHING;
  const validator = typeof version.validator === 'string' ? version.validator : undefined;
  return { bytes: found.size, total, validator };
}

function parseVersion(text: string): { url?: unknown; total?: unknown; validator?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
