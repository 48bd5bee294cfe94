import path from 'node:path';
import { parseCell } from '@nasbench/graph';
import { OPERATIONS, type Operations } from '@nasbench/model';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  checkpointFile,
  type ImageSet,
  loadCheckpoint,
  startBackend,
  type TrainingOptions,
  trainCell,
} from '../src/index.ts';
import { bitsOf, SMALL_NETWORK, SMALL_TRAINING, smallImages } from './small.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const OWN: Operations = {
  ...OPERATIONS,
  same3x3: (builder, input, channels) => builder.convBnRelu(input, 3, channels),
  residual5x5: (builder, input, channels) => builder.sum([input, builder.convBnRelu(input, 5, channels)]),
};

describe("an operation of the user's own", () => {
  let images: ImageSet;
  beforeAll(async () => {
    await startBackend('wasm');
    images = await smallImages();
  });

  const train = (cell: string, operations?: Operations, options: Partial<TrainingOptions> = {}) =>
    trainCell(
      parseCell(cell),
      images,
      { network: SMALL_NETWORK, training: SMALL_TRAINING, operations },
      { epochs: 1, seed: 'own', ...options },
    );

  it('gives the bits of a standard one with the same layers', async () => {
    const standard = bitsOf(await train('010/001/000:conv3x3'));
    expect(bitsOf(await train('010/001/000:same3x3', OWN))).toBe(standard);
    expect(bitsOf(await train('010/001/000:conv3x3', OWN))).toBe(standard);
  });

  it('learns, and is counted', async () => {
    const result = await train('010/001/000:residual5x5', OWN, { epochs: 6 });
    // Stem 3x3x3x4; two cells, on 4 and 8 channels, of a projection and 5x5; dense 8x10 and bias; 2 values a filter of batch norm.
    const convolutions = 108 + 8 + (16 + 8 + 400 + 8) + (32 + 16 + 1600 + 16);
    expect(result).toMatchObject({ status: 'completed', trainableParameters: convolutions + 90 });
    if (result.status !== 'completed') return;
    expect(result.history.losses.at(-1)).toBeLessThan(result.history.losses[0]);
  });

  it('has to be passed', async () => {
    await expect(train('010/001/000:residual5x5')).rejects.toThrow(
      'cell has operation "residual5x5", expected one of conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3, identity,',
    );
  });

  it('is part of what a checkpoint belongs to', async () => {
    const file = path.join(await temporaryFolder(), 'run.safetensors');
    const keep = async (cell: string): Promise<Checkpoint> => {
      await train(cell, OWN, { checkpoints: checkpointFile(file, { everySteps: 3 }) });
      return loadCheckpoint(file);
    };
    // Standard cells are what they were before there were others.
    expect((await keep('010/001/000:conv3x3')).run).not.toHaveProperty('layers');
    const resume = await keep('010/001/000:residual5x5');
    expect(resume.run.layers).toMatch(/^[0-9a-f]{64}$/);
    const whole = await train('010/001/000:residual5x5', OWN);
    expect(bitsOf(await train('010/001/000:residual5x5', OWN, { resume }))).toBe(bitsOf(whole));
    // The weights would fit: only what is done with them is another thing.
    const other: Operations = { residual5x5: (builder, input, channels) => builder.convBnRelu(input, 5, channels) };
    await expect(train('010/001/000:residual5x5', other, { resume })).rejects.toThrow(
      /^the checkpoint is of another run: layers is "/,
    );
  });
});
