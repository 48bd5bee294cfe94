import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRandom } from '@nasbench/foundation/random';
import { planNetwork } from '@nasbench/model';
import { createNetwork, readWeights, writeWeights } from '@nasbench/model/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors, type Tensor, TensorFileError } from '../src/checkpoints/safetensors.ts';
import {
  type Checkpoint,
  checkpointFile,
  checkpointFolder,
  loadCheckpoint,
  type Moment,
  saveCheckpoint,
  startBackend,
  type TrainingConfig,
  type TrainingOptions,
} from '../src/index.ts';
import { RESNET_LIKE } from './shared.ts';
import { bitsOf, trainSmall } from './small.ts';
import { temporaryFolder } from './temporaryFolder.ts';

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

describe('safetensors', () => {
  const tensors = new Map<string, Tensor>([
    ['a/filter', { shape: [2, 3], values: Float32Array.of(1, -2, 3, Number.NaN, 1e-45, 6) }],
    ['none', { shape: [0], values: new Float32Array() }],
    ['scalar', { shape: [], values: Float64Array.of(Math.PI) }],
  ]);
  const metadata = { note: 'with "quotes" and ü' };
  const bytes = joined(encodeTensors({ metadata, tensors }));

  it('gives back what was written, also from an odd place in memory', () => {
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    for (const file of [bytes, moved.subarray(1), Buffer.from(bytes)])
      expect(decodeTensors(file, 'x')).toEqual({ metadata, tensors });
  });

  it('has a header that ends at a multiple of 8 and says where values are', () => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString())).toEqual({
      __metadata__: metadata,
      'a/filter': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      none: { dtype: 'F32', shape: [0], data_offsets: [24, 24] },
      scalar: { dtype: 'F64', shape: [], data_offsets: [24, 32] },
    });
    expect(bytes.length).toBe(8 + length + 32);
  });

  it('is refused wherever it is cut', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeTensors(bytes.subarray(0, length), 'x'), String(length)).toThrow(TensorFileError);
  });

  const withHeader = (text: string, values = 4, length = text.length) => {
    const file = new Uint8Array(8 + text.length + values);
    new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
    file.set(Buffer.from(text, 'latin1'), 8);
    return file;
  };
  const tensor = (entry: object) => withHeader(JSON.stringify({ t: entry }));
  it.each([
    ['a header longer than the file', withHeader('{}', 0, 3), 'the header is said to have 3 bytes, the file has 10'],
    ['a huge header', withHeader('{}', 0, 2 ** 62), 'the header is said to have 4611686018427387904 bytes'],
    ['a header that is no JSON', withHeader('{'), 'the header is not a JSON object'],
    ['a list', withHeader('[1]'), 'the header is not a JSON object'],
    ['bytes that are no UTF-8', withHeader('{"\xff":1}'), 'the header is not a JSON object'],
    ['metadata that is no text', withHeader('{"__metadata__":{"a":1}}'), '__metadata__ is not texts by name'],
    ['another type', tensor({ dtype: 'I8', shape: [4], data_offsets: [0, 4] }), 'tensor "t" is {"dtype":"I8"'],
    ['an inherited name as type', tensor({ dtype: 'toString', shape: [1], data_offsets: [0, 4] }), 'tensor "t" is'],
    ['a shape of another size', tensor({ dtype: 'F32', shape: [2], data_offsets: [0, 4] }), 'starts at byte 0'],
    ['a negative shape', tensor({ dtype: 'F32', shape: [-1, -1], data_offsets: [0, 4] }), 'starts at byte 0'],
    ['an endless shape', tensor({ dtype: 'F32', shape: [1e15, 1e15], data_offsets: [0, 4] }), 'starts at byte 0'],
    ['a gap', tensor({ dtype: 'F32', shape: [0], data_offsets: [4, 4] }), 'starts at byte 0'],
    ['a tensor past the end', tensor({ dtype: 'F32', shape: [2], data_offsets: [0, 8] }), 'ends before 4'],
    ['no tensor', tensor([]), 'tensor "t" is []'],
    ['values of no tensor', withHeader('{}'), '4 bytes of values, expected 0'],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeTensors(file, 'x')).toThrow(message);
    expect(() => decodeTensors(file, 'x')).toThrow(TensorFileError);
  });
});

/** Every checkpoint that a run offers. */
async function everyCheckpoint(training: Partial<TrainingConfig>, options: Partial<TrainingOptions> = {}) {
  const kept: { moment: Moment; checkpoint: Checkpoint }[] = [];
  const result = await trainSmall('kept', training, {
    checkpoints: { offer: (moment, read) => void kept.push({ moment, checkpoint: read() }) },
    ...options,
  });
  return { kept, result };
}

