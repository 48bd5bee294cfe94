import { copyFile, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRandom } from '@nasbench/foundation/random';
import { describe, expect, it } from 'vitest';
import { decodePng, pngShape } from '../src/images/png.node.ts';
import { ImageFileError, loadImages, parseImageName } from '../src/index.ts';
import { png } from './png.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const random = createRandom('png');
const noise = (count: number, most = 256) => Uint8Array.from({ length: count }, () => random.int(most));

function decoded(bytes: Uint8Array): number[] {
  const shape = pngShape(bytes, 'x.png');
  const pixels = new Uint8Array(shape.size * shape.size * shape.channels);
  decodePng(bytes, 'x.png', shape, pixels);
  return [...pixels];
}

describe('a PNG image', () => {
  it.each([1, 7, 16])('of %s x the same is read whatever its filters', (size) => {
    const grey = noise(size * size);
    expect(decoded(png(size, size, grey))).toEqual([...grey]);
    const rgb = noise(size * size * 3);
    expect(decoded(png(size, size, rgb, { colour: 2 }))).toEqual([...rgb]);
  });

  it('of few grey levels is spread over 0 to 255', () => {
    for (const depth of [1, 2, 4]) {
      const levels = noise(81, 2 ** depth);
      const expected = [...levels].map((level) => (level * 255) / (2 ** depth - 1));
      expect(decoded(png(9, 9, levels, { depth }))).toEqual(expected);
    }
  });

  it('with a palette becomes RGB', () => {
    const palette = [...noise(12)];
    for (const depth of [2, 4, 8]) {
      const places = noise(25, 4);
      const expected = [...places].flatMap((place) => palette.slice(3 * place, 3 * place + 3));
      expect(decoded(png(5, 5, places, { colour: 3, depth, palette }))).toEqual(expected);
    }
  });

  it('with an alpha channel is read where it is opaque', () => {
    const rgb = noise(48);
    const withAlpha = [...Array(16).keys()].flatMap((i) => [...rgb.subarray(3 * i, 3 * i + 3), 255]);
    expect(decoded(png(4, 4, withAlpha, { colour: 6 }))).toEqual([...rgb]);
    expect(decoded(png(2, 2, [1, 255, 2, 255, 3, 255, 4, 255], { colour: 4 }))).toEqual([1, 2, 3, 4]);
    withAlpha[4 * 6 + 3] = 254;
    const transparent = 'x.png is transparent at row 1, column 2, expected an opaque image';
    expect(() => decoded(png(4, 4, withAlpha, { colour: 6 }))).toThrow(transparent);
    expect(() => decoded(png(2, 2, [5, 6, 7, 5], { transparency: [0, 7] }))).toThrow('x.png is transparent at row 1');
    expect(() =>
      decoded(png(2, 2, [0, 0, 1, 1], { colour: 3, palette: [1, 2, 3, 4, 5, 6], transparency: [255, 9] })),
    ).toThrow('x.png is transparent at row 1, column 0');
  });

  const good = png(6, 6, noise(36));
  const withByte = (place: number, value: number) => {
    const bytes = Buffer.from(good);
    bytes[place] = value;
    return bytes;
  };
  it.each([
    ['nothing', Buffer.alloc(0), 'x.png is empty, expected a PNG image'],
    ['text', Buffer.from('cat, probably\n'), 'x.png does not start as PNG files do, expected a PNG image'],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'x.png does not start as PNG files do'],
    ['a cut header', good.subarray(0, 20), 'x.png ends after 20 bytes, within the header of a PNG image'],
    ['a cut image', good.subarray(0, -20), 'x.png is a damaged PNG image: '],
    ['another header checksum', withByte(29, good[29] ^ 1), 'x.png is a damaged PNG image: '],
    ['damaged pixels', withByte(45, good[45] ^ 1), 'x.png is a damaged PNG image: '],
    ['too few pixels', png(6, 6, noise(36), { claimed: [7, 7] }), 'x.png is a damaged PNG image: '],
    ['no square', png(3, 4, noise(12)), 'x.png is 3 x 4 pixels, expected a square of at most 1024 x 1024'],
    ['no pixels', png(1, 1, [0], { claimed: [0, 0] }), 'x.png is 0 x 0 pixels, expected a square'],
    ['a bomb', png(1, 1, [0], { claimed: [1e5, 1e5] }), 'x.png is 100000 x 100000 pixels, expected a square'],
    ['16 bits', png(2, 2, noise(4), { depth: 16 }), 'x.png has 16 bits a channel, expected 8'],
    ['interlacing', png(2, 2, noise(4), { interlaced: true }), 'x.png is interlaced, expected a PNG image that is not'],
    ['a colour type of its own', withByte(25, 5), 'x.png has colour type 5, expected one of 0, 2, 3, 4, 6'],
    ['no palette', png(2, 2, noise(4, 2), { colour: 3 }), 'x.png is a damaged PNG image: Expected palette not found'],
  ])('is refused with %s, in one line', (_, bytes, message) => {
    expect(() => decoded(bytes)).toThrow(message);
    expect(() => decoded(bytes)).toThrow(ImageFileError);
    expect(() => decoded(bytes)).toThrow(/^.*$/);
  });
});

