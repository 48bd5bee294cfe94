import type { Evaluator, TableMetadata } from '@nasbench/dataset';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import {
  describeEngine,
  type Engine,
  type ImageOptions,
  loadImages,
  type TrainingProgress,
  type TrainingSetup,
  trainCell,
} from '@nasbench/trainer';
import { Configuration, describeImages } from './configuration/configuration.ts';
import { runSeed } from './pool/trainUnit.ts';

/**
 * Trains as the rows of a regenerated table were trained: its network, procedure, images and seeds.
 *
 * @param imagesName where the images are, if the table's own name does not say it (`cifar10` for `cifar10:DIR`)
 * @throws UsageError for a table that does not say how it was made, or other images than it was made with
 */
export async function tableEvaluator(
  { images: described, network, training, seed }: TableMetadata,
  imagesName: string | undefined,
  hooks: { readonly onProgress: (progress: TrainingProgress) => void; readonly signal: AbortSignal },
): Promise<Evaluator> {
  const parsed = Configuration.shape.images.safeParse(described);
  if (!parsed.success || network === null || training === null || seed === null)
    throw new UsageError('the table does not say how it was trained; expected one that assemble wrote');
  const options: ImageOptions = JSON.parse(JSON.stringify(parsed.data.options));
  const images = await loadImages(imagesName ?? parsed.data.name, options);
  const { sha256 } = describeImages(images, options);
  if (sha256 !== parsed.data.sha256)
    throw new UsageError(
      `images ${images.name} have the checksum ${sha256}, the table was trained on ${parsed.data.sha256}`,
    );
  const setup = { network, training } as unknown as TrainingSetup;
  return async ({ cell, moduleHash, epochs, repeat }) => {
    const run = runSeed(seed, { moduleHash, epochs, repeat });
    const result = await trainCell(cell, images, setup, { epochs, seed: run, ...hooks });
    if (result.status === 'failed') throw new NasbenchError(`training failed: ${result.reason}`);
    const [start, half, end] = result.points;
    return { start, half, end, totalTime: result.totalTime };
  };
}

/** Why numbers may differ from the table's though everything that decides them is the same; undefined if nothing does. */
export function differenceOf({ codeVersion, engine }: TableMetadata, version: string, running: Engine) {
  const now = describeEngine(running);
  if (codeVersion !== version) return `the table was made by nasbench ${codeVersion}, this is ${version}`;
  return engine === now ? undefined : `the table was trained on ${engine ?? 'an unknown engine'}, this is ${now}`;
}
