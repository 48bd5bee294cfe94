import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { asImageFileError, ImageFileError, readImageFile } from './imageFile.node.ts';
import type { ImageSplit, StoredImages } from './imageSet.ts';
import { assertFits, MOST_CLASSES, measureNormalisation, TRAIN_EVALUATION } from './ownImages.ts';
import { decodePng, type PngShape, pngShape } from './png.node.ts';

/** Without a validation folder the 5th, 10th, .. file of every class of `train`, in the order of their names, is held out. */
const HOLD_OUT = 5;

/** The files of each class, sorted by name. */
type FilesByClass = readonly (readonly string[])[];

/**
 * PNG images in folders named after their classes: `train/CLASS/*.png`, `test/CLASS/*.png` and, if it is there,
 * `validation/CLASS/*.png`. Names are sorted by UTF-16 code units and give the labels 0, 1, ..; names that start with
 * a dot are skipped. Images of a split come spread: any first part of it has the classes in proportion.
 *
 * @throws ImageFileError naming the file or folder that is missing or not as expected
 */
export async function readImageFolder(folder: string): Promise<StoredImages> {
  const present = await foldersOf(folder, 'expected the folders train, test and, if there is one, validation', false);
  const unknown = present.find((name) => !['train', 'validation', 'test'].includes(name));
  if (unknown !== undefined)
    throw new ImageFileError(
      `${path.join(folder, unknown)} is none of the folders that are read: train, validation and test`,
    );
  const classes = await foldersOf(path.join(folder, 'train'), 'expected a folder for each class');
  if (classes.length < 2 || classes.length > MOST_CLASSES)
    throw new ImageFileError(
      `${path.join(folder, 'train')} has ${classes.length} class folders, expected 2 to ${MOST_CLASSES}`,
    );
  const stored = await filesOf(path.join(folder, 'train'), classes);
  const test = await filesOf(path.join(folder, 'test'), classes);
  const isHeldOut = !present.includes('validation');
  const [train, validation] = isHeldOut
    ? [holdOut(folder, classes, stored, false), holdOut(folder, classes, stored, true)]
    : [stored, await filesOf(path.join(folder, 'validation'), classes)];

  const first = train[0][0];
  const shape = pngShape(await readImageFile(first), first);
  const read = async (split: string, files: FilesByClass) =>
    readSplit(path.join(folder, split), spreadByClass(files), shape, first);
  const trainSplit = await read('train', train);
  const validationSplit = await read(isHeldOut ? 'train' : 'validation', validation);
  const testSplit = await read('test', test);
  const { size, channels } = shape;
  return {
    name: 'folder',
    description: [
      `PNG images in class folders, ${classes.length} classes (${shortened(classes)}): train = ${trainSplit.count}`,
      `validation = ${validationSplit.count}${isHeldOut ? ` (every ${HOLD_OUT}th file of each class of train)` : ''}`,
      `test = ${testSplit.count}`,
      `train accuracy on ${Math.min(trainSplit.count, TRAIN_EVALUATION)} training images`,
    ].join(', '),
    size,
    channels,
    labels: classes.length,
    ...measureNormalisation(trainSplit, channels),
    mirrorable: false,
    train: trainSplit,
    trainEvaluationCount: Math.min(trainSplit.count, TRAIN_EVALUATION),
    validation: validationSplit,
    test: testSplit,
  };
}

interface Entry {
  readonly name: string;
  readonly kind: 'folder' | 'file' | 'neither';
}

