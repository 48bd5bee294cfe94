import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { type LockHolder, lockHolder, tryLock, type Unlock } from '@nasbench/foundation/lock';

const lockFile = (folder: string): string => path.join(folder, 'lock.json');

/**
 * One coordinator a folder: `lock.json` names its process. A lock whose process has ended on this machine is taken over;
 * else it is refused. Returns the function that gives the lock back.
 */
export async function lockFolder(folder: string): Promise<Unlock> {
  const attempt = await tryLock(lockFile(folder));
  if ('unlock' in attempt) return attempt.unlock;
  const { pid, host, isRunning } = attempt.holder;
  throw new UsageError(
    isRunning === null
      ? `${folder} is locked by process ${pid} on ${host}; if that process is gone, remove ${lockFile(folder)}`
      : `${folder} is being worked on by process ${pid}; wait for it or choose another folder`,
  );
}

/** Who works on a folder; undefined: nobody. */
export const holderOf = (folder: string): Promise<LockHolder | undefined> => lockHolder(lockFile(folder));
