import path from 'node:path';
import type { Moment } from '../procedure/trainOnce.ts';
import { type Checkpoint, saveCheckpoint } from './checkpoint.node.ts';

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

/** Keeps a run in a folder: `start`, `half` and `end.safetensors`, and the newest one between as `last.safetensors`. */
export function checkpointFolder(folder: string, interval: CheckpointInterval = {}): CheckpointStore {
  const between = checkpointFile(path.join(folder, 'last.safetensors'), interval);
  return {
    async offer(moment, read) {
      if (moment === 'start' || moment === 'half' || moment === 'end')
        await saveCheckpoint(path.join(folder, `${moment}.safetensors`), read());
      else await between.offer(moment, read);
    },
  };
}