/** All of a checkpoint but measured times. */
function bitsOfCheckpoint({ attempt, run, state }: Checkpoint): string {
  const { step, history, weights, slots } = state;
  const values = [...weights].map(([name, { shape, values: of }]) => [name, shape, [...of]]);
  const all = { attempt, run, step, history, values, slots: [[...slots.meanSquare], [...slots.moment]] };
  return JSON.stringify(all, (key, value: unknown) => (key === 'trainingTime' ? undefined : value));
}

describe('a resumed run', () => {
  beforeAll(() => startBackend('wasm'));

  // All that a run can depend on: shards, restarted streams, recomputed statistics, further evaluations.
  const training = { shards: 2, restartStream: true, statisticsBatches: 2, evaluateEvery: 0.5 };

  it('goes on with the same bits from any moment', async () => {
    const { kept, result } = await everyCheckpoint(training, { sampleMetrics: true });
    expect(kept.map(({ moment }) => moment).filter((moment) => moment !== 'step')).toEqual([
      'start',
      'every',
      'half',
      'every',
      'every',
      'end',
      'every',
    ]);
    expect(kept.filter(({ moment }) => moment === 'step')).toHaveLength(12);
    const file = path.join(await temporaryFolder(), 'run.safetensors');
    // Before and after the start, half and the last evaluation, and between.
    for (const place of [0, 1, 4, 8, 9, 12, kept.length - 3, kept.length - 1]) {
      await saveCheckpoint(file, kept[place].checkpoint);
      const rest: Checkpoint[] = [];
      const resumed = await trainSmall('kept', training, {
        sampleMetrics: true,
        resume: await loadCheckpoint(file),
        checkpoints: { offer: (_, read) => void rest.push(read()) },
      });
      expect(bitsOf(resumed)).toBe(bitsOf(result));
      expect(rest.map(bitsOfCheckpoint)).toEqual(
        kept.slice(place + 1).map(({ checkpoint }) => bitsOfCheckpoint(checkpoint)),
      );
      expect(resumed.totalTime).toBeGreaterThan(kept[place].checkpoint.totalTime);
    }
  });

  it('goes on in a later attempt', async () => {
    const diverging = { learningRate: 1e30, attempts: 3 };
    const losses: string[] = [];
    const { kept, result } = await everyCheckpoint(diverging, {
      onProgress: ({ attempt, step, loss }) => losses.push(`${attempt} ${step} ${loss}`),
    });
    const { checkpoint } = kept.find((one) => one.checkpoint.attempt === 2) ?? kept[0];
    expect(checkpoint).toMatchObject({ attempt: 2, state: { step: 1 } });
    const after: string[] = [];
    const resumed = await trainSmall('kept', diverging, {
      resume: checkpoint,
      onProgress: ({ attempt, step, loss }) => after.push(`${attempt} ${step} ${loss}`),
    });
    expect(bitsOf(resumed)).toBe(bitsOf(result));
    expect(after).toEqual(losses.slice(-after.length));
    expect(after.filter((line) => line.startsWith('3 '))).toEqual(losses.filter((line) => line.startsWith('3 ')));
  });

  it('goes on in another process after kill -9', async () => {
    const folder = await temporaryFolder();
    expect(await trainInProcess(folder, '8')).toBe('SIGKILL');
    expect((await readdir(folder)).toSorted()).toEqual(['half.safetensors', 'last.safetensors', 'start.safetensors']);
    const last = await loadCheckpoint(path.join(folder, 'last.safetensors'));
    expect(last.state.step).toBe(7);
    const checkpoints = checkpointFolder(folder);
    const resumed = await trainSmall('killed', {}, { resume: last, checkpoints });
    const whole = await temporaryFolder();
    expect(bitsOf(resumed)).toBe(bitsOf(await trainSmall('killed', {}, { checkpoints: checkpointFolder(whole) })));
    const end = async (of: string) => bitsOfCheckpoint(await loadCheckpoint(path.join(of, 'end.safetensors')));
    expect(await end(folder)).toBe(await end(whole));
    expect(await readdir(whole)).not.toContain('last.safetensors');
  });
});

