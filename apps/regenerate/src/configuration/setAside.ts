import { rename, stat } from 'node:fs/promises';
import { NasbenchError } from '@nasbench/foundation/errors';
import { type Configuration, differingKeys } from './configuration.ts';
import { readRegeneration } from './regenerationFile.ts';

/**
 * Moves a folder that was made with another configuration to the first free of `folder.1`, `folder.2`, ..., and returns
 * that name: for work that always has the same folder but not, over the versions of this program, the same settings.
 */
export async function setAsideIfOther(folder: string, configuration: Configuration): Promise<string | undefined> {
  if (!(await isOther(folder, configuration))) return undefined;
  for (let number = 1; ; number++) {
    const aside = `${folder}.${number}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(folder, aside);
    return aside;
  }
}

async function isOther(folder: string, configuration: Configuration): Promise<boolean> {
  try {
    const found = await readRegeneration(folder);
    return found !== undefined && differingKeys(found.configuration, configuration).length > 0;
  } catch (error) {
    // Of another version, or damaged: not ours to go on with, and not ours to throw away.
    if (error instanceof NasbenchError) return true;
    throw error;
  }
}
