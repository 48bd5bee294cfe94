import { spawn } from 'node:child_process';
import path from 'node:path';
import { cellFromMatrix } from '@nasbench/graph';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ImageSet,
  loadImages,
  PRESETS,
  startBackend,
  type TrainingConfig,
  type TrainingProgress,
  type TrainingResult,
  trainCell,
} from '../src/index.ts';
import { RESNET_LIKE } from './shared.ts';
import { bitsOf, SMALL_NETWORK, SMALL_TRAINING, smallImages, trainSmall } from './small.ts';

const setup = { network: SMALL_NETWORK, training: SMALL_TRAINING };

it('starts an engine and names it', async () => {
  const name = '@tensorflow/tfjs-backend-wasm';
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.rawListeners(event));
  // Another part of the program listens from the moment that the engine does.
  const other = () => undefined;
  const on = process.on.bind(process);
  const spy = vi.spyOn(process, 'on').mockImplementation((event, listener) => {
    on(event, other);
    return on(event, listener);
  });
  expect(await startBackend('wasm')).toMatchObject({ backend: 'wasm', name, version: '4.22.0', device: null });
  expect(spy.mock.calls.map(([event]) => event)).toEqual(events);
  spy.mockRestore();
  for (const [i, event] of events.entries()) {
    expect(process.rawListeners(event)).toEqual([...before[i], other]);
    process.removeListener(event, other);
  }
});

describe('a run', () => {
  let result: Extract<TrainingResult, { status: 'completed' }>;
  const progress: TrainingProgress[] = [];

  beforeAll(async () => {
    result = completed(await trainSmall('a', {}, { onProgress: (report) => progress.push(report) }));
  });

  it('is evaluated at the start, at half and at the end', () => {
    // 2 epochs of 100 images in batches of 16
    expect(result).toMatchObject({ steps: 12, attempts: 1, stoppedAtTimeLimit: false });
    expect(result.points.map(({ epochs }) => epochs)).toEqual([0, 1, 2]);
    expect(progress.filter(({ phase }) => phase === 'evaluating').map(({ step }) => step)).toEqual([1, 6, 12]);
  });

  it('measures accuracy over whole batches, in single precision', () => {
    // 50 -> 48, 70 -> 64, 64 -> 64 images
    for (const point of result.points) {
      for (const [accuracy, evaluated] of [
        [point.trainAccuracy, 48],
        [point.validationAccuracy, 64],
        [point.testAccuracy, 64],
      ]) {
        expect(Math.fround(Math.round(accuracy * evaluated) / evaluated)).toBe(accuracy);
      }
    }
  });

  it('counts the time of training steps only', () => {
    const [start, half, end] = result.points.map(({ trainingTime }) => trainingTime);
    expect(start).toBe(0);
    expect(half).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(half);
    expect(end).toBe(Math.fround(end));
    expect(result.totalTime).toBeGreaterThan(end);
  });

  it('reports every step', () => {
    const training = progress.filter(({ phase }) => phase === 'training');
    expect(training.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(training[0]).toMatchObject({ learningRate: 0, steps: 12, attempt: 1, imagesPerSecond: 0 });
    expect(training[1].learningRate).toBeCloseTo(0.025 * (1 + Math.cos(Math.PI / 12)), 12);
    expect(training.every(({ loss }) => loss > 0 && loss < 20)).toBe(true);
    expect(training[5].imagesPerSecond).toBeGreaterThan(0);
  });

  it('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    await trainSmall('b');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('repeats its bits in other processes, alone and after another run', async () => {
    const expected = bitsOf(result);
    expect(bitsOf(await trainSmall('other'))).not.toBe(expected);
    expect(bitsOf(await trainSmall('a'))).toBe(expected);
    const [alone, afterAnother] = await Promise.all([trainInProcess('a'), trainInProcess('other', 'a')]);
    expect(alone).toEqual([expected]);
    expect(afterAnother[1]).toBe(expected);
    expect(afterAnother[0]).not.toBe(expected);
  });
});

