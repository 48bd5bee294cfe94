import {
  type BenchmarkTable,
  ConflictError,
  InvalidRecordError,
  TableBuilder,
  type TableMetadata,
} from '@nasbench/dataset';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { parseImageName } from '@nasbench/trainer';
import { type Configuration, configurationDigest, setupOf } from '../configuration/configuration.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { runSeed } from '../pool/trainUnit.ts';
import { countUnits, describeRun, UnitList } from '../units/units.ts';
import { Conflicts } from './conflicts.ts';
import { type JournalEntry, type JournalPlace, journalFolder, readJournal } from './journal.ts';
import { commonRegeneration } from './regenerationFolders.ts';

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
 * not matter, nor how often or in which of them a run is: the same runs make the same file. The folders must have been started
 * with the same configuration. Runs that are still missing are nulls. Memory is that of the table.
 *
 * @param onProgress hears now and then how many lines were read, and how many runs the work has
 * @throws JournalConflictError if a run has two results that differ in more than measured times; UsageError for folders that
 *   do not belong together; NasbenchError for a line that does not belong to its configuration, or no line at all
 */
export async function assemble(
  given: readonly string[],
  onProgress: (lines: number, expected: number) => void = () => {},
): Promise<Assembly> {
  const { configuration, work, folders } = await commonRegeneration(given);
  const expected = countRuns(work, configuration);
  const builder = new TableBuilder(metadataOf(configuration, work));
  const checks = [belongsTo(configuration), ...(configuration.engines === 'one' ? [isOfOneEngine()] : [])];
  const conflicts = new Conflicts();
  const warnings: string[] = [];
  let lines = 0;
  const take = (entry: JournalEntry, place: JournalPlace): void => {
    if (++lines % 10_000 === 0) onProgress(lines, expected);
    try {
      for (const check of checks) check(entry, place);
      builder.add(entry);
    } catch (error) {
      if (error instanceof ConflictError) conflicts.add(entry, place);
      else if (error instanceof InvalidRecordError) throw new NasbenchError(`${described(place)}: ${error.message}`);
      else throw error;
    }
  };
  for (const folder of folders) await readJournal(journalFolder(folder), take, (line) => warnings.push(line));
  await conflicts.report(folders);
  if (lines === 0) throw new NasbenchError(`${given.join(', ')}: no finished run yet; nothing to assemble`);
  return { table: builder.build(), runs: builder.runCount, expected, failed: builder.failedCount, warnings };
}

const described = ({ file, line }: JournalPlace): string => `${file}: line ${line}`;

type Check = (entry: JournalEntry, place: JournalPlace) => void;

/** A table claims a configuration for every run: one that was trained with another, or from another seed, is refused. */
function belongsTo(configuration: Configuration): Check {
  const digest = configurationDigest(configuration);
  return (entry, place) => {
    if (entry.configuration !== digest) {
      throw new NasbenchError(
        `${described(place)}: ${describeRun(entry)} was trained with configuration ${entry.configuration}, but regeneration.json is ${digest}`,
      );
    }
    const seed = runSeed(configuration.seed, entry);
    if (entry.seed !== seed)
      throw new NasbenchError(
        `${described(place)}: ${describeRun(entry)} was trained from seed ${entry.seed}, expected ${seed}`,
      );
  };
}

/** Other arithmetic gives other numbers: a table has runs of several engines only if the configuration wants it so. */
function isOfOneEngine(): Check {
  let first: { readonly engine: string; readonly place: JournalPlace } | undefined;
  return ({ engine, points }, place) => {
    if (points === null) return;
    first ??= { engine, place };
    if (engine === first.engine) return;
    throw new UsageError(
      `${described(place)} was trained on ${engine}, ${described(first.place)} on ${first.engine}; expected one engine, or the configuration's engines to be "any"`,
    );
  };
}

/** Runs of all the work, those that it asks for twice counted once. */
function countRuns(work: readonly Work[], configuration: Configuration): number {
  // Usually it is one: then nobody has to know the hashes of its cells.
  if (work.length === 1) return countUnits(work[0], configuration);
  const lists = work.map((one) => new UnitList(one, configuration));
  let count = 0;
  for (const [i, list] of lists.entries()) {
    const earlier = lists.slice(0, i);
    for (let index = 0; index < list.length; index++) {
      if (earlier.length === 0 || !earlier.some((other) => other.indexOf(list.nameAt(index)) >= 0)) count++;
    }
  }
  return count;
}

function metadataOf(configuration: Configuration, work: readonly Work[]): TableMetadata {
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
    // The runs say it.
    engine: null,
    ...(ownOperations === undefined ? {} : { ownOperations }),
  };
}
