import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openTable, runRecords } from '@nasbench/dataset';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, SMALL_TRAINING, startNasbench, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const CELL = '0101/0010/0001/0000:conv3x3,conv3x3';
const TRAIN = ['train', CELL, ...SMALL_TRAINING];

interface Result {
  readonly points: readonly { readonly trainingTime: number }[];
  readonly totalTime: number;
  readonly history?: { readonly losses: readonly number[] };
}

/** Without measured times. */
const bits = (result: Result): string =>
  JSON.stringify(result, (key, value: unknown) => (key.endsWith('Time') ? undefined : value));

const savedResult = (name: string): Result => JSON.parse(readFileSync(path.join(file(name), 'result.json'), 'utf8'));

describe('nasbench train --save', () => {
  it('keeps checkpoints, the result and its curve', () => {
    const shown = nasbenchJson<Result>(...TRAIN, '--save', file('whole'), '--curve', file('curve.png'));
    expect(readdirSync(file('whole')).toSorted()).toEqual([
      'curve.svg',
      'end.safetensors',
      'half.safetensors',
      'result.json',
      'start.safetensors',
    ]);
    expect(savedResult('whole').history?.losses).toHaveLength(4);
    expect(savedResult('whole').points).toEqual(shown.points);
    expect(JSON.stringify(shown)).not.toContain('losses');
    expect(readFileSync(path.join(file('whole'), 'curve.svg'), 'utf8')).toContain('learning rate');
    expect([...readFileSync(file('curve.png')).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('goes on by itself after kill -9, with the same bits', { timeout: 120_000 }, async () => {
    const long = [...TRAIN, '--epochs', '40', '--train-images', '64'];
    const args = [...long, '--save', file('killed'), '--checkpoint-every', '0.01'];
    const child = startNasbench(...args);
    const ended = new Promise((resolve) => {
      child.once('exit', (_, signal) => resolve(signal));
    });
    while (!existsSync(path.join(file('killed'), 'last.safetensors')))
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    process.kill(-Number(child.pid), 'SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const { status, stderr } = nasbench(...args);
    expect(stderr).toMatch(/going on from step \d+ in /);
    expect(status).toBe(0);
    nasbenchJson(...long, '--save', file('undisturbed'));
    expect(bits(savedResult('killed'))).toBe(bits(savedResult('undisturbed')));
  });

  it('refuses a finished run, another one and a damaged one in one line', () => {
    const refused = (args: readonly string[]) => {
      const { status, stderr } = nasbench(...args);
      return [status, stderr.trimEnd().split('\n').at(-1)];
    };
    expect(refused([...TRAIN, '--save', file('whole')])).toEqual([
      2,
      expect.stringMatching(/whole holds a finished run \(result\.json\); choose another folder$/),
    ]);
    nasbenchJson(...TRAIN, '--save', file('unfinished'));
    const half = readFileSync(path.join(file('unfinished'), 'half.safetensors'));
    const started = temporaryFolder();
    writeFileSync(path.join(started, 'half.safetensors'), half);
    expect(refused([...TRAIN, '--seed', 'x', '--save', started])).toEqual([
      2,
      expect.stringMatching(
        /the checkpoint is of another run: seed is "[0-9a-f]+", expected "[0-9a-f]+"; choose another folder$/,
      ),
    ]);
    writeFileSync(path.join(started, 'half.safetensors'), half.subarray(0, 5000));
    expect(refused([...TRAIN, '--save', started])).toEqual([
      1,
      expect.stringMatching(/half\.safetensors: the header is said to have \d+ bytes, the file has 5000$/),
    ]);
    expect(refused([...TRAIN, '--curve', file('curve.gif')])).toEqual([
      2,
      expect.stringMatching(/expected a name that ends in \.svg or \.png$/),
    ]);
  });

  it.each([
    ['--checkpoint-every 5', '--checkpoint-every is for --save FOLDER, which keeps the checkpoints'],
    ['--force', '--force is for --curve FILE, which it replaces'],
    ['--sample-metrics', '--sample-metrics is for --json, which prints them, or --save FOLDER, which keeps them'],
    ['--table x.arrow --force', "option '--table <table>' cannot be used with option '--force'"],
    [
      '--table x.arrow --checkpoint-every 5',
      "option '--table <table>' cannot be used with option '--checkpoint-every <seconds>'",
    ],
  ])('refuses %s, which would change nothing', (options, message) => {
    const { status, stderr } = nasbench('train', CELL, ...options.split(' '));
    expect([status, stderr]).toEqual([2, `nasbench: ${message}\n`]);
  });

  it('shows sample metrics at the three points', () => {
    const { sampleMetrics } = nasbenchJson<{ sampleMetrics: readonly { logits: readonly unknown[] }[] }>(
      ...TRAIN,
      '--sample-metrics',
    );
    expect(sampleMetrics).toHaveLength(3);
    // Ten of each class at most, of 32 validation images.
    expect(sampleMetrics[0].logits.length).toBeLessThanOrEqual(32);
  });
});

it('regenerate goes on with a long run from its checkpoint', { timeout: 120_000 }, async () => {
  const regenerate = (out: string) => [
    'regenerate',
    '--out',
    file(out),
    '--max-vertices',
    '2',
    ...SMALL_TRAINING,
    '--epochs',
    '40',
    '--repeats',
    '1',
    '--workers',
    '1',
    '--checkpoint-every',
    '0.01',
  ];
  const child = startNasbench(...regenerate('runs'));
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const kept = (): string[] => {
    const checkpoints = path.join(file('runs'), 'checkpoints');
    return existsSync(checkpoints) ? readdirSync(checkpoints).filter((name) => name.endsWith('.safetensors')) : [];
  };
  while (kept().length === 0)
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  process.kill(-Number(child.pid), 'SIGKILL');
  await ended;
  expect(kept()).toHaveLength(1);
  for (const out of ['runs', 'whole-runs']) {
    expect(nasbenchJson(...regenerate(out))).toMatchObject({ trained: 1, failed: 0 });
    nasbenchJson('assemble', file(out), '--out', file(`${out}.arrow`));
  }
  expect(kept()).toEqual([]);
  const bitsOfRuns = async (out: string): Promise<string> =>
    JSON.stringify([...runRecords(await openTable(file(`${out}.arrow`)))], (key, value: unknown) =>
      key.endsWith('Time') ? undefined : value,
    );
  expect(await bitsOfRuns('runs')).toBe(await bitsOfRuns('whole-runs'));
});
