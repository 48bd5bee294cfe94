import { rename, stat } from 'node:fs/promises';
import { type Configuration, differingKeys, readConfiguration } from './configuration.ts';

/**
 * Moves a folder that was made with another configuration to the first free of `folder.1`, `folder.2`, ..., and returns
 * that name: for work that always has the same folder but not, over the versions of this program, the same settings.
 */
export async function setAsideIfOther(folder: string, configuration: Configuration): Promise<string | undefined> {
  const found = await readConfiguration(folder);
  if (found === undefined || differingKeys(found, configuration).length === 0) return undefined;
  for (let number = 1; ; number++) {
    const aside = `${folder}.${number}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(folder, aside);
    return aside;
  }
}
