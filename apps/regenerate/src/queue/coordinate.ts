import { Coordinator, type CoordinatorSettings } from './coordinator.ts';
import { QueueSource, type QueueSourceSettings } from './queueSource.ts';

/** How a regeneration is shared with workers on other machines. */
export interface QueueOptions {
  /** of Redis or Valkey */
  readonly url: string;
  /** default: the configuration's digest */
  readonly name?: string | undefined;
  /** a worker that gave no sign of life for so long has lost its run to the others */
  readonly lostAfterSeconds: number;
}

/**
 * Feeds and collects until every unit is finished, while `train` takes part as any other worker does. What ends one of the
 * two ends the other.
 */
export async function coordinate(
  settings: CoordinatorSettings & Pick<QueueSourceSettings, 'failedEntry'>,
  train: (source: QueueSource, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const coordinator = await Coordinator.open(settings);
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  try {
    const source = await QueueSource.open({ ...settings, queue: coordinator.queueName });
    try {
      const parts = [coordinator.run(either), train(source, either)];
      await Promise.allSettled(parts.map((part) => part.catch((error: unknown) => stopped.abort(error))));
      either.throwIfAborted();
    } finally {
      await source.close();
    }
  } finally {
    await coordinator.close();
  }
}
