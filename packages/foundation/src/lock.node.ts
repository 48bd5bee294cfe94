import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { withPath } from './files.node.ts';

/** Who has a lock, as far as it can be told. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** null: it is on another machine */
  readonly isRunning: boolean | null;
}

/** What a lock file holds. */
interface StoredHolder {
  readonly pid: number;
  readonly host: string;
  /** the system's start time of the process, which tells it from a later one with the same pid; null where unknown */
  readonly started: string | null;
}

/** Gives the lock back. */
export type Unlock = () => Promise<void>;

/**
 * Takes a lock, which is a file that names its process, or says who has it. A lock whose process has ended on this machine
 * (a crash, `kill -9`) is taken over, and so is one whose holder `isGone` says is gone; one of another machine cannot be
 * judged from here. The folder must be there. Throws NasbenchError if the file cannot be written.
 */
export async function tryLock(
  file: string,
  isGone: (holder: LockHolder) => boolean = ({ isRunning }) => isRunning === false,
): Promise<{ readonly unlock: Unlock } | { readonly holder: LockHolder }> {
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: await startTime(process.pid),
  } satisfies StoredHolder);
  while (!(await create(file, mine))) {
    const text = await readLock(file);
    // Given back in the meantime.
    if (text === undefined) continue;
    const holder = await parseHolder(text);
    if (holder !== undefined && !isGone(holder)) return { holder };
    await removeStale(file, text);
  }
  return {
    async unlock() {
      if ((await readLock(file)) === mine) await rm(file, { force: true });
    },
  };
}

/** Who has the lock; undefined: nobody. */
export async function lockHolder(file: string): Promise<LockHolder | undefined> {
  const text = await readLock(file);
  return text === undefined ? undefined : parseHolder(text);
}

const MILLISECONDS_BETWEEN_TRIES = 200;

/**
 * Takes a lock as soon as it can be had. One of another machine is taken over after `secondsForOthers`: for work that two
 * may do at once, if it must be. Rejects with the signal's reason if it aborts.
 * @param onWait hears once of each process that is waited for
 */
export async function waitForLock(
  file: string,
  {
    secondsForOthers,
    onWait,
    signal,
  }: {
    readonly secondsForOthers: number;
    readonly onWait?: ((holder: LockHolder) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Unlock> {
  let waitedFor: { readonly holder: LockHolder; readonly since: number } | undefined;
  const secondsFor = ({ pid, host }: LockHolder): number | undefined =>
    waitedFor?.holder.pid === pid && waitedFor.holder.host === host
      ? (performance.now() - waitedFor.since) / 1000
      : undefined;
  for (;;) {
    signal?.throwIfAborted();
    const attempt = await tryLock(
      file,
      (holder) =>
        holder.isRunning === false || (holder.isRunning === null && (secondsFor(holder) ?? 0) >= secondsForOthers),
    );
    if ('unlock' in attempt) return attempt.unlock;
    const { holder } = attempt;
    if (secondsFor(holder) === undefined) {
      waitedFor = { holder, since: performance.now() };
      onWait?.(holder);
    }
    await setTimeout(MILLISECONDS_BETWEEN_TRIES);
  }
}

/** A hard link makes the lock appear with its content, or not at all. */
async function create(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, text);
    await link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw withPath(error, `cannot write ${file}`);
  } finally {
    await rm(temporary, { force: true });
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** undefined: there is none. */
async function readLock(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw withPath(error, `cannot read ${file}`);
  }
}

/** Moves the lock away and looks at what was moved: another process may have replaced the stale one by its own. */
async function removeStale(file: string, staleText: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) === 'ENOENT') return;
    throw withPath(error, `cannot replace ${file}`);
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== staleText) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function parseHolder(text: string): Promise<LockHolder | undefined> {
  try {
    const { pid, host, started = null }: Partial<StoredHolder> = JSON.parse(text);
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, isRunning: host === hostname() ? await isAlive(pid, started) : null };
  } catch {
    return undefined;
  }
}

/** Of a process on this machine. */
async function isAlive(pid: number, started: string | null): Promise<boolean> {
  const now = await startTime(pid);
  return hasProcess(pid) && (started === null || now === null || started === now);
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
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
