import { rmSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cleanUpOnExit } from './cleanUp.node.ts';
import { NasbenchError, UsageError } from './errors.ts';

/** The file is there already and `force` was not given. */
export class FileExistsError extends UsageError {
  override readonly name: string = 'FileExistsError';
}

/**
 * Refuses an output path that exists, before any work is spent on it; with `force` still what is no regular file: a device
 * or a pipe cannot be replaced.
 */
export async function assertWritable(file: string, { force = false }: { force?: boolean } = {}): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`cannot write ${file}: it is a folder`);
  if (found && !found.isFile()) throw new UsageError(`cannot write ${file}: it is not a regular file`);
  if (found && !force) throw alreadyExists(file);
}

/**
 * Writes the whole file or nothing: a temporary name beside it, fsync, then the final name, then fsync of the folder.
 * Missing folders are made. An existing file is refused unless `force`, also when it appears while we write. Where the
 * name is a symbolic link, the file it points at is written. Stopped by a signal of the system, nothing is left; the same
 * if `signal` aborts before the file has its final name, with that signal's reason.
 */
export async function writeFileAtomically(
  file: string,
  data: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { force = false, signal }: { force?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await assertWritable(file, { force });
  const target = await targetOf(file);
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.${path.basename(target)}.${process.pid}.tmp`);
  const done = cleanUpOnExit(() => rmSync(temporary, { force: true }));
  try {
    await makeFolder(folder);
    const handle = await open(temporary, 'w');
    try {
      await writeAll(handle, data, signal);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    if (force) await rename(temporary, target);
    else await renameWithoutReplacing(temporary, target);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw withPath(error, `cannot write ${file}`);
  } finally {
    done();
  }
}

/**
 * Makes a folder and those above it, where missing. Rejects with the system's error; Node's own recursive mkdir says ENOENT
 * whatever the reason, or tries for ever.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (codeOf(error) !== 'EEXIST' || !(await isFolder(folder))) throw error;
  }
}

const isFolder = async (name: string): Promise<boolean> =>
  (await stat(name).catch(() => undefined))?.isDirectory() ?? false;

/** Where a symbolic link leads, whether or not there is a file; any other name is itself. */
async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    const linked = codeOf(error) === 'ENOENT' ? await readlink(file).catch(() => undefined) : undefined;
    return linked === undefined ? file : targetOf(path.resolve(path.dirname(file), linked));
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

/** What the system refused, in words a user can act on where we know them; errors that are not the system's pass through. */
export function withPath(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new NasbenchError(`${what}: ${REASONS[codeOf(error) ?? ''] ?? error.message}`, { cause: error });
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way where a folder is needed',
  EFBIG: 'it would be larger than the system or a limit (ulimit -f) allows',
  EISDIR: 'it is a folder, expected a file',
  ELOOP: 'its symbolic links lead in a circle',
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
  signal: AbortSignal | undefined,
): Promise<void> {
  const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    await handle.writeFile(chunk);
  }
}

/** rename replaces silently; a hard link fails where the name is taken. */
async function renameWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = codeOf(error);
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
