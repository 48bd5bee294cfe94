// The process that trains, one run at a time, started and told what to do by the pool. It keeps a checkpoint of its run
// every so many seconds.

import { existsSync } from 'node:fs';
import { NasbenchError } from '@nasbench/foundation/errors';
import {
  type Checkpoint,
  checkpointFile,
  describeEngine,
  EngineFailureError,
  type ImageSet,
  loadCheckpoint,
  loadImages,
  startBackend,
  TensorFileError,
  type TrainingProgress,
} from '@nasbench/trainer';
import { describeImages, imageOptions, operationsOf, setupOf } from '../configuration/configuration.ts';
import { type Unit, unitCheckpoint } from '../units/units.ts';
import type { PoolMessage, WorkerMessage, WorkerSettings } from './messages.ts';
import { trainUnit } from './trainUnit.ts';

/** Progress is for people and for the pool's watch: more often than this only costs time. */
const MILLISECONDS_BETWEEN_REPORTS = 200;

function send(message: WorkerMessage): void {
  process.send?.(message);
}

// The pool is gone: whatever is being trained has nobody to keep it.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole group; the pool decides what becomes of the runs.
process.on('SIGINT', () => {});

async function start(settings: WorkerSettings): Promise<(unit: Unit) => Promise<void>> {
  const { configuration, imagesName, operationsFile, engine: choice, device, folder, checkpointSeconds } = settings;
  const setup = setupOf(configuration, await operationsOf(configuration, operationsFile));
  const images = await loadSameImages(imagesName, configuration.images);
  const started = await startBackend(choice, { device: device ?? undefined });
  const engine = describeEngine(started);
  if (started.kernelsAbsent !== undefined)
    console.error(`worker: slower, without @nasbench/kernels: ${started.kernelsAbsent}`);
  let reported = 0;
  const report = ({ step, steps, imagesPerSecond }: TrainingProgress): void => {
    if (performance.now() - reported < MILLISECONDS_BETWEEN_REPORTS) return;
    reported = performance.now();
    send({ kind: 'progress', fraction: step / steps, imagesPerSecond });
  };
  send({ kind: 'ready', engine });
  return async (unit) => {
    const file = unitCheckpoint(folder, unit);
    const checkpoints = checkpointFile(file, { everySeconds: checkpointSeconds });
    const resume = await checkpointOf(file);
    send({
      kind: 'finished',
      entry: await trainUnit(unit, configuration, setup, images, engine, report, checkpoints, resume),
    });
  };
}

async function loadSameImages(name: string, expected: WorkerSettings['configuration']['images']): Promise<ImageSet> {
  const images = await loadImages(name, imageOptions(expected));
  const { sha256 } = describeImages(images, imageOptions(expected));
  if (sha256 === expected.sha256) return images;
  throw new NasbenchError(
    `the images of ${name} have the checksum ${sha256}, expected ${expected.sha256}, that of the images the regeneration was started with`,
  );
}

/** What an earlier process kept of the run; a damaged file is passed over, for the run can start again. */
async function checkpointOf(file: string): Promise<Checkpoint | undefined> {
  if (!existsSync(file)) return undefined;
  return loadCheckpoint(file).catch((error: unknown) => {
    if (!(error instanceof TensorFileError)) throw error;
    console.error(`worker: ${error.message}; the run starts again`);
    return undefined;
  });
}

/**
 * A user's mistake would meet every worker alike, so it ends the work. An engine that failed, or a defect, ends this
 * process, and the run is tried again in another one.
 */
function fail(error: unknown): void {
  if (error instanceof NasbenchError && !(error instanceof EngineFailureError)) {
    send({ kind: 'broken', message: error.message });
    return;
  }
  console.error(error instanceof EngineFailureError ? `worker: ${error.message}` : error);
  const reason = error instanceof Error ? error.message : String(error);
  process.send?.({ kind: 'dying', reason } satisfies WorkerMessage, () => process.exit(1));
}

let train: ((unit: Unit) => Promise<void>) | undefined;

async function obey(message: PoolMessage): Promise<void> {
  if (message.kind === 'start') train = await start(message.settings);
  else await train?.(message.unit);
}

process.on('message', (message: PoolMessage) => {
  obey(message).catch(fail);
});
