import { type BenchmarkTable, buildTable, type TableMetadata } from '@nasbench/dataset';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import {
  type Configuration,
  configurationDigest,
  configurationFile,
  differingKeys,
  listed,
  readConfiguration,
  setName,
} from './configuration.ts';
import { type JournalEntry, readJournal } from './journal.ts';
import { journalFolder } from './regenerate.ts';
import { runSeed, setupOf } from './trainUnit.ts';
import { unitKey } from './units.ts';

export interface Assembly {
  readonly table: BenchmarkTable;
  /** runs found, of `expected` */
  readonly runs: number;
  readonly expected: number;
  readonly failed: number;
  readonly warnings: readonly string[];
}

/**
 * The runs of one or more regeneration folders as one table. The order of the folders does not matter; they must have
 * been started with the same settings. Runs that are still missing are nulls.
 */
export async function assemble(folders: readonly string[]): Promise<Assembly> {
  const configuration = await commonConfiguration(folders);
  const journals = await Promise.all(folders.map((folder) => readJournal(journalFolder(folder))));
  const entries = withoutRetriedFailures(journals.flatMap((journal) => journal.entries));
  for (const entry of entries) assertBelongs(entry, configuration);
  if (entries.length === 0) throw new NasbenchError(`${folders.join(', ')}: no finished run yet; nothing to assemble`);
  const engines = [
    ...new Set(entries.filter((entry) => entry.points !== null).map((entry) => entry.engine)),
  ].toSorted();
  // One run may be in several journals, with other measured times: the quickest is kept, whatever the order of the folders.
  const table = buildTable(entries.toSorted(byTotalTime), metadataOf(configuration, engines));
  return {
    table,
    runs: new Set(entries.map(unitKey)).size,
    expected: configuration.cells.length * configuration.epochs.length * configuration.repeats,
    failed: entries.filter((entry) => entry.points === null).length,
    warnings: journals.flatMap((journal) => journal.warnings),
  };
}

const byTotalTime = (a: JournalEntry, b: JournalEntry): number => (a.totalTime ?? 0) - (b.totalTime ?? 0);

/** A run that failed and was trained again is what it became. */
function withoutRetriedFailures(entries: readonly JournalEntry[]): JournalEntry[] {
  const completed = new Set(entries.filter((entry) => entry.points !== null).map(unitKey));
  return entries.filter((entry) => entry.points !== null || !completed.has(unitKey(entry)));
}

/** A table claims a configuration for every run: one that was trained with another, or from another seed, is refused. */
function assertBelongs(entry: JournalEntry, configuration: Configuration): void {
  const run = `run ${entry.moduleHash}, ${entry.epochs} epochs, repeat ${entry.repeat}`;
  const digest = configurationDigest(configuration);
  if (entry.configuration !== digest) {
    throw new NasbenchError(
      `${run} was trained with configuration ${entry.configuration}, but regeneration.json is ${digest}`,
    );
  }
  const seed = runSeed(configuration.seed, entry);
  if (entry.seed !== seed) throw new NasbenchError(`${run} was trained from seed ${entry.seed}, expected ${seed}`);
}

async function commonConfiguration(folders: readonly string[]): Promise<Configuration> {
  const found = await Promise.all(folders.map(readConfiguration));
  const [first, ...others] = found.map((configuration, i) => {
    if (configuration !== undefined) return configuration;
    throw new UsageError(`${configurationFile(folders[i])} is missing; expected a folder that regenerate wrote`);
  });
  for (const [i, other] of others.entries()) {
    const differing = differingKeys(first, other);
    if (differing.length > 0) {
      throw new UsageError(
        `${folders[0]} and ${folders[i + 1]} were trained with other settings: ${listed(differing)}`,
      );
    }
  }
  return first;
}

function metadataOf(configuration: Configuration, engines: readonly string[]): TableMetadata {
  const { space, epochs, repeats, images, training, codeVersion, seed } = configuration;
  return {
    formatVersion: 1,
    provenance: 'regenerated',
    epochs: epochs.toSorted((a, b) => a - b),
    repeats,
    space,
    // Where the files lay on the machine that trained is of no use elsewhere; the checksum tells them.
    images: JSON.parse(JSON.stringify({ ...images, name: setName(images.name) })),
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
  };
}
