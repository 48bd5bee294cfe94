import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CellSpace } from '@nasbench/graph';
import type { ImageOptions, ImageSet, TrainingSetup } from '@nasbench/trainer';
import * as z from 'zod';

const count = z.int().positive();
const limits = z.strictObject({
  train: count.optional(),
  trainEvaluation: count.optional(),
  validation: count.optional(),
  test: count.optional(),
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
  images: z.strictObject({
    /** for the trainer's loadImages, as are the options */
    name: z.string(),
    options: z.strictObject({ size: count.optional(), limits: limits.optional() }),
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
    options: JSON.parse(JSON.stringify(options)),
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
export function setupOf({ network, training }: Pick<Configuration, 'network' | 'training'>): TrainingSetup {
  return { network, training } as unknown as TrainingSetup;
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
  const text = JSON.stringify(Object.keys(Configuration.shape).map((key) => values[key]));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What decides the numbers: not where the images lie on this machine, which their checksum makes up for. */
function identity(configuration: Configuration): Record<string, unknown> {
  const { description: _, ...images } = configuration.images;
  // Through JSON: absent and undefined are the same.
  return JSON.parse(JSON.stringify({ ...configuration, images: { ...images, name: setName(images.name) } }));
}

/** `cifar10` of `cifar10:DIR`; a seed, as in `synthetic:7`, is part of the name. */
export function setName(imagesName: string): string {
  return FOLDER_SETS.find((set) => imagesName.startsWith(`${set}:`)) ?? imagesName;
}

/** Sets of images that are read from a folder of the user's. */
export const FOLDER_SETS = ['cifar10', 'mnist'];