it('learns the synthetic images', async () => {
  const images = await loadImages('synthetic', {
    size: 12,
    limits: { train: 640, trainEvaluation: 256, validation: 256, test: 256 },
  });
  const result = completed(
    await trainCell(
      RESNET_LIKE,
      images,
      { ...setup, network: { ...SMALL_NETWORK, stemFilters: 8 } },
      { epochs: 4, seed: 1 },
    ),
  );
  expect(result.points[2].testAccuracy).toBeGreaterThan(0.5);
  expect(result.points[0].testAccuracy).toBeLessThan(0.25);
});

describe('divergence', () => {
  it('starts again from another seed and fails after the last attempt', async () => {
    const attempts: number[] = [];
    const losses = new Map<number, number>();
    const result = await trainSmall(
      'a',
      { learningRate: 1e30, attempts: 3 },
      {
        onProgress: ({ attempt, step, loss }) => {
          if (attempts.at(-1) !== attempt) attempts.push(attempt);
          if (step === 1) losses.set(attempt, loss);
        },
      },
    );
    expect(result).toMatchObject({ status: 'failed', attempts: 3 });
    expect(result.status === 'failed' && result.reason).toMatch(
      /^diverged: loss was (NaN|Infinity) at step \d+ \(attempt 3 of 3\)$/,
    );
    expect(attempts).toEqual([1, 2, 3]);
    expect(new Set(losses.values()).size).toBe(3);
    expect(result.totalTime).toBeGreaterThan(0);
  });

  it.each<[string, Partial<TrainingConfig>, Partial<ImageSet>, string]>([
    ['weights by their decay', { weightDecay: 1e38 }, {}, 'loss was Infinity at step 0'],
    ['pixels by their size', {}, { std: [1e-36, 1e-36, 1e-36] }, 'loss was NaN at step 0'],
    ['weights by the first rate', { learningRate: 1e25 }, {}, 'loss was (Infinity|NaN) at step 2'],
  ])('comes of finite values too: %s', async (_, training, images, reason) => {
    const tensors = tf.memory().numTensors;
    const result = await trainCell(
      RESNET_LIKE,
      { ...(await smallImages()), ...images },
      { ...setup, training: { ...setup.training, ...training, attempts: 3 } },
      { epochs: 2, seed: 'a' },
    );
    expect(result).toMatchObject({ status: 'failed', attempts: 3 });
    expect(result.status === 'failed' && result.reason).toMatch(
      new RegExp(`^diverged: ${reason} \\(attempt 3 of 3\\)$`),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    // The next run of the process is as any other.
    expect((await trainSmall('a')).status).toBe('completed');
  });

  it('is noticed after the last step too', async () => {
    // 13 of 16 steps would be half; two steps in all: the second spoils the weights and no loss follows.
    const result = await trainSmall('a', { learningRate: 3e38, attempts: 1 }, { epochs: 0.33 });
    expect(result).toMatchObject({
      status: 'failed',
      reason: 'diverged: weights were not finite after step 1 (attempt 1 of 1)',
    });
  });
});

it.each([
  [
    new WebAssembly.RuntimeError('memory access out of bounds'),
    /^out of memory or engine failure: memory access out of bounds$/,
  ],
  [new WebAssembly.RuntimeError('Aborted(OOM)\nand more'), /^out of memory or engine failure: Aborted\(OOM\)$/],
  [
    new RangeError('Array buffer allocation failed'),
    /^out of memory or engine failure: Array buffer allocation failed$/,
  ],
  [
    new Error('OOM when allocating tensor with shape[128,32,32,512] and type float'),
    /^out of memory or engine failure: OOM when allocating tensor with shape/,
  ],
  [new Error('Device was lost'), /^out of memory or engine failure: Device was lost$/],
  [new TypeError('a defect'), /^a defect$/],
])('names a failure of the engine: %s', async (failure, message) => {
  await startBackend('wasm');
  const write = vi.spyOn(tf.backend(), 'write').mockImplementation(() => {
    throw failure;
  });
  try {
    await expect(trainSmall('a')).rejects.toThrow(message);
  } finally {
    write.mockRestore();
  }
});

it('stops at the training-time limit, evaluated as usual', async () => {
  const result = completed(await trainSmall('a', { trainingTimeLimit: 1e-6 }));
  // The start step takes no time that counts, the next one takes more than the limit.
  expect(result).toMatchObject({ steps: 2, stoppedAtTimeLimit: true });
  expect(result.points.map(({ epochs }) => epochs)).toEqual([0, 0.32, 0.32]);
  expect(result.points[1]).toEqual(result.points[2]);
});

it('stops when its signal says so', async () => {
  const controller = new AbortController();
  const before = tf.memory().numTensors;
  const run = trainSmall(
    'a',
    {},
    {
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step === 3) controller.abort(new Error('enough'));
      },
    },
  );
  await expect(run).rejects.toThrow('enough');
  expect(tf.memory().numTensors).toBe(before);
});

