import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Configuration,
  claimFolder,
  configurationDigest,
  configurationFile,
  differingKeys,
  readConfiguration,
} from '../src/configuration.ts';
import { setAsideIfOther } from '../src/setAside.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const BASE: Configuration = {
  formatVersion: 1,
  seed: '0',
  space: { maxVertices: 3, maxEdges: 9, operations: ['conv3x3-bn-relu'] },
  cells: ['01/00:'],
  epochs: [1],
  repeats: 1,
  images: {
    name: 'cifar10:here/images',
    options: {},
    description: 'images in here/images',
    size: 32,
    channels: 3,
    labels: 10,
    train: 10,
    trainEvaluation: 10,
    validation: 10,
    test: 10,
    sha256: 'abc',
  },
  network: { stemFilters: 16 },
  training: { batchSize: 32 },
  codeVersion: '0.1.0',
};

describe('what makes two configurations the same', () => {
  it('is not where the images lie', () => {
    const elsewhere = { ...BASE, images: { ...BASE.images, name: 'cifar10:there', description: 'images in there' } };
    expect(differingKeys(BASE, elsewhere)).toEqual([]);
    expect(configurationDigest(elsewhere)).toBe(configurationDigest(BASE));
  });

  it('is everything else', () => {
    const others: Partial<Configuration>[] = [
      { seed: '1' },
      { epochs: [2] },
      { training: { batchSize: 64 } },
      { images: { ...BASE.images, sha256: 'x' } },
    ];
    for (const other of others) {
      expect(differingKeys(BASE, { ...BASE, ...other })).toEqual(Object.keys(other));
      expect(configurationDigest({ ...BASE, ...other })).not.toBe(configurationDigest(BASE));
    }
  });
});

describe('claimFolder', () => {
  it('takes a folder again as long as it has no runs', async () => {
    await claimFolder(folder, BASE, false);
    await claimFolder(folder, { ...BASE, seed: '1' }, false);
    expect(await readConfiguration(folder)).toMatchObject({ seed: '1' });
  });

  it('refuses other settings once it has runs, and names them', async () => {
    await claimFolder(folder, BASE, false);
    await expect(claimFolder(folder, { ...BASE, seed: '1' }, true)).rejects.toThrow('other settings (seed differs)');
    await expect(claimFolder(folder, { ...BASE, seed: '1', repeats: 2 }, true)).rejects.toThrow(
      '(seed and repeats differ)',
    );
    await expect(claimFolder(folder, { ...BASE, codeVersion: '9.0.0' }, true)).rejects.toThrow(
      'was made by nasbench 0.1.0, this is 9.0.0',
    );
    await claimFolder(folder, BASE, true);
  });

  it('names the key of a damaged configuration', async () => {
    await writeFile(configurationFile(folder), JSON.stringify({ ...BASE, repeats: 0 }));
    await expect(readConfiguration(folder)).rejects.toThrow(/regeneration\.json: repeats: /);
    await writeFile(configurationFile(folder), '{');
    await expect(readConfiguration(folder)).rejects.toThrow('regeneration.json is not JSON');
  });
});

it('setAsideIfOther keeps what was made with other settings under another name', async () => {
  await claimFolder(folder, BASE, false);
  expect(await setAsideIfOther(folder, BASE)).toBeUndefined();
  const aside = await setAsideIfOther(folder, { ...BASE, seed: '1' });
  expect(aside).toBe(`${folder}.1`);
  expect(JSON.parse(await readFile(configurationFile(`${folder}.1`), 'utf8'))).toMatchObject({ seed: '0' });
  await rm(`${folder}.1`, { recursive: true });
});
