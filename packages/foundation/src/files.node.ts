import { type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NasbenchError, UsageError } from './errors.ts';

/** The file is there already and `force` was not given. */
export class FileExistsError extends UsageError {}

/** Refuses an output path that exists, before any work is spent on it. */
export async function assertWritable(file: string, { force = false }: { force?: boolean } = {}): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`cannot write ${file}: it is a folder`);
  if (found && !force) throw alreadyExists(file);
}

/**
 * Writes the whole file or nothing: a temporary name beside it, fsync, then the final name, then fsync of the folder.
 * Missing folders are made. An existing file is refused unless `force`, also when it appears while we write.
 */
export async function writeFileAtomically(
  file: string,
  data: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { force = false }: { force?: boolean } = {},
): Promise<void> {
  await assertWritable(file, { force });
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(temporary, 'w');
    try {
      await writeAll(handle, data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (force) await rename(temporary, file);
    else await renameWithoutReplacing(temporary, file);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw withPath(error, `cannot write ${file}`);
  }
}

/** Makes names created or changed in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's error in words a user can act on; other errors pass through. */
export function withPath(error: unknown, what: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code;
  const reason = code && REASONS[code];
  return reason ? new NasbenchError(`${what}: ${reason}`, { cause: error }) : error;
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way where a folder is needed',
  EISDIR: 'it is a folder, expected a file',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
};

async function writeAll(
  handle: FileHandle,
  data: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (typeof data === 'string' || data instanceof Uint8Array) await handle.writeFile(data);
  else for await (const chunk of data) await handle.writeFile(chunk);
}

/** rename replaces silently; a hard link fails where the name is taken. */
async function renameWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw alreadyExists(to);
    // File systems without hard links: the check at the start has to do.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error;
    await rename(from, to);
    return;
  }
  await rm(from);
}

function alreadyExists(file: string): FileExistsError {
  return new FileExistsError(`${file} exists already; choose another name or pass --force to replace it`);
}
