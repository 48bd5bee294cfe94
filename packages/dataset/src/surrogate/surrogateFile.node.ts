import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cleanUpOnExit } from '@nasbench/foundation/cleanUp';
import { NasbenchError } from '@nasbench/foundation/errors';
import { makeFolder, withPath, writeFileAtomically } from '@nasbench/foundation/files';
import { type LockHolder, waitForLock } from '@nasbench/foundation/lock';
import { cacheFolder } from '../download/cacheFolder.node.ts';
import { TableFormatError } from '../errors.ts';
import { openTable } from '../openTable.ts';
import { expandInThread } from './expandInThread.node.ts';
import { parseSurrogateModel, type SurrogateModel } from './surrogateModel.ts';

export interface ExpansionOptions {
  /** Gets the number of cells done and of all cells, if the table has to be made. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Hears of another process that is making the table already, and the file that says so. */
  readonly onWait?: ((holder: LockHolder, lockFile: string) => void) | undefined;
  /** Stops it with the signal's reason; nothing is left then. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A process of another machine that shares the cache folder cannot be seen to have died. After so long it is taken to have:
 * at worst, both write the same bytes, each under a name of its own until the file is whole.
 */
const SECONDS_FOR_OTHER_MACHINES = 300;

/**
 * The Arrow file of the table that a model stands for: in the cache folder, named for the text of `modelFile`. If there is
 * none, or what there is was cut off, it is made, which takes about 15 s; of several processes one makes it, and the others
 * wait for it. Tables of other models are then removed. Throws NasbenchError, also SurrogateModelError.
 */
export async function surrogateTableFile(modelFile: string, options: ExpansionOptions = {}): Promise<string> {
  const text = await readFile(modelFile, 'utf8').catch((error: unknown) => {
    throw withPath(error, `cannot read the surrogate model ${modelFile}`);
  });
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const file = path.join(cacheFolder(), 'tables', `surrogate-${digest}.arrow`);
  if (await isWhole(file)) return file;
  const model = parseSurrogateModel(text, modelFile);
  try {
    await makeOnce(file, model, options);
  } catch (error) {
    if (!(error instanceof NasbenchError)) throw error;
    throw new NasbenchError(`${error.message}; NASBENCH_CACHE=DIR keeps the surrogate elsewhere`, { cause: error });
  }
  return file;
}

/** A table that was cut off has no end, which opening it reads. */
async function isWhole(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return false;
  try {
    await openTable(file);
    return true;
  } catch (error) {
    if (error instanceof TableFormatError) return false;
    throw error;
  }
}

async function makeOnce(
  file: string,
  model: SurrogateModel,
  { onProgress, onWait, signal }: ExpansionOptions,
): Promise<void> {
  const folder = path.dirname(file);
  await makeFolder(folder).catch((error: unknown) => {
    throw withPath(error, `cannot make the folder ${folder}`);
  });
  // One for all models: what another one left may then be removed.
  const lockFile = path.join(folder, 'surrogate.lock');
  const unlock = await waitForLock(lockFile, {
    secondsForOthers: SECONDS_FOR_OTHER_MACHINES,
    onWait: (holder) => onWait?.(holder, lockFile),
    signal,
  });
  const unlocked = cleanUpOnExit(() => rmSync(lockFile, { force: true }));
  try {
    if (await isWhole(file)) return;
    const pieces = await expandInThread(model, { onProgress, signal });
    await writeFileAtomically(file, pieces, { force: true, signal });
    await removeOthers(file);
  } finally {
    await unlock();
    unlocked();
  }
}

/** Tables of other models, and what processes that were killed had written of any. */
const SURROGATE_FILE = /^surrogate-[0-9a-f]{12}\.arrow$|^\.surrogate-[0-9a-f]{12}\.arrow\.\d+\.tmp$/;

async function removeOthers(file: string): Promise<void> {
  const folder = path.dirname(file);
  const others = (await readdir(folder)).filter((name) => SURROGATE_FILE.test(name) && name !== path.basename(file));
  for (const name of others) {
    // What cannot be removed is in nobody's way.
    await rm(path.join(folder, name), { force: true }).catch(() => {});
  }
}