describe('bad input', () => {
  it.each([
    [{ batchSize: 0 }, 'training config: batchSize is 0, expected a positive integer'],
    [{ batchSize: 65 }, 'trainEvaluation split of synthetic has 50 images, expected at least one batch of 65'],
    [{ learningRate: Number.NaN }, 'training config: learningRate is NaN, expected a number of at least 0'],
    [{ schedule: 'linear' as never }, 'training config: schedule is "linear", expected cosine-by-step'],
    [{ attempts: 0 }, 'training config: attempts is 0, expected a positive integer'],
    [{ trainingTimeLimit: 0 }, 'training config: trainingTimeLimit is 0, expected seconds above 0, or null'],
    [{ augmentation: { padding: 0.5, flip: true } }, 'training config: augmentation.padding is 0.5'],
    [{ augmentation: { padding: 1, flip: 'no' as never } }, 'augmentation.flip is "no", expected true or false'],
    [{ augmentation: { padding: 1 } as never }, 'training config: augmentation.flip is undefined, expected true'],
    [{ optimizer: { decay: 0.9, momentum: 1, epsilon: 1 } }, 'training config: optimizer.momentum is 1'],
    [{ optimizer: undefined as never }, 'training config: optimizer is undefined, expected an object'],
    [{ augmentation: null as never }, 'training config: augmentation is null, expected an object'],
    [{ batchsize: 8 } as never, 'training config: unknown key batchsize, expected batchSize, shards, trainOn'],
    [
      { optimizer: { decay: 0.9, momentum: 0.9, epsilon: 1, rho: 2 } as never },
      'training config: unknown key optimizer.rho, expected decay, momentum, epsilon',
    ],
  ])('refuses %o', async (training, message) => {
    await expect(trainSmall('a', training)).rejects.toThrow(message);
  });

  it.each([
    [0, 'epochs are 0, expected a positive number'],
    [Number.NaN, 'epochs are NaN, expected a positive number'],
    [0.2, '0.2 epochs of 100 images in batches of 16 are 1 steps, expected at least 2'],
  ])('refuses %d epochs', async (epochs, message) => {
    await expect(trainSmall('a', {}, { epochs })).rejects.toThrow(message);
  });

  it('refuses a disconnected cell and an unknown backend', async () => {
    const nothing = cellFromMatrix(
      [
        [0, 0],
        [0, 0],
      ],
      ['input', 'output'],
    );
    await expect(trainCell(nothing, await smallImages(), setup, { epochs: 1, seed: 1 })).rejects.toThrow(
      'disconnected',
    );
    await expect(startBackend('gpu' as never)).rejects.toThrow(
      'unknown engine "gpu", expected auto, tensorflow, webgpu',
    );
  });
});

it('has presets that fit their images', async () => {
  for (const [name, preset] of Object.entries(PRESETS)) {
    const images = await loadImages('mnist', preset.images);
    for (const split of [images.train, images.trainEvaluation, images.validation, images.test])
      expect(split.count, name).toBeGreaterThanOrEqual(preset.training.batchSize);
  }
});

function completed(result: TrainingResult): Extract<TrainingResult, { status: 'completed' }> {
  if (result.status === 'failed') throw new Error(result.reason);
  return result;
}

/** The results of runs one after another in a new process. */
function trainInProcess(...seeds: string[]): Promise<string[]> {
  const script = path.join(import.meta.dirname, 'trainInProcess.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=nasbench-source', '--import', 'tsx', script, ...seeds], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve(output.trim().split('\n'));
      else reject(new Error(`training process ended with ${code}`));
    });
  });
}
