import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Configuration, configurationDigest, differingKeys } from '../src/configuration/configuration.ts';
import { claimFolder, readRegeneration, regenerationFile, type Work } from '../src/configuration/regenerationFile.ts';
import { setAsideIfOther } from '../src/configuration/setAside.ts';
import { CONFIGURATION } from './runs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const BASE: Configuration = {
  ...CONFIGURATION,
  images: { ...CONFIGURATION.images, name: 'cifar10:here/images', description: 'images in here/images' },
};

const WORK: Work = { space: { maxVertices: 3, maxEdges: 9 }, cells: ['01/00:'], epochs: [1], repeats: 1 };

describe('what makes two configurations the same', () => {
  it('is not where the images lie', () => {
    const elsewhere = { ...BASE, images: { ...BASE.images, name: 'cifar10:there', description: 'images in there' } };
    expect(differingKeys(BASE, elsewhere)).toEqual([]);
    expect(configurationDigest(elsewhere)).toBe(configurationDigest(BASE));
  });

  it('is everything else', () => {
    const others: Partial<Configuration>[] = [
      { seed: '1' },
      { operations: ['maxpool3x3'] },
      { engines: 'any' },
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
    await claimFolder(folder, BASE, WORK, false);
    await claimFolder(folder, { ...BASE, seed: '1' }, WORK, false);
    expect(await readRegeneration(folder)).toMatchObject({ configuration: { seed: '1' }, work: [WORK] });
  });

  it('refuses other settings once it has runs, and names them', async () => {
    await claimFolder(folder, BASE, WORK, false);
    await expect(claimFolder(folder, { ...BASE, seed: '1' }, WORK, true)).rejects.toThrow(
      'other settings (seed differs)',
    );
    await expect(claimFolder(folder, { ...BASE, seed: '1', training: {} }, WORK, true)).rejects.toThrow(
      '(seed and training differ)',
    );
    await expect(claimFolder(folder, { ...BASE, codeVersion: '9.0.0' }, WORK, true)).rejects.toThrow(
      'was made by nasbench 0.1.0, this is 9.0.0',
    );
    await claimFolder(folder, BASE, WORK, true);
  });

  it('adds work to a folder with runs, once', async () => {
    const more = { ...WORK, repeats: 3 };
    await claimFolder(folder, BASE, WORK, false);
    await claimFolder(folder, BASE, more, true);
    await claimFolder(folder, BASE, WORK, true);
    expect((await readRegeneration(folder))?.work).toEqual([WORK, more]);
  });

  it('names the key of a damaged file', async () => {
    const whole = { formatVersion: 2, configuration: BASE, work: [{ ...WORK, repeats: 0 }] };
    await writeFile(regenerationFile(folder), JSON.stringify(whole));
    await expect(readRegeneration(folder)).rejects.toThrow(/regeneration\.json: work\.0\.repeats: /);
    await writeFile(regenerationFile(folder), JSON.stringify({ ...whole, formatVersion: 1 }));
    await expect(readRegeneration(folder)).rejects.toThrow('formatVersion: written by another version of nasbench');
    await writeFile(regenerationFile(folder), '{');
    await expect(readRegeneration(folder)).rejects.toThrow('regeneration.json is not JSON');
  });
});

describe('setAsideIfOther', () => {
  it('keeps what was made with other settings under another name', async () => {
    await claimFolder(folder, BASE, WORK, false);
    expect(await setAsideIfOther(folder, BASE)).toBeUndefined();
    expect(await setAsideIfOther(folder, { ...BASE, seed: '1' })).toBe(`${folder}.1`);
    expect(await readRegeneration(`${folder}.1`)).toMatchObject({ configuration: { seed: '0' } });
    await rm(`${folder}.1`, { recursive: true });
  });

  it('keeps what another version wrote', async () => {
    await writeFile(regenerationFile(folder), JSON.stringify({ formatVersion: 1 }));
    expect(await setAsideIfOther(folder, BASE)).toBe(`${folder}.1`);
    await rm(`${folder}.1`, { recursive: true });
  });
});
