// The process that trains, one run at a time: `worker.js FOLDER IMAGES SECONDS ENGINE [DEVICE]`, started and told what to
// do by the pool. It keeps a checkpoint of its run every so many seconds.

import { existsSync } from 'node:fs';
import { NasbenchError } from '@nasbench/foundation/errors';
import {
  type Checkpoint,
  checkpointFile,
  describeEngine,
  type EngineChoice,
  EngineFailureError,
  loadCheckpoint,
  loadImages,
  startBackend,
  TensorFileError,
  type TrainingProgress,
} from '@nasbench/trainer';
import { describeImages, imageOptions, readConfiguration } from './configuration.ts';
import type { TrainMessage, WorkerMessage } from './messages.ts';
import { trainUnit } from './trainUnit.ts';
import { type Unit, unitCheckpoint } from './units.ts';

/** Progress is for people: more often than this only costs time. */
const MILLISECONDS_BETWEEN_REPORTS = 200;

function send(message: WorkerMessage): void {
  process.send?.(message);
}

// The coordinator is gone: whatever is being trained has nobody to keep it.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole group; the coordinator decides what becomes of the runs.
process.on('SIGINT', () => {});

async function serve(
  folder: string,
  imagesName: string,
  everySeconds: number,
  choice: EngineChoice,
  device?: string,
): Promise<void> {
  const configuration = await readConfiguration(folder);
  if (configuration === undefined) throw new NasbenchError(`${folder} has no regeneration.json`);
  const images = await loadImages(imagesName, imageOptions(configuration));
  const { sha256 } = describeImages(images, imageOptions(configuration));
  if (sha256 !== configuration.images.sha256) {
    throw new NasbenchError(
      `the images of ${imagesName} have the checksum ${sha256}, expected ${configuration.images.sha256} as in ${folder}`,
    );
  }
  const engine = describeEngine(await startBackend(choice, { device }));
  let reported = 0;
  const report = ({ step, steps, imagesPerSecond }: TrainingProgress): void => {
    if (performance.now() - reported < MILLISECONDS_BETWEEN_REPORTS) return;
    reported = performance.now();
    send({ kind: 'progress', fraction: step / steps, imagesPerSecond });
  };
  const train = async (unit: Unit): Promise<void> => {
    const file = unitCheckpoint(folder, unit);
    const checkpoints = checkpointFile(file, { everySeconds });
    const resume = await checkpointOf(file);
    const entry = await trainUnit(unit, configuration, images, engine, report, checkpoints, resume);
    send({ kind: 'finished', entry });
  };
  process.on('message', (message: TrainMessage) => {
    train(message.unit).catch(fail);
  });
  send({ kind: 'ready', engine });
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

const [, , folder, imagesName, seconds, choice, device] = process.argv;
serve(folder, imagesName, Number(seconds), choice as EngineChoice, device).catch(fail);
