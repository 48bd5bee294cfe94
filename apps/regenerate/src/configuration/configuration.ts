import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '@nasbench/foundation/errors';
import type { CellSpace } from '@nasbench/graph';
import type { Operations } from '@nasbench/model';
import { type ImageOptions, type ImageSet, parseImageName, type TrainingSetup } from '@nasbench/trainer';
import * as z from 'zod';
import { loadOperations } from '../operationsModule.ts';

const count = z.int().positive();
const limits = z.strictObject({
  train: count.optional(),
  trainEvaluation: count.optional(),
  validation: count.optional(),
  test: count.optional(),
});

const imageOptionsGiven = z.strictObject({
  size: count.optional(),
  limits: limits.optional(),
  mirrorable: z.boolean().optional(),
});

/**
 * Everything that decides the numbers of a run beside its cell, epochs and repeat: the same configuration gives the same
 * bits on every machine. Which runs are made, and by how many workers, is not part of it.
 */
export type Configuration = z.infer<typeof Configuration>;

export const Configuration = z.strictObject({
  /** every random draw of every run is derived from it */
  seed: z.string(),
  /** operations of the space; an operation's place is its label in module hashes */
  operations: z.array(z.string()).min(1),
  /** the file that operations of the user's own come from; absent: there are none */
  ownOperations: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
  images: z.strictObject({
    /** for the trainer's loadImages, as are the options */
    name: z.string(),
    options: imageOptionsGiven,
    description: z.string(),
    size: count,
    channels: count,
    labels: count,
    train: count,
    trainEvaluation: count,
    validation: count,
    test: count,
    /** of pixels and labels of all splits: other images give other numbers */
    sha256: z.string(),
  }),
  /** the parts of a preset whose values the packages model and trainer check */
  network: z.record(z.string(), z.json()),
  training: z.record(z.string(), z.json()),
  /** `one`: all runs on the same engine; `any`: on whatever a worker has, and every run says on which */
  engines: z.enum(['one', 'any']),
  /** of this package: other code may give other numbers */
  codeVersion: z.string(),
});

/** How the images are to be loaded. */
export function imageOptions({ options }: Configuration['images']): ImageOptions {
  // Through JSON: keys that are absent, not undefined.
  return JSON.parse(JSON.stringify(options));
}

/** What the configuration keeps of a set of images. */
export function describeImages(set: ImageSet, options: ImageOptions): Configuration['images'] {
  const hash = createHash('sha256');
  for (const split of [set.train, set.trainEvaluation, set.validation, set.test])
    hash.update(split.images).update(split.labels);
  return {
    name: set.name,
    // In the schema's order, whatever the user's: the digest is of a text.
    options: imageOptionsGiven.parse(JSON.parse(JSON.stringify(options))),
    description: set.description,
    size: set.size,
    channels: set.channels,
    labels: set.labels,
    train: set.train.count,
    trainEvaluation: set.trainEvaluation.count,
    validation: set.validation.count,
    test: set.test.count,
    sha256: hash.digest('hex'),
  };
}

/** The network and procedure of a configuration; their packages check every value before it is used. */
export function setupOf(
  { network, training }: Pick<Configuration, 'network' | 'training'>,
  operations?: Operations,
): TrainingSetup {
  return { network, training, operations } as unknown as TrainingSetup;
}

/**
 * What a configuration's operations mean: those of its own file, which lies elsewhere on every machine.
 *
 * @param file where that file is here; null: nowhere
 * @throws UsageError if it is absent or another than the configuration was made with
 */
export async function operationsOf(
  { ownOperations }: Pick<Configuration, 'ownOperations'>,
  file: string | null,
): Promise<Operations | undefined> {
  if (ownOperations === undefined) return undefined;
  if (file === null) throw new UsageError(`the operations of ${ownOperations.file} are needed; give that file`);
  const { sha256, operations } = await loadOperations(file);
  if (sha256 === ownOperations.sha256) return operations;
  throw new UsageError(
    `operations ${file} have the checksum ${sha256}, expected ${ownOperations.sha256}, that of ${ownOperations.file} which the runs are trained with`,
  );
}

/** The space that cell texts of a configuration are read in: its operations, without limits. */
export function textSpace({ operations }: Configuration): CellSpace {
  return { maxVertices: 8, maxEdges: 28, operations };
}

/** The keys in which two configurations are not the same. */
export function differingKeys(a: Configuration, b: Configuration): string[] {
  const [left, right] = [identity(a), identity(b)];
  return Object.keys(Configuration.shape).filter((key) => !isDeepStrictEqual(left[key], right[key]));
}

/** `images differs`, `seed and training differ`. */
export function listed(keys: readonly string[]): string {
  return keys.length === 1 ? `${keys[0]} differs` : `${keys.join(' and ')} differ`;
}

/** Tells configurations apart in journals. */
export function configurationDigest(configuration: Configuration): string {
  const values = identity(configuration);
  // What is absent is left out: a key that later versions add does not change the digest of earlier configurations.
  const given = Object.keys(Configuration.shape).filter((key) => values[key] !== undefined);
  const text = JSON.stringify(given.map((key) => values[key]));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What decides the numbers: not where images and operations lie on this machine, which their checksums make up for. */
function identity(configuration: Configuration): Record<string, unknown> {
  const { images, ownOperations } = configuration;
  const { description: _, ...identified } = images;
  // Through JSON: absent and undefined are the same.
  return JSON.parse(
    JSON.stringify({
      ...configuration,
      images: { ...identified, name: parseImageName(images.name).set },
      ownOperations: ownOperations?.sha256,
    }),
  );
}
