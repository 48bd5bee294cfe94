import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ImageFileError, readImageFile } from './imageFile.node.ts';
import type { ImageSplit, StoredImages } from './imageSet.ts';

const SIZE = 32;
const PLANE = SIZE * SIZE;
/** one label, then the red, the green and the blue plane, each in rows */
const RECORD = 1 + 3 * PLANE;
const OFFICIAL_COUNT = 10_000;
const TRAIN_BATCHES = [1, 2, 3, 4].map(batchFile);
const OPTIONAL = [2, 3, 4].map(batchFile);
const VALIDATION = batchFile(5);
const TEST = 'test_batch.bin';

/**
 * CIFAR-10 in its binary layout ("CIFAR-10 binary version"): train = data_batch_1 to 4, validation = data_batch_5,
 * test = test_batch, train accuracy on data_batch_1 (NAS-Bench-101, section 2.4). Batches 2 to 4 may be absent and
 * files may hold another number of images than 10 000: the description then says so.
 */
export async function readCifar10(folder: string): Promise<StoredImages> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new ImageFileError(`${folder} does not exist, expected the folder of CIFAR-10's binary files`);
  if (!found.isDirectory())
    throw new ImageFileError(`${folder} is a file, expected the folder of CIFAR-10's binary files`);

  const absent = OPTIONAL.filter((name) => !existsSync(path.join(folder, name)));
  const trainFiles = TRAIN_BATCHES.filter((name) => !absent.includes(name));
  const trainSplits: ImageSplit[] = [];
  for (const name of trainFiles) trainSplits.push(await readBatch(folder, name));
  const validation = await readBatch(folder, VALIDATION);
  const test = await readBatch(folder, TEST);

  const otherSizes = [...trainFiles, VALIDATION, TEST].flatMap((name, i) => {
    const { count } = [...trainSplits, validation, test][i];
    return count === OFFICIAL_COUNT ? [] : [`${name} ${count}`];
  });
  const train = concatenate(trainSplits);
  return {
    name: 'cifar10',
    description: [
      `CIFAR-10: train = ${train.count} images of batches ${trainFiles.map((name) => name.match(/\d/)?.[0]).join(', ')}, ` +
        `validation = ${validation.count} images of batch 5, train accuracy on batch 1, test = ${test.count} images`,
      ...(absent.length > 0 ? [`absent: ${absent.join(', ')}`] : []),
      ...(otherSizes.length > 0
        ? [`images in files that do not hold ${OFFICIAL_COUNT}: ${otherSizes.join(', ')}`]
        : []),
    ].join('; '),
    size: SIZE,
    channels: 3,
    labels: 10,
    // The reference's constants, also for a part of the images: networks stay comparable.
    mean: [125.31, 122.95, 113.87],
    std: [62.99, 62.09, 66.7],
    mirrorable: true,
    train,
    trainEvaluationCount: trainSplits[0].count,
    validation,
    test,
  };
}

function batchFile(number: number): string {
  return `data_batch_${number}.bin`;
}

async function readBatch(folder: string, name: string): Promise<ImageSplit> {
  const file = path.join(folder, name);
  const bytes = await readImageFile(file);
  if (bytes.length === 0) throw new ImageFileError(`${file} is empty, expected records of ${RECORD} bytes`);
  if (bytes.length % RECORD !== 0)
    throw new ImageFileError(`${file} is short: ${bytes.length} bytes, expected a multiple of ${RECORD}`);
  const count = bytes.length / RECORD;
  const images = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * RECORD;
    labels[i] = bytes[start];
    if (labels[i] > 9) throw new ImageFileError(`${file}, record ${i}: label ${labels[i]}, expected 0 to 9`);
    const pixels = images.subarray(i * 3 * PLANE);
    for (let p = 0; p < PLANE; p++) for (let c = 0; c < 3; c++) pixels[3 * p + c] = bytes[start + 1 + c * PLANE + p];
  }
  return { images, labels, count };
}

function concatenate(splits: readonly ImageSplit[]): ImageSplit {
  const count = splits.reduce((sum, split) => sum + split.count, 0);
  const images = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const split of splits) {
    images.set(split.images, at * 3 * PLANE);
    labels.set(split.labels, at);
    at += split.count;
  }
  return { images, labels, count };
}