describe('a checkpoint', () => {
  let file: string;
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    await startBackend('wasm');
    file = path.join(await temporaryFolder(), 'run.safetensors');
    await trainSmall('kept', {}, { checkpoints: checkpointFile(file, { everySteps: 5 }) });
    checkpoint = await loadCheckpoint(file);
  });

  it('is written as often as asked for', () => {
    // Of 12 steps and 3 evaluations the tenth step is the last multiple of five; evaluations are no steps.
    expect(checkpoint.state.step).toBe(10);
    expect(checkpoint.state.history.points).toHaveLength(2);
    expect(checkpoint.state.history.losses).toHaveLength(10);
  });

  it('gives weights that a network takes', async () => {
    const network = createNetwork(planNetwork(RESNET_LIKE, checkpoint.run.network), 'other');
    writeWeights(network, checkpoint.state.weights);
    expect(readWeights(network)).toEqual(checkpoint.state.weights);
    network.dispose();
  });

  it.each<[string, Partial<TrainingConfig>, Partial<TrainingOptions> & { seed?: string }, string]>([
    ['config', { learningRate: 0.1 }, {}, 'training.learningRate is 0.05, expected 0.1'],
    [
      'optimizer',
      { optimizer: { decay: 0.8, momentum: 0.9, epsilon: 1 } },
      {},
      'training.optimizer.decay is 0.9, expected 0.8',
    ],
    ['epochs', {}, { epochs: 3 }, 'epochs is 2, expected 3'],
    ['seed', {}, { seed: 'other' }, 'seed is "kept", expected "other"'],
    ['sample metrics', {}, { sampleMetrics: true }, 'sampleMetrics is false, expected true'],
  ])('of another %s is refused', async (_, training, options, message) => {
    await expect(trainSmall('kept', training, { resume: checkpoint, ...options })).rejects.toThrow(
      `the checkpoint is of another run: ${message}`,
    );
  });

  it('of another cell, network, images or engine is refused', async () => {
    for (const [key, value, message] of [
      [
        'cell',
        '01/00:',
        /^the checkpoint is of another run: cell is "01\/00:", expected "0101\/0010\/0001\/0000:conv3x3-bn-relu,conv3x3-bn-relu"$/,
      ],
      ['network', { ...checkpoint.run.network, stemFilters: 8 }, /network.stemFilters is 8, expected 4$/],
      ['images', 'abc', /images is "abc", expected "[0-9a-f]{64}"$/],
      [
        'engine',
        'abacus 1',
        /engine is "abacus 1", expected "@tensorflow\/tfjs-backend-wasm 4.22.0 with @nasbench\/kernels /,
      ],
    ] as const) {
      const other = { ...checkpoint, run: { ...checkpoint.run, [key]: value } };
      await expect(trainSmall('kept', {}, { resume: other })).rejects.toThrow(message);
    }
  });

  it('with any byte changed, or cut, is refused', async () => {
    const bytes = new Uint8Array(await readFile(file));
    const damaged = `${file}.damaged`;
    const random = createRandom('damage');
    for (let trial = 0; trial < 60; trial++) {
      const copy = bytes.slice();
      // Half of them in the header, which is a small part of the file.
      copy[random.int(trial % 2 === 0 ? 2000 : copy.length)] ^= 1 << random.int(8);
      await writeFile(damaged, copy);
      await expect(loadCheckpoint(damaged), `trial ${trial}`).rejects.toThrow(TensorFileError);
    }
    for (const length of [0, 7, 100, bytes.length - 1]) {
      await writeFile(damaged, bytes.subarray(0, length));
      await expect(loadCheckpoint(damaged)).rejects.toThrow(TensorFileError);
    }
  });

  it('that is missing, or another safetensors file, is refused', async () => {
    await expect(loadCheckpoint('/no/such/file')).rejects.toThrow('cannot read /no/such/file: no such file or folder');
    const other = path.join(await temporaryFolder(), 'other.safetensors');
    await writeFile(other, joined(encodeTensors({ metadata: {}, tensors: new Map() })));
    await expect(loadCheckpoint(other)).rejects.toThrow(`${other}: a safetensors file, but no checkpoint of nasbench`);
  });
});

it('costs a run without checkpoints nothing: weights are read for what is kept only', async () => {
  let reads = 0;
  await trainSmall(
    'a',
    {},
    { checkpoints: { offer: (moment, read) => void (moment === 'half' && (reads++, read())) } },
  );
  expect(reads).toBe(1);
});

/** Trains until the step's report, at which the process kills itself. @returns the signal that ended it */
function trainInProcess(folder: string, step: string): Promise<NodeJS.Signals | null> {
  const script = path.join(import.meta.dirname, 'trainUntilKilled.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=nasbench-source', '--import', 'tsx', script, folder, step], {
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('exit', (_, signal) => resolve(signal));
  });
}
