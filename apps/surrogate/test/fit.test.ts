import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileTrees } from '@nasbench/dataset/surrogate';
import { createRandom, normal } from '@nasbench/foundation/random';
import { enumerateCells, hashCells } from '@nasbench/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitSurrogate, scoreSurrogate } from '../src/fit/fitSurrogate.ts';
import { growTrees, type TrainingRows } from '../src/fit/growTrees.ts';
import { fitLine, leastSquares } from '../src/fit/leastSquares.ts';
import { readMeans } from '../src/fit/means.ts';
import { normalQuantile } from '../src/fit/normalQuantile.ts';
import { readObservations } from '../src/fit/observations.ts';
import { normalScores, quantileCurve } from '../src/fit/scores.ts';
import { sharedDeviations } from '../src/fit/sharedDeviations.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-surrogate-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('normal quantiles are those of tables', () => {
  // Standard tables, to nine digits.
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 8);
  expect(normalQuantile(1 - 1e-6)).toBeCloseTo(4.753424309, 7);
});

it('normal scores rank, and equal values share theirs', () => {
  const scores = normalScores(Float64Array.of(5, 1, 5, 9));
  expect(scores[0]).toBe(scores[2]);
  expect(scores[0]).toBeCloseTo(normalQuantile(0.5), 12);
  expect(scores[1]).toBeCloseTo(normalQuantile(1 / 8), 12);
  expect(scores[3]).toBeCloseTo(-scores[1], 12);
});

it('a quantile curve goes through the sample and on beyond its largest value, up to a limit', () => {
  const sorted = Float64Array.from({ length: 1001 }, (_, i) => i / 2000);
  const { first, step, values } = quantileCurve(sorted, 0.503);
  expect(values[-first / step]).toBeCloseTo(0.25, 6);
  expect(values[0]).toBe(0);
  expect(values[values.length - 1]).toBe(0.503);
  expect(values.toSorted((a, b) => a - b)).toEqual(values);
});

it('least squares finds the coefficients that made the targets, also when terms depend on one another', () => {
  const random = createRandom(1, 'test');
  const rows = 50;
  const terms = Float64Array.from({ length: rows * 3 }, () => random.float());
  for (let row = 0; row < rows; row++) terms[3 * row + 2] = terms[3 * row] + terms[3 * row + 1];
  const targets = Float64Array.from({ length: rows }, (_, row) => 2 * terms[3 * row] - 3 * terms[3 * row + 1]);
  const found = leastSquares(terms, 3, targets, new Float64Array(rows).fill(1));
  for (let row = 0; row < rows; row++) {
    const value = found.reduce((sum, coefficient, k) => sum + coefficient * terms[3 * row + k], 0);
    expect(value).toBeCloseTo(targets[row], 5);
  }
  const line = fitLine(Float64Array.of(0, 1, 2, 3), Float64Array.of(1, 3, 5, 7));
  expect([line.intercept, line.slope, line.deviation].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, 2, 0]);
});

describe('trees', () => {
  const random = createRandom(3, 'rows');
  const rows = 400;
  const features = Float32Array.from({ length: 3 * rows }, () => Math.floor(random.float() * 8));
  const target = (row: number, output: number): number =>
    output === 0 ? (features[row] > 3 ? 1 : -1) : features[rows + row] * (features[2 * rows + row] > 5 ? 1 : 0);
  const data: TrainingRows = {
    rows,
    features,
    featureCount: 3,
    targets: Float64Array.from({ length: 2 * rows }, (_, i) => target(i % rows, Math.floor(i / rows))),
    outputs: 2,
    weights: new Float64Array(rows).fill(1),
  };
  const options = {
    trees: 150,
    depth: 3,
    learningRate: 0.2,
    rowShare: 0.8,
    featureShare: 1,
    shrinkage: 1,
    bins: 15,
    seed: 1,
  };

  it('learn steps and products of features', () => {
    const predictions = new Float64Array(2 * rows);
    compileTrees(growTrees(data, options)).predict(features, rows, rows, predictions);
    const worst = [0, 1].map((output) =>
      Math.max(
        ...Array.from({ length: rows }, (_, row) => Math.abs(predictions[output * rows + row] - target(row, output))),
      ),
    );
    expect(worst[0]).toBeLessThan(0.05);
    expect(worst[1]).toBeLessThan(1);
  });

  it('are the same for the same seed, and others for another', () => {
    const again = growTrees(data, options);
    expect(growTrees(data, options)).toEqual(again);
    expect(growTrees(data, { ...options, seed: 2 })).not.toEqual(again);
  });

  it('survive features and targets that never change', () => {
    const flat = { ...data, features: new Float32Array(3 * rows), targets: new Float64Array(2 * rows).fill(7) };
    const predictions = new Float64Array(2 * rows);
    compileTrees(growTrees(flat, { ...options, trees: 2 })).predict(flat.features, rows, rows, predictions);
    expect(predictions.every((value) => value === 7)).toBe(true);
  });
});

