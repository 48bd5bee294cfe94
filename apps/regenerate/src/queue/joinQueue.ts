import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { type Configuration, operationsOf, setupOf } from '../configuration/configuration.ts';
import { type FailedEntry, trainInPool } from '../pool/pool.ts';
import { failedEntry } from '../pool/trainUnit.ts';
import type { Patience } from '../pool/workerProcess.ts';
import type { EngineRequest } from '../probeEngine.ts';
import type { UnitSource } from '../units/unitSource.ts';
import { pause, type QueueConnection } from './connection.ts';
import { QueueSource } from './queueSource.ts';
import { type Announcement, findRegenerations } from './sharedQueue.ts';

/** Between two looks for a regeneration that is not there yet. */
const POLL_MILLISECONDS = 2000;

export interface FoundQueue extends Announcement {
  readonly queue: string;
}

/**
 * The regeneration to take part in: that of the name, or the only one.
 *
 * @param wait until there is one
 */
export async function chooseRegeneration(
  connection: QueueConnection,
  name: string | undefined,
  wait: boolean,
  signal: AbortSignal,
): Promise<FoundQueue> {
  const { redis, address } = connection;
  for (;;) {
    const found = await connection.patiently(() => findRegenerations(redis, address), signal);
    const names = [...found.keys()].toSorted();
    const queue = name ?? names[0];
    const announcement = found.get(queue);
    if (announcement !== undefined && (name !== undefined || names.length === 1)) return { queue, ...announcement };
    if (name === undefined && names.length > 1)
      throw new UsageError(`${address} has several regenerations (${names.join(', ')}); choose one with --queue-name`);
    if (!wait) {
      throw new NasbenchError(
        `no regeneration ${name === undefined ? '' : `${name} `}at ${address}; start one with nasbench regenerate --queue, or wait for it with --wait`,
      );
    }
    await pause(POLL_MILLISECONDS, signal);
  }
}

export interface JoinSettings {
  readonly workers: number;
  readonly engine: EngineRequest;
  /** for the trainer's loadImages, on this machine */
  readonly imagesName: string;
  /** of the configuration's own operations, on this machine; null: nowhere */
  readonly operationsFile: string | null;
  /** for checkpoints */
  readonly folder: string;
  readonly checkpointSeconds: number;
  readonly patience: Patience;
  readonly onFinished: () => void;
  readonly onProgress: (worker: number, imagesPerSecond: number) => void;
  readonly onNote: (line: string) => void;
}

/** Trains units of a regeneration until all of them are finished. */
export async function joinQueue(
  connection: QueueConnection,
  { queue, configuration, lostAfterSeconds }: FoundQueue,
  settings: JoinSettings,
  signal: AbortSignal,
): Promise<void> {
  const { folder, onNote, onFinished, onProgress, ...pool } = settings;
  const operations = await operationsOf(configuration, settings.operationsFile);
  const failed: FailedEntry = (unit, outcome) => failedEntry(configuration, operations, unit, outcome);
  const shared = { connection, queue, configuration, lostAfterSeconds };
  const source = await QueueSource.open({ ...shared, folder, failedEntry: failed, onNote });
  try {
    await trainInPool(
      counting(source, onFinished),
      { ...pool, folder, configuration, attempts: setupOf(configuration).training.attempts },
      {
        signal,
        onEngine: (engine) => source.agreeOnEngine(engine),
        onProgress: (worker, _unit, _fraction, imagesPerSecond) => onProgress(worker, imagesPerSecond),
        onError: onNote,
        failedEntry: failed,
      },
    );
  } finally {
    await source.close();
  }
}

/** @throws UsageError if this code may give other numbers */
export function assertSameCode({ codeVersion }: Configuration, mine: string, queue: string): void {
  if (codeVersion === mine) return;
  throw new UsageError(
    `${queue} is trained by nasbench ${codeVersion}, this is ${mine}, which may give other numbers; install that version here`,
  );
}

/** The same source, which says when a run was handed in. */
function counting(source: UnitSource, onFinished: () => void): UnitSource {
  return {
    async take(signal) {
      const claim = await source.take(signal);
      if (claim === undefined) return undefined;
      return {
        ...claim,
        async finish(entry) {
          await claim.finish(entry);
          onFinished();
        },
      };
    },
    close: () => source.close(),
  };
}
