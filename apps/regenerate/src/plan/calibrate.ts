import { fork } from 'node:child_process';
import { NasbenchError } from '@nasbench/foundation/errors';
import type { EngineChoice, ImageOptions } from '@nasbench/trainer';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import { stratifiedSample } from '../units/stratify.ts';
import { type Countable, PASSES_OF_A_STEP } from './countWork.ts';
import type { Measurement } from './estimate.ts';

const WORKER_FILE = new URL('./calibrationWorker.js', import.meta.url);

export interface CalibratedCell {
  readonly text: string;
  readonly multiplyAdds: number;
  readonly batchSize: number;
}

export interface CalibrationRequest {
  readonly configuration: Configuration;
  readonly operationsFile: string | null;
  /** images of the configuration's size and channels, of which a few are used */
  readonly imagesName: string;
  readonly imageOptions: ImageOptions;
  readonly engine: EngineChoice;
  readonly device: string | null;
  /** of each cell, at least */
  readonly seconds: number;
  readonly cells: readonly CalibratedCell[];
}

export type CalibrationMessage = { readonly measurements: readonly Measurement[] } | { readonly reason: string };

/** Trains each cell of the request for some seconds, with the real trainer in a process of its own. */
export function calibrate(request: CalibrationRequest, signal: AbortSignal): Promise<readonly Measurement[]> {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER_FILE, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const stop = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', stop);
    child.once('message', (message: CalibrationMessage) => {
      if ('reason' in message) reject(new NasbenchError(`calibration: ${message.reason}`));
      else resolve(message.measurements);
    });
    child.once('error', reject);
    child.once('exit', (code, killed) => {
      signal.removeEventListener('abort', stop);
      // After a message this changes nothing.
      reject(
        signal.aborted
          ? signal.reason
          : new NasbenchError(`calibration: its process ended with ${killed ?? `status ${code}`}`),
      );
    });
    child.send(request, () => {});
  });
}

/** Multiply-adds of a step of a calibration on the processor: well under a second of one core. */
const STEP_ON_PROCESSOR = 3e9;

/**
 * Cells that stand for all by their multiply-adds. On a processor the time of an image hardly depends on how many are in
 * a batch: large networks get small ones there, so that a step takes well under a second.
 */
export function cellsToCalibrate(
  { units, costs }: Countable,
  configuration: Configuration,
  count: number,
  onProcessor: boolean,
): CalibratedCell[] {
  const { batchSize, shards } = setupOf(configuration).training;
  const rows = Array.from({ length: units.cellCount }, (_, row) => row);
  return stratifiedSample(rows, count, (row) => costs.multiplyAdds[row]).map((row) => {
    const multiplyAdds = costs.multiplyAdds[row];
    const most = Math.max(1, Math.floor(STEP_ON_PROCESSOR / (PASSES_OF_A_STEP * multiplyAdds)));
    return {
      text: units.at(row).cell,
      multiplyAdds,
      batchSize: onProcessor ? Math.min(batchSize / shards, most) : batchSize / shards,
    };
  });
}