type Files = Record<string, Uint8Array | string>;

/** Grey 2 x 2 images named 00.png, 01.png, .. whose pixels are all `10 label + number`, with label -1 for validation. */
function classFiles(folder: string, label: number, count: number): Files {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${folder}/${String(i).padStart(2, '0')}.png`,
      png(2, 2, Array(4).fill(10 * label + i)),
    ]),
  );
}

const TWO_CLASSES: Files = {
  ...classFiles('train/b', 10, 10),
  ...classFiles('train/a', 0, 5),
  ...classFiles('test/a', 15, 2),
  ...classFiles('test/b', 20, 3),
};

async function folderOf(files: Files): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  return folder;
}

async function withFiles(files: Files): Promise<string> {
  return folderOf({ ...TWO_CLASSES, ...files });
}

async function without(...names: string[]): Promise<string> {
  const folder = await folderOf(TWO_CLASSES);
  for (const name of names) await rm(path.join(folder, name), { recursive: true });
  return folder;
}

describe('a folder of class folders', () => {
  it('holds out every fifth image of a class, in a fixed order, and is normalised by what it trains on', async () => {
    const images = await loadImages(`folder:${await folderOf(TWO_CLASSES)}`);
    expect(images).toMatchObject({ size: 2, channels: 1, labels: 2, mirrorable: false });
    // a: 0 1 2 3, b: 100 101 102 103 105 106 107 108; places 1/8 3/8 5/8 7/8 and 1/16 3/16 ..
    const trained = [100, 0, 101, 102, 1, 103, 105, 2, 106, 107, 3, 108];
    expect(firstPixels(images.train.images)).toEqual(trained);
    expect([...images.train.labels]).toEqual(trained.map((value) => (value < 50 ? 0 : 1)));
    expect(firstPixels(images.validation.images)).toEqual([104, 4, 109]);
    expect([...images.validation.labels]).toEqual([1, 0, 1]);
    expect(firstPixels(images.test.images)).toEqual([200, 150, 201, 151, 202]);
    expect(images.trainEvaluation.count).toBe(12);
    const mean = trained.reduce((sum, value) => sum + value) / 12;
    const variance = trained.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 12;
    expect(images.mean[0]).toBeCloseTo(mean, 4);
    expect(images.std[0]).toBeCloseTo(Math.sqrt(variance), 4);
    expect(images.description).toBe(
      'PNG images in class folders, 2 classes (a, b): train = 12, validation = 3 (every 5th file of each class of train), ' +
        'test = 5, train accuracy on 12 training images; not mirrored, whatever augmentation.flip is; mean 69.8333, std 48.375',
    );
  });

  it('uses a validation folder where there is one, and mirrors if told to', async () => {
    const folder = await withFiles({ ...classFiles('validation/a', 1, 1), ...classFiles('validation/b', 2, 1) });
    const images = await loadImages(`folder:${folder}`, { mirrorable: true });
    expect([images.train.count, images.validation.count, images.test.count]).toEqual([15, 2, 5]);
    expect(firstPixels(images.validation.images)).toEqual([10, 20]);
    expect(images.mirrorable).toBe(true);
    expect(images.description).toContain('mirrored where augmentation.flip is true');
  });

  it('sorts names by code units, skips hidden ones and follows links', async () => {
    const bytes = (value: number) => png(2, 2, Array(4).fill(value));
    // Locales would put é between e and f, and a before Z.
    const folder = await folderOf({
      'train/Z/1.png': bytes(1),
      'train/a/1.png': bytes(2),
      'train/é/1.png': bytes(3),
      'train/f/10.png': bytes(4),
      'train/f/9.PNG': bytes(5),
      'train/.DS_Store': 'x',
      'train/f/._9.png': 'x',
      'notes.txt': 'x',
    });
    for (const split of ['validation', 'test']) await symlink(path.join(folder, 'train'), path.join(folder, split));
    const images = await loadImages(`folder:${folder}`);
    expect(firstPixels(images.train.images)).toEqual([4, 1, 2, 3, 5]);
    expect([...images.train.labels]).toEqual([2, 0, 1, 3, 2]);
    expect(images.test).toEqual(images.train);
  });

  it('reads RGB and averages it down', async () => {
    const picture = [...noise(48)];
    const files = ['train/a', 'train/b', 'validation/a', 'validation/b', 'test/a', 'test/b'].map((place) => [
      `${place}/1.png`,
      png(4, 4, picture, { colour: 2 }),
    ]);
    const folder = await folderOf(Object.fromEntries(files));
    const images = await loadImages(`folder:${folder}`);
    expect([...images.train.images]).toEqual([...picture, ...picture]);
    expect(images.mean).toHaveLength(3);
    expect((await loadImages(`folder:${folder}`, { size: 2 })).train.images).toHaveLength(2 * 12);
  });

  it('gives a channel that is the same everywhere the deviation 1', async () => {
    const files = ['train/a', 'train/b', 'validation/a', 'validation/b', 'test/a', 'test/b'].map((place) => [
      `${place}/1.png`,
      png(1, 1, [7]),
    ]);
    expect(await loadImages(`folder:${await folderOf(Object.fromEntries(files))}`)).toMatchObject({
      mean: [7],
      std: [1],
    });
  });

  it.each([
    ['train', 'train: no such file or folder'],
    ['test', 'test: no such file or folder'],
    ['train/b', 'train has 1 class folders, expected 2 to 256'],
    ['test/b', 'test/b does not exist, expected all classes of train'],
  ])('is refused without %s', async (name, message) => {
    const folder = await without(name);
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(message);
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(folder);
  });

  it.each<[string, Files, string]>([
    ['a text file', { 'test/b/01.png': 'cat' }, 'test/b/01.png does not start as PNG files do'],
    ['another size', { 'test/b/01.png': png(3, 3, noise(9)) }, 'test/b/01.png is 3 x 3 grey, expected 2 x 2 grey as '],
    ['a colour', { 'train/b/07.png': png(2, 2, noise(12), { colour: 2 }) }, 'train/b/07.png is 2 x 2 RGB, expected 2'],
    ['another kind of file', { 'train/b/07.jpg': 'x' }, 'train/b/07.jpg is not expected, only .png files'],
    ['a folder in a class', { 'train/b/c/1.png': 'x' }, 'train/b/c is not expected, only .png files'],
    ['a folder named as an image', { 'train/b/c.png/1.png': 'x' }, 'train/b/c.png is not expected, only .png files'],
    ['a file beside the classes', { 'train/list.txt': 'x' }, 'train/list.txt is no folder, expected a folder for each'],
    ['an unknown class', { 'test/c/1.png': 'x' }, 'test/c is no class of train, expected folders named a, b'],
    ['another split', { 'val/a/1.png': 'x' }, 'val is none of the folders that are read: train, validation and test'],
  ])('is refused with %s', async (_, files, message) => {
    const loading = loadImages(`folder:${await withFiles(files)}`);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(ImageFileError);
  });

  it('is refused with a class of nothing, or of too few images to hold one out', async () => {
    const folder = await without('train/a/03.png');
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(
      `train/a holds 4 images, expected 5 or more (every 5th is for validation, as there is no folder ${folder}/validation)`,
    );
    for (const i of [0, 1, 2, 4]) await rm(path.join(folder, `train/a/0${i}.png`));
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow('train/a is empty, expected .png files');
  });

  it('is refused with more classes than labels', async () => {
    const folder = await temporaryFolder();
    for (let i = 0; i < 257; i++) await mkdir(path.join(folder, 'train', `class${i}`), { recursive: true });
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow('train has 257 class folders, expected 2 to 256');
  });

  it('is refused with links in a circle, links to nowhere and what is no file', async () => {
    const folder = await folderOf(TWO_CLASSES);
    const link = path.join(folder, 'train/a/05.png');
    await symlink(link, link);
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(
      `cannot read ${link}: its symbolic links lead in a circle`,
    );
    await rm(link);
    await symlink(`${folder}/nowhere`, link);
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(`cannot read ${link}: no such file or folder`);
    await rm(link);
    await symlink('/dev/zero', link);
    await expect(loadImages(`folder:${folder}`)).rejects.toThrow(`${link} is not expected, only .png files`);
  });

  it('is refused where it is a file or absent', async () => {
    const folder = await temporaryFolder();
    await copyFile(import.meta.filename, path.join(folder, 'file'));
    await expect(loadImages(`folder:${folder}/file`)).rejects.toThrow('/file: a part of the path is a file');
    await expect(loadImages(`folder:${folder}/absent`)).rejects.toThrow('/absent: no such file or folder');
  });
});

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 + shape.length);
  shape.forEach((length, i) => header.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([header, Uint8Array.from(values)]);
}

/** 13 training images and 3 test images of 2 x 2; image i is all i, its label i mod 3. */
function idxFiles(changes: Files = {}): Promise<string> {
  const pixels = (count: number) => Array.from({ length: 4 * count }, (_, i) => i >> 2);
  const labels = (count: number) => Array.from({ length: count }, (_, i) => i % 3);
  return folderOf({
    'train-images-idx3-ubyte': idx([13, 2, 2], pixels(13)),
    'train-labels-idx1-ubyte': idx([13], labels(13)),
    't10k-images-idx3-ubyte': idx([3, 2, 2], pixels(3)),
    't10k-labels-idx1-ubyte': idx([3], labels(3)),
    ...changes,
  });
}

describe('IDX files of any size', () => {
  it('hold out the last sixth and are normalised by what they train on', async () => {
    const images = await loadImages(`idx:${await idxFiles()}`);
    expect(images).toMatchObject({ size: 2, channels: 1, labels: 3, mirrorable: false, mean: [5] });
    expect(firstPixels(images.train.images)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(images.std[0]).toBeCloseTo(Math.sqrt(10), 4);
    expect(firstPixels(images.validation.images)).toEqual([11, 12]);
    expect([...images.validation.labels]).toEqual([2, 0]);
    expect(images.trainEvaluation.count).toBe(11);
    expect(images.test.count).toBe(3);
    expect(images.description).toMatch(
      /^images from IDX files, 3 classes: train = images 0 to 10 of the training file, validation = its images 11 to 12, train accuracy on images 0 to 10, test = the 3 test images; not mirrored/,
    );
  });

  it('may have channels', async () => {
    const folder = await temporaryFolder();
    const values = noise(6 * 12);
    for (const [name, bytes] of Object.entries({
      'train-images-idx4-ubyte': idx([6, 2, 2, 3], values),
      'train-labels-idx1-ubyte': idx([6], [0, 1, 2, 0, 1, 2]),
      't10k-images-idx4-ubyte': idx([1, 2, 2, 3], values.subarray(0, 12)),
      't10k-labels-idx1-ubyte': idx([1], [2]),
    }))
      await writeFile(path.join(folder, name), bytes);
    const images = await loadImages(`idx:${folder}`);
    expect([...images.train.images, ...images.validation.images]).toEqual([...values]);
    expect(images).toMatchObject({ channels: 3, labels: 3 });
    expect(images.std).toHaveLength(3);
  });

  it.each<[string, Files, string]>([
    [
      'oblong images',
      { 'train-images-idx3-ubyte': idx([13, 2, 1], noise(26)) },
      'holds 13 x 2 x 1 values, expected one',
    ],
    [
      'no images',
      { 't10k-images-idx3-ubyte': idx([0, 2, 2], []) },
      'holds 0 x 2 x 2 values, expected one image or more',
    ],
    [
      'other test images',
      { 't10k-images-idx3-ubyte': idx([3, 1, 1], noise(3)) },
      'holds images of 1 x 1 x 1, expected 2',
    ],
    ['fewer labels', { 'train-labels-idx1-ubyte': idx([12], noise(12)) }, 'holds 12 values, expected 13'],
    [
      'one class',
      { 'train-labels-idx1-ubyte': idx([13], Array(13).fill(0)) },
      'are all 0, expected two classes or more',
    ],
    [
      'sorted labels',
      { 'train-labels-idx1-ubyte': idx([13], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]) },
      'train-labels-idx1-ubyte, record 11: no image that is trained on has label 2',
    ],
    [
      'a label of its own in test',
      { 't10k-labels-idx1-ubyte': idx([3], [0, 1, 9]) },
      't10k-labels-idx1-ubyte, record 2: no image that is trained on has label 9',
    ],
    [
      'too few to hold one out',
      { 'train-images-idx3-ubyte': idx([5, 2, 2], noise(20)), 'train-labels-idx1-ubyte': idx([5], [0, 1, 2, 0, 1]) },
      'holds 5 images, expected 6 or more (the last sixth is for validation)',
    ],
  ])('are refused with %s', async (_, changes, message) => {
    const loading = loadImages(`idx:${await idxFiles(changes)}`);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(ImageFileError);
  });

  it('are refused where there are none, or too large a one', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'train-images-idx3-ubyte');
    await expect(loadImages(`idx:${folder}`)).rejects.toThrow(`cannot read ${file}: no such file or folder`);
    await writeFile(file, '');
    await truncate(file, 2 ** 33);
    await expect(loadImages(`idx:${folder}`)).rejects.toThrow(/cannot read .*idx3-ubyte: File size .* greater than/);
  });
});

describe('a name of images', () => {
  it.each([
    ['mnist', 'mnist', 'mnist', undefined],
    ['mnist:digits', 'mnist', 'mnist:/base/digits', '/base/digits'],
    ['cifar10:/data/c', 'cifar10', 'cifar10:/data/c', '/data/c'],
    ['folder:../pets', 'folder', 'folder:/pets', '/pets'],
    ['idx:a:b', 'idx', 'idx:/base/a:b', '/base/a:b'],
    ['synthetic', 'synthetic', 'synthetic', undefined],
    ['synthetic:7', 'synthetic:7', 'synthetic:7', undefined],
  ])('%s is taken apart', (name, set, absolute, folder) => {
    const parsed = parseImageName(name, '/base');
    expect([parsed.set, parsed.absolute, parsed.folder]).toEqual([set, absolute, folder]);
    expect(parseImageName(parsed.absolute, '/elsewhere')).toEqual(parsed);
  });
});

/** The first value of each 2 x 2 image of one channel. */
function firstPixels(images: Uint8Array): number[] {
  return [...images].filter((_, i) => i % 4 === 0);
}
