import type { LockHolder } from '@nasbench/foundation/lock';
import type { Work } from '../configuration/regenerationFile.ts';
import { holderOf } from '../journal/folderLock.ts';
import { type JournalEntry, journalFolder, readJournal } from '../journal/journal.ts';
import { commonRegeneration } from '../journal/regenerationFolders.ts';
import { RegenerationState } from '../regenerationState.ts';
import { runKey, UnitList } from '../units/units.ts';
import { type LiveStatus, readLiveStatus } from './liveStatus.ts';

/** How one piece of work stands, over all folders. */
interface WorkStatus extends Omit<Work, 'cells'> {
  readonly cells: number;
  readonly runs: number;
  /** with results, and failed ones */
  readonly done: number;
  readonly failed: number;
}

/** A run that is recorded as failed and was not trained again since. */
type FailedRun = Pick<JournalEntry, 'moduleHash' | 'epochs' | 'repeat' | 'attempts'> & {
  readonly failure: string;
};

/** A folder and who works on it. */
export interface FolderStatus {
  readonly folder: string;
  /** null: nobody */
  readonly process: LockHolder | null;
  /** what it said last; of a process that was killed, too */
  readonly live: LiveStatus | null;
}

export interface RegenerationStatus {
  readonly work: readonly WorkStatus[];
  readonly failures: readonly FailedRun[];
  readonly folders: readonly FolderStatus[];
  readonly warnings: readonly string[];
}

/**
 * How the regeneration of one or more folders, and of the shards in them, stands: from what their journals hold.
 * @throws UsageError for folders without a regeneration, or of different ones
 */
export async function regenerationStatus(given: readonly string[]): Promise<RegenerationStatus> {
  const { configuration, work, folders } = await commonRegeneration(given);
  const states = work.map((one) => {
    const units = new UnitList(one, configuration);
    return { one, units, state: new RegenerationState(units, undefined, () => 0) };
  });
  const failures = new Map<string, FailedRun>();
  const warnings: string[] = [];
  for (const folder of folders) {
    await readJournal(
      journalFolder(folder),
      (entry) => {
        for (const { state } of states) state.finished(entry);
        const { moduleHash, epochs, repeat, attempts, failure = 'unknown' } = entry;
        if (entry.points === null) failures.set(runKey(entry), { moduleHash, epochs, repeat, attempts, failure });
      },
      (line) => warnings.push(line),
    );
  }
  return {
    work: states.map(({ one: { space, epochs, repeats }, units, state }) => ({
      space,
      epochs,
      repeats,
      cells: units.cellCount,
      runs: state.total,
      done: state.done,
      failed: state.failed,
    })),
    // Those that were trained again, in whatever folder, are what they became.
    failures: [...failures.values()].filter((run) => states.some(({ state }) => state.hasFailed(run))),
    folders: await Promise.all(
      folders.map(async (folder) => ({
        folder,
        process: (await holderOf(folder)) ?? null,
        live: (await readLiveStatus(folder)) ?? null,
      })),
    ),
    warnings,
  };
}
