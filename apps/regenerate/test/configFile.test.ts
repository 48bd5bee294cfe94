import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PRESETS } from '@nasbench/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configOfPreset } from '../src/configCommand.ts';
import { readConfigFile } from '../src/configFile/readConfigFile.ts';
import { resolveTraining } from '../src/configFile/resolveTraining.ts';
import { configFileSchema, PRESET_NAMES } from '../src/configFile/schema.ts';
import { configurationDigest, differingKeys, operationsOf } from '../src/configuration/configuration.ts';
import { prepareRegeneration } from '../src/prepareRegeneration.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-config-'));
  file = path.join(folder, 'own.json');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Reads a file of this content. */
async function read(content: unknown) {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readConfigFile(file);
}

const OPTIONS = { engine: 'wasm' } as const;
const SYNTHETIC = { preset: 'tiny', images: { name: 'synthetic', limits: { train: 64, test: 32, validation: 32 } } };

async function prepare(content: object, options: Parameters<typeof prepareRegeneration>[0] = OPTIONS) {
  await writeFile(file, JSON.stringify(content));
  return prepareRegeneration({ ...options, config: file });
}

describe('a config file', () => {
  it.each<[string, unknown, string]>([
    [
      'an unknown key, with the nearest one',
      { images: 'mnist', repeat: 2 },
      'unknown key repeat, expected perhaps repeats',
    ],
    [
      'a nested unknown key',
      { images: 'mnist', training: { optimizer: { momentun: 0.9 } } },
      'unknown key training.optimizer.momentun, expected perhaps momentum',
    ],
    [
      'a key like no other, with all that there are',
      { images: { name: 'mnist', xyz: 1 } },
      'unknown key images.xyz, expected one of name, size, mirrorable, limits',
    ],
    [
      'a value of another kind',
      { images: 'mnist', training: { batchSize: '32' } },
      'training.batchSize is "32", expected an integer of at least 1',
    ],
    [
      'a value out of range',
      { images: 'mnist', network: { batchNormMomentum: 1 } },
      'network.batchNormMomentum is 1, expected a number of 0 to below 1',
    ],
    ['a missing value', { preset: 'tiny' }, 'images is missing, expected a name of images or an object'],
    ['one of several forms', { images: 3 }, 'images is 3, expected a name of images or an object'],
    ['an item of a list', { images: 'mnist', epochs: [1, 0] }, 'epochs.1 is 0, expected an integer of at least 1'],
    ['a repeated item', { images: 'mnist', epochs: [1, 1] }, 'epochs is [1,1], expected budgets that differ'],
    [
      'an unknown preset',
      { images: 'mnist', preset: 'huge' },
      'preset is "huge", expected paper or augmented or small or tiny',
    ],
    ['no object at all', [], 'the document is [], expected an object'],
    ['unknown images', { images: 'cifar' }, 'images: unknown images "cifar", expected mnist,'],
  ])('says where, what was found and what was expected of %s', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(`${file}: ${message}`);
  });

  it.each([
    ['{\n  "images": mnist\n}', 'line 2, column 13: "m" does not belong there'],
    ['{"images": "mnist",}', 'line 1, column 20: "}" does not belong there'],
    ['{"images": ["a" "b"]}', 'line 1, column 17: "\\"" does not belong there'],
    ['{"a": 01}', 'line 1, column 8: "1" does not belong there'],
    ['{"a": "b', 'line 1, column 7: "\\"" does not belong there'],
    ['{\n"a": 1', 'line 2, column 7: the end of the file does not belong there'],
    ['{} {}', 'line 1, column 4: "{" does not belong there'],
  ])('says line and column of a slip in its JSON: %j', async (content, message) => {
    await expect(read(content)).rejects.toThrow(`${file}: ${message}`);
  });

  it('has paths relative to itself', async () => {
    const config = await read({
      images: 'folder:pictures',
      operationsModule: './own.ts',
      cells: '../cells.json',
    });
    expect(config).toMatchObject({
      images: `folder:${path.join(folder, 'pictures')}`,
      operationsModule: path.join(folder, 'own.ts'),
      cells: path.join(path.dirname(folder), 'cells.json'),
    });
  });

  it('goes before its preset, and the command line before it', async () => {
    const content = await read({
      preset: 'tiny',
      seed: 'file',
      images: { name: 'synthetic', limits: { test: 100 } },
      network: { stemFilters: 8 },
      training: { learningRate: 0.1, optimizer: { epsilon: 2 } },
      epochs: [3],
    });
    const { network, training, images } = PRESETS.tiny;
    expect(await resolveTraining({ ...OPTIONS, config: file }, content)).toMatchObject({
      seed: 'file',
      imagesName: 'synthetic',
      images: { ...images, limits: { ...images.limits, test: 100 } },
      network: { ...network, stemFilters: 8 },
      training: { ...training, learningRate: 0.1, optimizer: { ...training.optimizer, epsilon: 2 } },
      epochs: [3],
    });
    const options = { ...OPTIONS, config: file, seed: 'line', preset: 'small', evaluationImages: 10 } as const;
    expect(await resolveTraining(options, content)).toMatchObject({
      seed: 'line',
      images: { limits: { train: 10_000, test: 10 } },
      network: { stemFilters: 8, cellsPerStack: 1, stacks: 3 },
    });
  });

  it('is complete, or names a preset', async () => {
    const whole = configOfPreset('tiny');
    const resolve = (content: object) => async () => resolveTraining({ ...OPTIONS, config: file }, await read(content));
    await expect(resolve({ ...whole, network: {} })).rejects.toThrow(`${file}: network.stemFilters is missing`);
    await expect(resolve({ ...whole, training: { ...whole.training, augmentation: { flip: true } } })).rejects.toThrow(
      'training.augmentation.padding is missing; expected it, or a preset that has it (paper,',
    );
    await expect(resolve({ ...whole, epochs: undefined })).rejects.toThrow('epochs is missing');
    await expect(resolve(whole)()).resolves.toBeDefined();
  });

  it.each(PRESET_NAMES)('printed for %s says what the command does without one', async (preset) => {
    const content = await read(configOfPreset(preset));
    const { presetName: _, ...resolved } = await resolveTraining({ ...OPTIONS, config: file }, content);
    const { presetName: __, ...expected } = await resolveTraining({ ...OPTIONS, preset }, undefined);
    expect(resolved).toEqual(expected);
  });

  it('gives the same digest whatever the order of its keys', async () => {
    const whole = {
      ...configOfPreset('tiny'),
      images: {
        name: 'synthetic',
        size: 8,
        mirrorable: true,
        limits: { train: 64, trainEvaluation: 32, validation: 32, test: 32 },
      },
    };
    const turned = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, below]) => [key, turned(below)]),
          );
    const there = (await prepare(whole)).configuration;
    const back = (await prepare(turned(whole) as object)).configuration;
    expect(configurationDigest(back)).toBe(configurationDigest(there));
    const preset = (await prepare({ preset: 'tiny', images: whole.images })).configuration;
    expect(configurationDigest(preset)).toBe(configurationDigest(there));
  });
});