/** What is in a folder, sorted by code units so that the order is the same on every machine; links are followed. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const refused = (file: string) => (error: unknown) => {
    throw asImageFileError(error, file);
  };
  const entries: Entry[] = [];
  for (const found of await readdir(folder, { withFileTypes: true }).catch(refused(folder))) {
    if (found.name.startsWith('.')) continue;
    const file = path.join(folder, found.name);
    const kind = found.isSymbolicLink() ? await stat(file).catch(refused(file)) : found;
    entries.push({ name: found.name, kind: kind.isDirectory() ? 'folder' : kind.isFile() ? 'file' : 'neither' });
  }
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of the folders in a folder; where only folders belong, anything else is refused. */
async function foldersOf(folder: string, expected: string, only = true): Promise<string[]> {
  const entries = await entriesOf(folder);
  const other = only ? entries.find(({ kind }) => kind !== 'folder') : undefined;
  if (other) throw new ImageFileError(`${path.join(folder, other.name)} is no folder, ${expected}`);
  return entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
}

/** The PNG files of a split, whose class folders must be those of `train`. */
async function filesOf(split: string, classes: readonly string[]): Promise<string[][]> {
  const found = await foldersOf(split, `expected folders named after the classes ${shortened(classes)}`);
  const unknown = found.find((name) => !classes.includes(name));
  if (unknown !== undefined)
    throw new ImageFileError(
      `${path.join(split, unknown)} is no class of train, expected folders named ${shortened(classes)}`,
    );
  const byClass: string[][] = [];
  for (const name of classes) {
    const folder = path.join(split, name);
    if (!found.includes(name)) throw new ImageFileError(`${folder} does not exist, expected all classes of train`);
    const entries = await entriesOf(folder);
    const other = entries.find((entry) => entry.kind !== 'file' || !/\.png$/i.test(entry.name));
    if (other) throw new ImageFileError(`${path.join(folder, other.name)} is not expected, only .png files`);
    if (entries.length === 0) throw new ImageFileError(`${folder} is empty, expected .png files`);
    byClass.push(entries.map((entry) => path.join(folder, entry.name)));
  }
  return byClass;
}

/** The files of `train` that are held out, or those that are left. */
function holdOut(folder: string, classes: readonly string[], stored: FilesByClass, wanted: boolean): FilesByClass {
  return stored.map((files, label) => {
    if (files.length < HOLD_OUT)
      throw new ImageFileError(
        `${path.join(folder, 'train', classes[label])} holds ${files.length} images, expected ${HOLD_OUT} or more ` +
          `(every ${HOLD_OUT}th is for validation, as there is no folder ${path.join(folder, 'validation')})`,
      );
    return files.filter((_, i) => (i % HOLD_OUT === HOLD_OUT - 1) === wanted);
  });
}

interface LabelledFile {
  readonly file: string;
  readonly label: number;
}

/** File i of the n of a class comes at the place (i + 1/2) / n of the whole. */
function spreadByClass(files: FilesByClass): LabelledFile[] {
  return files
    .flatMap((ofClass, label) => ofClass.map((file, i) => ({ file, label, place: (i + 0.5) / ofClass.length })))
    .toSorted((a, b) => a.place - b.place || a.label - b.label);
}

async function readSplit(
  split: string,
  files: readonly LabelledFile[],
  shape: PngShape,
  first: string,
): Promise<ImageSplit> {
  assertFits(split, files.length, shape.size, shape.channels);
  const values = shape.size * shape.size * shape.channels;
  const images = new Uint8Array(files.length * values);
  for (const [i, { file }] of files.entries()) {
    const bytes = await readImageFile(file);
    const { size, channels } = pngShape(bytes, file);
    if (size !== shape.size || channels !== shape.channels)
      throw new ImageFileError(`${file} is ${inWords({ size, channels })}, expected ${inWords(shape)} as ${first}`);
    decodePng(bytes, file, shape, images.subarray(i * values, (i + 1) * values));
  }
  return { images, labels: Uint8Array.from(files, ({ label }) => label), count: files.length };
}

function inWords({ size, channels }: PngShape): string {
  return `${size} x ${size} ${channels === 1 ? 'grey' : 'RGB'}`;
}

function shortened(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 9).join(', ')}, .., ${names[names.length - 1]}`;
}
