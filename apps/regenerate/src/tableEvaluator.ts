import type { Evaluator, TableMetadata } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { type TrainingProgress, trainCell } from '@nasbench/trainer';
import { operationsOf, setupOf } from './configuration/configuration.ts';
import { runSeed } from './pool/trainUnit.ts';
import { tableTraining } from './tableTraining.ts';

/**
 * Trains as the rows of a regenerated table were trained, see {@link tableTraining}.
 *
 * @param operationsFile of the table's own operations, on this machine; null: nowhere
 * @throws UsageError for a table that does not say how it was made, or other images or operations than it was made with
 */
export async function tableEvaluator(
  metadata: TableMetadata,
  imagesName: string | undefined,
  operationsFile: string | null,
  hooks: { readonly onProgress: (progress: TrainingProgress) => void; readonly signal: AbortSignal },
): Promise<Evaluator> {
  const { configuration, images } = await tableTraining(metadata, imagesName);
  const setup = setupOf(configuration, await operationsOf(configuration, operationsFile));
  return async ({ cell, moduleHash, epochs, repeat }) => {
    const run = runSeed(configuration.seed, { moduleHash, epochs, repeat });
    const result = await trainCell(cell, images, setup, { epochs, seed: run, ...hooks });
    if (result.status === 'failed') throw new NasbenchError(`training failed: ${result.reason}`);
    const [start, half, end] = result.points;
    return { start, half, end, totalTime: result.totalTime };
  };
}