describe('the work of a config file', () => {
  const LINE = '010/001/000:conv3x3';

  it('is its cells, or its space', async () => {
    const own = { maxVertices: 3, operations: ['maxpool3x3', 'conv3x3-bn-relu'] };
    const { work, configuration } = await prepare({ ...SYNTHETIC, space: own, repeats: 2, engines: 'any' });
    expect(work).toEqual({ space: { maxVertices: 3, maxEdges: 9 }, cells: null, epochs: [1, 2], repeats: 2 });
    expect(configuration).toMatchObject({ operations: own.operations, engines: 'any' });
    const listed = await prepare({ ...SYNTHETIC, cells: [LINE], epochs: [2] });
    expect(listed.work).toEqual({ space: { maxVertices: 7, maxEdges: 9 }, cells: [LINE], epochs: [2], repeats: 3 });
    const whole = await prepare({ ...SYNTHETIC, cells: [LINE] }, { ...OPTIONS, maxVertices: 3, sample: 2 });
    expect(whole.work).toMatchObject({ space: { maxVertices: 3, maxEdges: 9 } });
    expect(whole.work.cells).toHaveLength(2);
  });

  it('refuses cells that are not of its space, or come twice', async () => {
    const long = '010/001/000:conv3x3-bn-relu';
    await expect(prepare({ ...SYNTHETIC, cells: [LINE, long] })).rejects.toThrow(
      `${file}: cells.1 is the same cell as cells.0`,
    );
    await expect(prepare({ ...SYNTHETIC, cells: [LINE], space: { operations: ['maxpool3x3'] } })).rejects.toThrow(
      `${file}: cells.0: `,
    );
    await expect(prepare({ ...SYNTHETIC, cells: [LINE], space: { maxVertices: 2 } })).rejects.toThrow(
      `${file}: cells.0: `,
    );
  });
});

describe('operations of the user', () => {
  const OWN = { ...SYNTHETIC, operationsModule: './own.js', space: { operations: ['conv5x5', 'maxpool3x3'] } };
  const write = (kernel: number) =>
    writeFile(
      path.join(folder, 'own.js'),
      `export default { conv5x5: (builder, input, channels) => builder.convBnRelu(input, ${kernel}, channels) };`,
    );

  it('come from the module of the file, whose checksum is kept', async () => {
    await write(5);
    const first = await prepare({ ...OWN, sample: 3 });
    expect(first.configuration).toMatchObject({
      operations: ['conv5x5', 'maxpool3x3'],
      ownOperations: { file: 'own.js', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(first.operationsFile).toBe(path.join(folder, 'own.js'));
    await expect(operationsOf(first.configuration, path.join(folder, 'own.js'))).resolves.toHaveProperty('conv5x5');
    await write(7);
    const second = await prepare(OWN);
    expect(differingKeys(first.configuration, second.configuration)).toEqual(['ownOperations']);
    await expect(operationsOf(first.configuration, path.join(folder, 'own.js'))).rejects.toThrow(
      `that of own.js which the runs are trained with`,
    );
    await expect(operationsOf(first.configuration, null)).rejects.toThrow('the operations of own.js are needed');
  });

  it('are refused if nobody knows them', async () => {
    await expect(prepare({ ...OWN, operationsModule: undefined })).rejects.toThrow(
      `${file}: space.operations.0 is "conv5x5", expected one of conv3x3-bn-relu, `,
    );
  });
});

describe('the JSON schema', () => {
  it('is what is committed; else: nasbench config --schema --out apps/regenerate/schema/regeneration.schema.json --force', async () => {
    const committed = path.resolve(import.meta.dirname, '../schema/regeneration.schema.json');
    expect(JSON.parse(await readFile(committed, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configFileSchema())));
  });
});
