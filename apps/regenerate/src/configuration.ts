import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { withPath, writeFileAtomically } from '@nasbench/foundation/files';
import type { ImageOptions, ImageSet } from '@nasbench/trainer';
import * as z from 'zod';

/**
 * Everything that decides the numbers of a regeneration, in `regeneration.json` of its folder. The same configuration
 * gives the same bits on every machine; the number of workers is not part of it.
 */
export type Configuration = z.infer<typeof Configuration>;

const count = z.int().positive();
const limits = z.strictObject({
  train: count.optional(),
  trainEvaluation: count.optional(),
  validation: count.optional(),
  test: count.optional(),
});

export const Configuration = z.strictObject({
  formatVersion: z.literal(1),
  /** every random draw of every run is derived from it */
  seed: z.string(),
  space: z.strictObject({ maxVertices: count, maxEdges: count, operations: z.array(z.string()).min(1) }),
  /** the cells as text, in the order they are trained */
  cells: z.array(z.string()).min(1),
  epochs: z.array(count).min(1),
  repeats: count,
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
  /** of this package: other code may give other numbers */
  codeVersion: z.string(),
});

/** How the images are to be loaded. */
export function imageOptions({ images }: Configuration): ImageOptions {
  // Through JSON: keys that are absent, not undefined.
  return JSON.parse(JSON.stringify(images.options));
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

export const configurationFile = (folder: string): string => path.join(folder, 'regeneration.json');

/** The folder's configuration; undefined if it has none yet. */
export async function readConfiguration(folder: string): Promise<Configuration | undefined> {
  const file = configurationFile(folder);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw withPath(error, `cannot read ${file}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NasbenchError(`${file} is not JSON; expected the configuration that regenerate wrote`);
  }
  const parsed = Configuration.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NasbenchError(`${file}: ${issue.path.join('.') || 'document'}: ${issue.message.toLowerCase()}`);
}

/** Writes the configuration of a folder without runs; one whose runs were made with another configuration is refused. */
export async function claimFolder(folder: string, configuration: Configuration, hasRuns: boolean): Promise<void> {
  const found = hasRuns ? await readConfiguration(folder) : undefined;
  if (found === undefined) {
    const text = `${JSON.stringify(configuration, undefined, 2)}\n`;
    await writeFileAtomically(configurationFile(folder), text, { force: true });
    return;
  }
  const differing = differingKeys(found, configuration);
  if (differing.length === 0) return;
  if (differing.join() === 'codeVersion') {
    throw new UsageError(
      `${folder} was made by nasbench ${found.codeVersion}, this is ${configuration.codeVersion}, which may give other numbers; choose another --out`,
    );
  }
  throw new UsageError(
    `${folder} was started with other settings (${listed(differing)}); give the same ones to go on, or another --out`,
  );
}

/** `images differs`, `seed and epochs differ`. */
export function listed(keys: readonly string[]): string {
  return keys.length === 1 ? `${keys[0]} differs` : `${keys.join(' and ')} differ`;
}

/** The keys in which two configurations are not the same. */
export function differingKeys(a: Configuration, b: Configuration): string[] {
  const [left, right] = [identity(a), identity(b)];
  return Object.keys(Configuration.shape).filter((key) => !isDeepStrictEqual(left[key], right[key]));
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
