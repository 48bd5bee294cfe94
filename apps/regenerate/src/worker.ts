// The process that trains, one run at a time: `worker.js FOLDER IMAGES`, started and told what to do by the pool.

import { NasbenchError } from '@nasbench/foundation/errors';
import { EngineFailureError, loadImages, startBackend } from '@nasbench/trainer';
import { describeImages, imageOptions, readConfiguration } from './configuration.ts';
import type { TrainMessage, WorkerMessage } from './messages.ts';
import { trainUnit } from './trainUnit.ts';

/** Progress is for people: more often than this only costs time. */
const MILLISECONDS_BETWEEN_REPORTS = 200;

function send(message: WorkerMessage): void {
  process.send?.(message);
}

// The coordinator is gone: whatever is being trained has nobody to keep it.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole group; the coordinator decides what becomes of the runs.
process.on('SIGINT', () => {});

async function serve(folder: string, imagesName: string): Promise<void> {
  const configuration = await readConfiguration(folder);
  if (configuration === undefined) throw new NasbenchError(`${folder} has no regeneration.json`);
  const images = await loadImages(imagesName, imageOptions(configuration));
  const { sha256 } = describeImages(images, imageOptions(configuration));
  if (sha256 !== configuration.images.sha256) {
    throw new NasbenchError(
      `the images of ${imagesName} have the checksum ${sha256}, expected ${configuration.images.sha256} as in ${folder}`,
    );
  }
  const { name, version } = await startBackend('wasm');
  let reported = 0;
  process.on('message', (message: TrainMessage) => {
    trainUnit(message.unit, configuration, images, `${name} ${version}`, ({ step, steps, imagesPerSecond }) => {
      if (performance.now() - reported < MILLISECONDS_BETWEEN_REPORTS) return;
      reported = performance.now();
      send({ kind: 'progress', fraction: step / steps, imagesPerSecond });
    }).then((entry) => send({ kind: 'finished', entry }), fail);
  });
  send({ kind: 'ready' });
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
  process.exit(1);
}

serve(process.argv[2], process.argv[3]).catch(fail);