it('finds what runs of one cell share from how budgets go together', () => {
  const random = createRandom(5, 'shared');
  const rows = 4000;
  const flat = { first: 0, step: 1, values: [0.4] };
  const straight = { first: -5, step: 10, values: [-5, 5] };
  const predicted = Float64Array.from({ length: rows }, () => 0.9 * normal(random));
  const budgets = [0.24, 0.24].map(() => ({
    predicted,
    deviation: flat,
    residual: straight,
    observed: new Float64Array(rows),
  }));
  for (let row = 0; row < rows; row++) {
    const ofCell = normal(random);
    for (const { observed } of budgets) {
      observed[row] = predicted[row] + 0.24 * ofCell + Math.sqrt(0.4 ** 2 - 0.24 ** 2) * normal(random);
    }
  }
  const [a, b] = sharedDeviations(budgets, 'x');
  expect(Math.sqrt(a * b)).toBeGreaterThan(0.16);
  expect(Math.sqrt(a * b)).toBeLessThan(0.29);
});

describe('files', () => {
  const cells = enumerateCells();
  const hashes = Buffer.from(hashCells(cells).buffer);
  const hashOf = (index: number): string => hashes.toString('hex', 16 * index, 16 * index + 16);
  const random = createRandom(9, 'rows');
  const indices = Array.from({ length: 260 }, () => random.int(cells.count));
  /** Accuracies that grow with the number of edges, and times that grow with the number of vertices. */
  const columns = {
    key: indices.map(hashOf),
    '4_final_validation_accuracy': indices.map((i) => 0.3 + 0.02 * cells.vertices[i] + 0.01 * normal(random)),
    '4_final_test_accuracy': indices.map((i) => 0.29 + 0.02 * cells.vertices[i]),
    '108_final_validation_accuracy': indices.map((i) => 0.8 + 0.02 * cells.vertices[i] + 0.002 * normal(random)),
    '108_final_test_accuracy': indices.map((i) => 0.79 + 0.02 * cells.vertices[i]),
    final_training_time: indices.map((i) => 100 * cells.vertices[i]),
  };
  const write = async (name: string, content: unknown): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('are fitted on, the same way each time, and scored', async () => {
    const file = await write('rows.json', columns);
    const observed = await readObservations(file, { seed: 1 });
    const { model } = fitSurrogate(observed, undefined, { seed: 'a', folds: 2 });
    expect(fitSurrogate(observed, undefined, { seed: 'a', folds: 2 }).model).toEqual(model);
    expect(model.fit).toMatchObject({ source: 'rows.json', rows: 260, folds: 2 });
    // What is left over in cross-validation makes the noise, so about half of the rows lie in the middle half.
    for (const { withinHalf } of model.fit.budgets) expect(Math.abs(withinHalf - 0.5)).toBeLessThan(0.15);
    const score = scoreSurrogate(model, observed);
    expect(score.rows).toBe(260);
    for (const { spearman } of score.budgets) expect(spearman).toBeGreaterThan(0.7);
    expect(score.timeR2).toBeGreaterThan(0.95);
  }, 120_000);

  it('with rows that are not complete lose those', async () => {
    const holes = { ...columns, final_training_time: columns.final_training_time.with(3, Number.NaN) };
    const observed = await readObservations(await write('holes.json', holes), { seed: 1 });
    expect([observed.cells.length, observed.skipped]).toEqual([259, 1]);
  });

  it.each([
    [
      'too few rows',
      async () => {
        const few = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(0, 9)]));
        const observed = await readObservations(await write('few.json', few), { seed: 1 });
        return fitSurrogate(observed, undefined, { seed: 1, folds: 2 });
      },
      /few\.json: expected 200 complete rows or more, found 9$/,
    ],
    [
      'no such file',
      () => readObservations(path.join(folder, 'none.json'), { seed: 1 }),
      /cannot read .*none\.json: no such file$/,
    ],
    ['no JSON', async () => readObservations(await write('bad.json', '{'), { seed: 1 }), /bad\.json: expected JSON/],
    [
      'no keys',
      async () => readObservations(await write('keys.json', { a: [1] }), { seed: 1 }),
      /keys\.json: expected a column key/,
    ],
    [
      'columns of other lengths',
      async () => readObservations(await write('short.json', { ...columns, final_training_time: [1] }), { seed: 1 }),
      /short\.json: expected a column final_training_time of 260 numbers$/,
    ],
    [
      'an unknown cell',
      async () =>
        readObservations(await write('cell.json', { ...columns, key: columns.key.with(2, 'abc') }), { seed: 1 }),
      /cell\.json: row 2: "abc" is not the module hash/,
    ],
    [
      'means without a column',
      async () => readMeans(await write('means.csv', 'hash,epochs\n')),
      /means\.csv: expected a CSV file with the column mean_validation_accuracy/,
    ],
    [
      'means that are no numbers',
      async () =>
        readMeans(
          await write(
            'words.csv',
            `hash,epochs,mean_validation_accuracy,mean_test_accuracy,mean_training_time_s\n${hashOf(0)},4,x,0.1,3\n`,
          ),
        ),
      /words\.csv: line 2: expected numbers/,
    ],
  ] satisfies [string, () => Promise<unknown>, RegExp][])('%s: one clear line', async (_, read, message) => {
    const error = await read().then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
  });
});

const SAMPLE = path.join(
  process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared'),
  'data/nasbench101-sample.json',
);
it.skipIf(!existsSync(SAMPLE))(
  'official rows are read with their cells [needs ../shared/data/nasbench101-sample.json]',
  async () => {
    const observed = await readObservations(SAMPLE, { rows: 500, seed: 1 });
    expect([observed.cells.length, observed.skipped, observed.epochs]).toEqual([500, 0, [4, 12, 36, 108]]);
  },
);
