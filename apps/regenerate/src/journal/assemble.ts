import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type BenchmarkTable, buildTable, type TableMetadata } from '@nasbench/dataset';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import { parseImageName } from '@nasbench/trainer';
import {
  type Configuration,
  configurationDigest,
  differingKeys,
  listed,
  setupOf,
} from '../configuration/configuration.ts';
import { type Regeneration, readRegeneration, regenerationFile, type Work } from '../configuration/regenerationFile.ts';
import { runSeed } from '../pool/trainUnit.ts';
import { isShardFolderName } from '../units/shard.ts';
import { describeRun, type RunName, UnitList } from '../units/units.ts';
import { type JournalEntry, journalFolder, readJournal } from './journal.ts';

export interface Assembly {
  readonly table: BenchmarkTable;
  /** runs found, of `expected` */
  readonly runs: number;
  readonly expected: number;
  readonly failed: number;
  readonly warnings: readonly string[];
}

/**
 * The runs of one or more regeneration folders, and of the shards in them, as one table. The order of the folders does
 * not matter; they must have been started with the same configuration. Runs that are still missing are nulls.
 */
export async function assemble(folders: readonly string[]): Promise<Assembly> {
  const { configuration, work, journals } = await commonRegeneration(folders);
  const found: JournalEntry[] = [];
  const warnings: string[] = [];
  for (const folder of journals) {
    await readJournal(
      journalFolder(folder),
      (entry) => found.push(entry),
      (line) => warnings.push(line),
    );
  }
  const entries = withoutRetriedFailures(found);
  const digest = configurationDigest(configuration);
  for (const entry of entries) assertBelongs(entry, configuration, digest);
  if (entries.length === 0) throw new NasbenchError(`${folders.join(', ')}: no finished run yet; nothing to assemble`);
  const engines = new Set(entries.filter((entry) => entry.points !== null).map((entry) => entry.engine));
  // One run may be in several journals, with other measured times: the quickest is kept, whatever the order of the folders.
  const table = buildTable(entries.toSorted(byTotalTime), metadataOf(configuration, work, [...engines].toSorted()));
  return {
    table,
    runs: new Set(entries.map(runKey)).size,
    expected: countRuns(work, configuration),
    failed: new Set(entries.filter((entry) => entry.points === null).map(runKey)).size,
    warnings,
  };
}

const runKey = ({ moduleHash, epochs, repeat }: RunName): string => `${moduleHash} ${epochs} ${repeat}`;

const byTotalTime = (a: JournalEntry, b: JournalEntry): number => (a.totalTime ?? 0) - (b.totalTime ?? 0);

/** A run that failed and was trained again is what it became. */
function withoutRetriedFailures(entries: readonly JournalEntry[]): JournalEntry[] {
  const completed = new Set(entries.filter((entry) => entry.points !== null).map(runKey));
  return entries.filter((entry) => entry.points !== null || !completed.has(runKey(entry)));
}

/** A table claims a configuration for every run: one that was trained with another, or from another seed, is refused. */
function assertBelongs(entry: JournalEntry, configuration: Configuration, digest: string): void {
  if (entry.configuration !== digest) {
    throw new NasbenchError(
      `${describeRun(entry)} was trained with configuration ${entry.configuration}, but regeneration.json is ${digest}`,
    );
  }
  const seed = runSeed(configuration.seed, entry);
  if (entry.seed !== seed)
    throw new NasbenchError(`${describeRun(entry)} was trained from seed ${entry.seed}, expected ${seed}`);
}

/** What the folders have in common, and which folders have journals: they themselves and the shards in them. */
async function commonRegeneration(folders: readonly string[]): Promise<{
  readonly configuration: Configuration;
  readonly work: readonly Work[];
  readonly journals: readonly string[];
}> {
  const found: (Regeneration & { readonly folder: string })[] = [];
  for (const folder of folders) {
    const inside = await regenerationsIn(folder);
    if (inside.length === 0)
      throw new UsageError(`${regenerationFile(folder)} is missing; expected a folder that regenerate wrote`);
    found.push(...inside);
  }
  const [first, ...others] = found;
  for (const other of others) {
    const differing = differingKeys(first.configuration, other.configuration);
    if (differing.length > 0) {
      throw new UsageError(
        `${first.folder} and ${other.folder} were trained with other settings: ${listed(differing)}`,
      );
    }
  }
  const work = found
    .flatMap((regeneration) => regeneration.work)
    .filter((one, i, all) => all.findIndex((other) => isDeepStrictEqual(one, other)) === i);
  return { configuration: first.configuration, work, journals: found.map(({ folder }) => folder) };
}

async function regenerationsIn(folder: string): Promise<(Regeneration & { readonly folder: string })[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw withPath(error, `cannot read ${folder}`);
  });
  const shards = names.filter(isShardFolderName).toSorted();
  const found: (Regeneration & { readonly folder: string })[] = [];
  for (const inside of [folder, ...shards.map((name) => path.join(folder, name))]) {
    const regeneration = await readRegeneration(inside);
    if (regeneration !== undefined) found.push({ ...regeneration, folder: inside });
  }
  return found;
}

/** Runs of all the work, those that it asks for twice counted once. */
function countRuns(work: readonly Work[], configuration: Configuration): number {
  const lists = work.map((one) => new UnitList(one, configuration));
  let count = 0;
  for (const [i, list] of lists.entries()) {
    const earlier = lists.slice(0, i);
    for (let index = 0; index < list.length; index++) {
      if (earlier.length === 0 || !earlier.some((other) => other.indexOf(list.at(index)) >= 0)) count++;
    }
  }
  return count;
}

function metadataOf(configuration: Configuration, work: readonly Work[], engines: readonly string[]): TableMetadata {
  const { operations, images, ownOperations, training, codeVersion, seed } = configuration;
  return {
    formatVersion: 1,
    provenance: 'regenerated',
    epochs: [...new Set(work.flatMap(({ epochs }) => epochs))].toSorted((a, b) => a - b),
    repeats: Math.max(...work.map(({ repeats }) => repeats)),
    space: {
      maxVertices: Math.max(...work.map(({ space }) => space.maxVertices)),
      maxEdges: Math.max(...work.map(({ space }) => space.maxEdges)),
      operations,
    },
    // Where the files lay on the machine that trained is of no use elsewhere; the checksum tells them.
    images: JSON.parse(JSON.stringify({ ...images, name: parseImageName(images.name).set })),
    network: {
      ...setupOf(configuration).network,
      imageSize: images.size,
      imageChannels: images.channels,
      labels: images.labels,
    },
    training,
    codeVersion,
    seed,
    engine: engines.join(', ') || null,
    ...(ownOperations === undefined ? {} : { ownOperations }),
  };
}
