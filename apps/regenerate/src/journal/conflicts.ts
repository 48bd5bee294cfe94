import { isDeepStrictEqual } from 'node:util';
import { type RunDifference, runDifferences } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { describeRun, type RunName, runKey } from '../units/units.ts';
import { type JournalEntry, type JournalPlace, journalFolder, readJournal } from './journal.ts';

/** Two lines that say something else of one run, or of its cell. */
export interface JournalConflict extends RunName {
  readonly differences: readonly RunDifference[];
  readonly places: readonly [JournalPlace, JournalPlace];
  readonly engines: readonly [string, string];
}

/** Results that cannot both be in a table. */
export class JournalConflictError extends NasbenchError {
  override readonly name: string = 'JournalConflictError';
  /** runs with more than one result */
  readonly count: number;
  /** the first ones */
  readonly conflicts: readonly JournalConflict[];

  constructor(count: number, conflicts: readonly JournalConflict[]) {
    super(`${count} ${count === 1 ? 'run has' : 'runs have'} more than one result; nothing was written`);
    this.count = count;
    this.conflicts = conflicts;
  }
}

/** So many conflicts are shown. */
const SHOWN = 10;

/** Lines that are at odds with earlier ones. */
export class Conflicts {
  readonly #runs = new Set<string>();
  readonly #shown: { readonly entry: JournalEntry; readonly place: JournalPlace }[] = [];

  /** Takes note of a line whose result differs from one that was read before. */
  add(entry: JournalEntry, place: JournalPlace): void {
    const run = runKey(entry);
    if (!this.#runs.has(run) && this.#shown.length < SHOWN) this.#shown.push({ entry, place });
    this.#runs.add(run);
  }

  /**
   * Reads the journals again, to tell the first line of each conflict that is shown: where every run stands is not worth
   * remembering while there are none.
   *
   * @throws JournalConflictError if there are any
   */
  async report(folders: readonly string[]): Promise<void> {
    if (this.#runs.size === 0) return;
    const hashes = new Set(this.#shown.map(({ entry }) => entry.moduleHash));
    const found: (JournalConflict | undefined)[] = this.#shown.map(() => undefined);
    const compare = (earlier: JournalEntry, at: JournalPlace): void => {
      if (!hashes.has(earlier.moduleHash)) return;
      for (const [i, { entry, place }] of this.#shown.entries()) {
        const differences = found[i] === undefined ? differencesOf(earlier, entry) : [];
        if (differences.length === 0) continue;
        const { moduleHash, epochs, repeat } = entry;
        found[i] = {
          moduleHash,
          epochs,
          repeat,
          differences,
          places: [at, place],
          engines: [earlier.engine, entry.engine],
        };
      }
    };
    for (const folder of folders) await readJournal(journalFolder(folder), compare, () => {});
    throw new JournalConflictError(
      this.#runs.size,
      found.filter((conflict) => conflict !== undefined),
    );
  }
}

/** In what two lines of one cell are at odds. A run that failed and was trained again is what it became. */
function differencesOf(a: JournalEntry, b: JournalEntry): RunDifference[] {
  if (a.moduleHash !== b.moduleHash) return [];
  if (!isDeepStrictEqual(a.cell, b.cell))
    return [{ what: 'graph', values: [JSON.stringify(a.cell), JSON.stringify(b.cell)] }];
  if (a.trainableParameters !== b.trainableParameters)
    return [{ what: 'trainable parameters', values: [a.trainableParameters, b.trainableParameters] }];
  const isSameRun = a.epochs === b.epochs && a.repeat === b.repeat;
  return isSameRun && a.points !== null && b.points !== null ? runDifferences(a.points, b.points) : [];
}

/** A conflict in one line. */
export function describeConflict(conflict: JournalConflict): string {
  const [{ what, values }, ...others] = conflict.differences;
  const [first, second] = conflict.places.map(({ file, line }, i) => {
    const engine = conflict.engines[0] === conflict.engines[1] ? '' : `, on ${conflict.engines[i]}`;
    return `${values[i]} (${file}, line ${line}${engine})`;
  });
  const more = others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'value' : 'values'}`;
  return `${describeRun(conflict)}: ${what} ${first} and ${second}${more}`;
}
