import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import { type Configuration, differingKeys, listed } from '../configuration/configuration.ts';
import { type Regeneration, readRegeneration, regenerationFile, type Work } from '../configuration/regenerationFile.ts';
import { isShardFolderName } from '../units/shard.ts';

/** What folders of one regeneration have in common. */
export interface CommonRegeneration {
  readonly configuration: Configuration;
  /** what any of them was to train */
  readonly work: readonly Work[];
  /** those that have journals, each once: the given ones and the shards in them */
  readonly folders: readonly string[];
}

type Found = Regeneration & { readonly folder: string };

/** @throws UsageError for a folder without a regeneration, and for folders that were trained with other settings */
export async function commonRegeneration(given: readonly string[]): Promise<CommonRegeneration> {
  // By their real paths: a folder may be given twice, or inside another.
  const found = new Map<string, Found>();
  for (const folder of given) {
    const inside = await regenerationsIn(folder);
    if (inside.length === 0)
      throw new UsageError(`${regenerationFile(folder)} is missing; expected a folder that regenerate wrote`);
    for (const one of inside) {
      const place = await realpath(one.folder);
      if (!found.has(place)) found.set(place, one);
    }
  }
  const all = [...found.values()];
  const [first] = all;
  for (const other of all) {
    const differing = differingKeys(first.configuration, other.configuration);
    if (differing.length > 0) {
      throw new UsageError(
        `${first.folder} and ${other.folder} were trained with other settings: ${listed(differing)}`,
      );
    }
  }
  const work = all
    .flatMap((regeneration) => regeneration.work)
    .filter((one, i, works) => works.findIndex((other) => isDeepStrictEqual(one, other)) === i);
  // They may describe the same images in other words: the order in which folders are given must not choose.
  const [{ configuration }] = all.toSorted((a, b) =>
    JSON.stringify(a.configuration) < JSON.stringify(b.configuration) ? -1 : 1,
  );
  return { configuration, work, folders: all.map(({ folder }) => folder) };
}

async function regenerationsIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw withPath(error, `cannot read ${folder}`);
  });
  const shards = names.filter(isShardFolderName).toSorted();
  const found: Found[] = [];
  for (const inside of [folder, ...shards.map((name) => path.join(folder, name))]) {
    const regeneration = await readRegeneration(inside);
    if (regeneration !== undefined) found.push({ ...regeneration, folder: inside });
  }
  return found;
}
