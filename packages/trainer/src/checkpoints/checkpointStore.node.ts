import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Moment } from '../procedure/trainOnce.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.node.ts';

/** What {@link trainCell} offers checkpoints to; it decides which ones to keep. */
export interface CheckpointStore {
  /** @param read copies all weights from the engine: call it for what is kept only */
  offer(moment: Moment, read: () => Checkpoint): void | Promise<void>;
}

/** How often; with neither, never. */
export interface CheckpointInterval {
  readonly everySeconds?: number | undefined;
  readonly everySteps?: number | undefined;
}

/** Keeps the newest checkpoint of a run in one file. The first one is written when the interval has passed once. */
export function checkpointFile(file: string, interval: CheckpointInterval): CheckpointStore {
  const { everySeconds = Number.POSITIVE_INFINITY, everySteps = Number.POSITIVE_INFINITY } = interval;
  let last = performance.now();
  let steps = 0;
  return {
    async offer(moment, read) {
      if (moment === 'step') steps++;
      if (steps < everySteps && performance.now() - last < everySeconds * 1000) return;
      await saveCheckpoint(file, read());
      last = performance.now();
      steps = 0;
    },
  };
}

/**
 * Keeps a run in a folder: `start`, `half` and `end.safetensors`, and the newest one between as `last.safetensors`, which
 * goes at the end.
 */
export function checkpointFolder(folder: string, interval: CheckpointInterval = {}): CheckpointStore {
  const last = inFolder(folder, 'last');
  const between = checkpointFile(last, interval);
  return {
    async offer(moment, read) {
      if (moment === 'start' || moment === 'half' || moment === 'end')
        await saveCheckpoint(inFolder(folder, moment), read());
      else await between.offer(moment, read);
      if (moment === 'end') await rm(last, { force: true });
    },
  };
}

/** The checkpoint in a {@link checkpointFolder} that is furthest; undefined if there is none. */
export async function newestCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  let newest: Checkpoint | undefined;
  for (const name of ['start', 'half', 'last', 'end']) {
    const file = inFolder(folder, name);
    const found = existsSync(file) ? await loadCheckpoint(file) : undefined;
    if (found && (newest === undefined || progressOf(found) >= progressOf(newest))) newest = found;
  }
  return newest;
}

const inFolder = (folder: string, name: string): string => path.join(folder, `${name}.safetensors`);

/** Larger for a later attempt, then for a later step; attempts are few and steps fewer than 10^9. */
const progressOf = ({ attempt, state }: Checkpoint): number => attempt * 1e9 + state.step;
