import { existsSync } from 'node:fs';
import path from 'node:path';
import { readIdx, readIdxArray } from './idx.node.ts';
import { ImageFileError } from './imageFile.node.ts';
import type { ImageSplit, StoredImages } from './imageSet.ts';
import { MOST_PIXELS, measureNormalisation, TRAIN_EVALUATION } from './ownImages.ts';

interface Pair extends ImageSplit {
  readonly size: number;
  readonly channels: number;
  readonly imageFile: string;
  readonly labelFile: string;
}

/**
 * IDX files named as MNIST's, of any number of square images: `train-images-idx3-ubyte` (count x size x size) or
 * `train-images-idx4-ubyte` (count x size x size x channels), `train-labels-idx1-ubyte`, and the same of `t10k`, the test
 * images. The last sixth of the training file is for validation, as MNIST's 10 000 of 60 000. Classes are 0 to the largest
 * training label.
 *
 * @throws ImageFileError naming the file that is missing or not as expected
 */
export async function readIdxFolder(folder: string): Promise<StoredImages> {
  const stored = await readPair(folder, 'train');
  const { size, channels } = stored;
  const test = await readPair(folder, 't10k');
  if (test.size !== size || test.channels !== channels)
    throw new ImageFileError(
      `${test.imageFile} holds images of ${test.size} x ${test.size} x ${test.channels}, ` +
        `expected ${size} x ${size} x ${channels} as ${stored.imageFile}`,
    );
  const validationCount = Math.floor(stored.count / 6);
  if (validationCount === 0)
    throw new ImageFileError(
      `${stored.imageFile} holds ${stored.count} images, expected 6 or more (the last sixth is for validation)`,
    );
  const trainCount = stored.count - validationCount;
  const train = range(stored, 0, trainCount);
  const labels = train.labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  if (labels < 2)
    throw new ImageFileError(
      `${stored.labelFile}: the first ${trainCount} labels, of the images to train on, are all 0, expected two classes or more`,
    );
  const known = new Set(train.labels);
  for (const [{ labelFile, labels: given }, from] of [[stored, trainCount] as const, [test, 0] as const]) {
    const unknown = given.findIndex((label, i) => i >= from && !known.has(label));
    if (unknown >= 0)
      throw new ImageFileError(
        `${labelFile}, record ${unknown}: no image that is trained on has label ${given[unknown]} ` +
          `(trained on are the first ${trainCount} of ${stored.imageFile}: they should be in random order)`,
      );
  }
  const trainEvaluationCount = Math.min(trainCount, TRAIN_EVALUATION);
  return {
    name: 'idx',
    description:
      `images from IDX files, ${labels} classes: train = images 0 to ${trainCount - 1} of the training file, ` +
      `validation = its images ${trainCount} to ${stored.count - 1}, ` +
      `train accuracy on images 0 to ${trainEvaluationCount - 1}, test = the ${test.count} test images`,
    size,
    channels,
    labels,
    ...measureNormalisation(train, channels),
    mirrorable: false,
    train,
    trainEvaluationCount,
    validation: range(stored, trainCount, stored.count),
    test: range(test, 0, test.count),
  };
}

async function readPair(folder: string, prefix: string): Promise<Pair> {
  const withChannels = path.join(folder, `${prefix}-images-idx4-ubyte`);
  const hasChannels = existsSync(withChannels);
  const imageFile = hasChannels ? withChannels : path.join(folder, `${prefix}-images-idx3-ubyte`);
  const labelFile = path.join(folder, `${prefix}-labels-idx1-ubyte`);
  const { shape, values } = await readIdxArray(imageFile, hasChannels ? 4 : 3);
  const [count, size, width, channels = 1] = shape;
  if (count < 1 || size !== width || size < 1 || size > MOST_PIXELS || channels < 1)
    throw new ImageFileError(
      `${imageFile} holds ${shape.join(' x ')} values, expected one image or more, square, of at most ` +
        `${MOST_PIXELS} x ${MOST_PIXELS}`,
    );
  return { images: values, labels: await readIdx(labelFile, [count]), count, size, channels, imageFile, labelFile };
}

function range({ images, labels, size, channels }: Pair, from: number, to: number): ImageSplit {
  const values = size * size * channels;
  return { images: images.subarray(from * values, to * values), labels: labels.subarray(from, to), count: to - from };
}
