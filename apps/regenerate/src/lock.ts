import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';

/**
 * One coordinator a folder. The lock names its process; a lock whose process has ended (a crash, `kill -9`) is taken
 * over. Returns the function that gives the lock back.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'lock.json');
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw withPath(error, `cannot write ${file}`);
    }
    const holder = await readHolder(file);
    if (holder !== undefined && holder.host === hostname() && isRunning(holder.pid)) {
      throw new UsageError(
        `${folder} is being worked on by process ${holder.pid}; wait for it or choose another folder`,
      );
    }
    await rm(file, { force: true });
  }
}

async function readHolder(file: string): Promise<{ pid: number; host: string } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Gone in the meantime, or its writer was killed before the text was there.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
