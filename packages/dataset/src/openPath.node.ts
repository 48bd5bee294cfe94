import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NasbenchError } from '@nasbench/foundation/errors';
import { blockRegion } from './blockRegion.ts';
import type { ByteSource } from './byteSource.ts';
import { TableFormatError } from './errors.ts';

/**
 * A file that is read in blocks on demand. It is opened anew for every read, so that there is nothing to close and any
 * number of tables may be open; a file that was replaced meanwhile is noticed.
 */
export async function openPath(path: string | URL): Promise<ByteSource> {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const first = withFile(file, (descriptor) => fstatSync(descriptor));
  if (!first.isFile()) throw new NasbenchError(`cannot read table ${file}: it is not a file`);
  return {
    name: file,
    byteLength: first.size,
    region: (offset, length) =>
      blockRegion(length, (target, start) =>
        withFile(file, (descriptor) => {
          if (isOther(fstatSync(descriptor), first)) {
            throw new TableFormatError(`${file}: the file was changed after it had been opened`);
          }
          readFully(descriptor, target, offset + start, file);
        }),
      ),
  };
}

function readFully(descriptor: number, target: Uint8Array, position: number, file: string): void {
  for (let done = 0; done < target.length; ) {
    const count = readSync(descriptor, target, done, target.length - done, position + done);
    if (count === 0) throw new TableFormatError(`${file}: truncated at byte ${position + done}`);
    done += count;
  }
}

const isOther = (a: Stats, b: Stats): boolean => a.size !== b.size || a.mtimeMs !== b.mtimeMs || a.ino !== b.ino;

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder, not a file',
};

function withFile<T>(file: string, use: (descriptor: number) => T): T {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return use(descriptor);
  } catch (cause) {
    if (cause instanceof NasbenchError || !(cause instanceof Error)) throw cause;
    const problem = PROBLEMS[(cause as NodeJS.ErrnoException).code ?? ''] ?? cause.message;
    throw new NasbenchError(`cannot read table ${file}: ${problem}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
