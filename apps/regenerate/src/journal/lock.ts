import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';

/** Who works on a folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** the system's start time of the process, which tells it from a later one with the same pid; null where unknown */
  readonly started: string | null;
}

/**
 * One coordinator a folder: `lock.json` names its process. A lock whose process has ended on this machine (a crash,
 * `kill -9`) is taken over; one of another machine cannot be judged from here and is refused. Returns the function that
 * gives the lock back.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'lock.json');
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: await startTime(process.pid),
  } satisfies Holder);
  while (!(await create(file, mine))) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    // Given back in the meantime.
    if (text === undefined) continue;
    await refuseIfHeld(parseHolder(text), folder, file);
    await removeStale(file, text);
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === mine) await rm(file, { force: true });
  };
}

/** Who works on a folder, as far as it can be told. */
export interface FolderHolder {
  readonly pid: number;
  readonly host: string;
  /** null: it is on another machine */
  readonly isRunning: boolean | null;
}

/** Who has the folder's lock; undefined: nobody. */
export async function holderOf(folder: string): Promise<FolderHolder | undefined> {
  const text = await readFile(path.join(folder, 'lock.json'), 'utf8').catch(() => undefined);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (holder === undefined) return undefined;
  const { pid, host } = holder;
  return { pid, host, isRunning: host === hostname() ? await isAlive(holder) : null };
}

/** A hard link makes the lock appear with its content, or not at all. */
async function create(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, text);
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw withPath(error, `cannot write ${file}`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Moves the lock away and looks at what was moved: another process may have replaced the stale one by its own. */
async function removeStale(file: string, staleText: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    // Another process was faster.
    return;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== staleText) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function refuseIfHeld(holder: Holder | undefined, folder: string, file: string): Promise<void> {
  if (holder === undefined) return;
  if (holder.host !== hostname()) {
    throw new UsageError(
      `${folder} is locked by process ${holder.pid} on ${holder.host}; if that process is gone, remove ${file}`,
    );
  }
  if (await isAlive(holder)) {
    throw new UsageError(`${folder} is being worked on by process ${holder.pid}; wait for it or choose another folder`);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder: Partial<Holder> = JSON.parse(text);
    if (typeof holder.pid !== 'number' || typeof holder.host !== 'string') return undefined;
    return { pid: holder.pid, host: holder.host, started: holder.started ?? null };
  } catch {
    return undefined;
  }
}

/** Of a process on this machine. */
async function isAlive({ pid, started }: Holder): Promise<boolean> {
  const now = await startTime(pid);
  return isRunning(pid) && (started === null || now === null || started === now);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, counted behind the name, which may hold spaces. */
async function startTime(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
