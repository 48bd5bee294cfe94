import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { writeFileAtomically } from '@nasbench/foundation/files';
import {
  type Checkpoint,
  type CheckpointStore,
  checkpointFolder,
  newestCheckpoint,
  type TrainingResult,
} from '@nasbench/trainer';

/** What `train --save FOLDER` goes on from and keeps its checkpoints in. */
export interface RunFolder {
  readonly checkpoints: CheckpointStore;
  /** undefined in a new folder */
  readonly resume: Checkpoint | undefined;
}

const resultFile = (folder: string): string => path.join(folder, 'result.json');

/** @throws UsageError if the folder holds a finished run */
export async function openRunFolder(folder: string, everySeconds: number): Promise<RunFolder> {
  if (existsSync(resultFile(folder)))
    throw new UsageError(`${folder} holds a finished run (result.json); choose another folder`);
  return { checkpoints: checkpointFolder(folder, { everySeconds }), resume: await newestCheckpoint(folder) };
}

export type CompletedRun = Extract<TrainingResult, { status: 'completed' }>;

/** What a picture of a run says beside its numbers. */
interface CurveLabels {
  readonly cell: string;
  readonly epochs: number;
  readonly source: string;
}

/** Adds result.json, with the loss of every step, and curve.svg. */
export async function closeRunFolder(
  folder: string,
  document: object,
  run: CompletedRun,
  labels: CurveLabels,
): Promise<void> {
  await drawCurve(path.join(folder, 'curve.svg'), run, labels, true);
  await writeFileAtomically(resultFile(folder), `${JSON.stringify({ ...document, ...run }, undefined, 2)}\n`);
}

/** Draws loss, learning rate and accuracies of a run into an SVG or PNG file. */
export async function drawCurve(
  file: string,
  { points, history }: CompletedRun,
  labels: CurveLabels,
  force: boolean,
): Promise<void> {
  const { losses, learningRates } = history;
  // Half of the time to start a training would go to loading these.
  const { trainingRunFigure } = await import('@nasbench/viz');
  const { toPng } = await import('@nasbench/viz/node');
  const { svg } = trainingRunFigure({ ...labels, points, losses, learningRates, provenance: 'regenerated' });
  await writeFileAtomically(file, isPng(file) ? toPng(svg) : svg, { force });
}

/** @throws UsageError for a name that says neither SVG nor PNG */
export function assertCurveName(file: string): void {
  if (!isPng(file) && path.extname(file).toLowerCase() !== '.svg')
    throw new UsageError(`--curve ${file}: expected a name that ends in .svg or .png`);
}

const isPng = (file: string): boolean => path.extname(file).toLowerCase() === '.png';
