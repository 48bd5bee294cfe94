import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NasbenchError } from '@nasbench/foundation/errors';
import { describe, expect, it } from 'vitest';
import {
  type AccuracyTimeData,
  type AccuracyTimeParametersData,
  accuracyTimeFigure,
  accuracyTimeParametersFigure,
  type EcdfData,
  ecdfFigure,
  type TrainingCurvesData,
  trainingCurvesFigure,
} from '../src/index.ts';
import { syntheticRuns, syntheticTable } from './data.ts';

const SOURCE = { provenance: 'synthetic' } as const;
const table = syntheticTable(200, 11);

describe('ecdf', () => {
  const data = { ...SOURCE, series: [{ label: 'test', values: table.test }], quantity: 'test accuracy' };
  const withValues = (values: ArrayLike<number>): EcdfData => ({ ...data, series: [{ label: 'test', values }] });

  it('gives the numbers of each series', () => {
    const { numbers } = ecdfFigure(withValues(Float32Array.of(0.5, 0.25, 1, 0.75)));
    expect(numbers).toEqual({
      'n(test)': 4,
      'min(test)': 0.25,
      'median(test)': 0.625,
      'mean(test)': 0.625,
      'max(test)': 1,
    });
  });

  it('draws a step of 1/n at every value', () => {
    const { svg } = ecdfFigure(withValues([0.2, 0.4, 0.4, 0.8]));
    const [, d] = /d="([^"]*)"[^>]*stroke-width="2.25"/.exec(svg) ?? [];
    const heights = [...(d ?? '').matchAll(/V([\d.]+)/g)].map(([, y]) => Number(y));
    const [, start] = /^M[\d.]+,([\d.]+)/.exec(d ?? '') ?? [];
    const bottom = Number(start);
    const top = heights.at(-1) ?? Number.NaN;
    expect(heights.map((y) => (bottom - y) / (bottom - top))).toEqual([0.25, 0.75, 1].map((h) => expect.closeTo(h, 2)));
  });

  it('cuts a tail of outliers from the axis and says so', () => {
    const values = Array.from({ length: 500 }, (_, i) => (i < 3 ? 0.1 : 0.9 + i / 10_000));
    expect(ecdfFigure(withValues(values)).caption).toMatch(/left of the axis: \d \(test\) below 89\.\d %/);
    expect(ecdfFigure({ ...withValues(values), domain: [0, 1] }).caption).not.toContain('left of the axis');
  });

  it('shows fractions between 0 and 100 % only, other units with air', () => {
    const whole = { ...withValues([0, 0.5, 1]), domain: [0, 1] } as const;
    const { domain: _, ...free } = whole;
    expect(ecdfFigure(free).svg).toBe(ecdfFigure(whole).svg);
    expect(ecdfFigure({ ...free, unit: 's' }).svg).not.toBe(ecdfFigure({ ...whole, unit: 's' }).svg);
  });

  it.each<[string, EcdfData, RegExp]>([
    ['no series', { ...data, series: [] }, /^figure ecdf needs at least one series, got none$/],
    ['an empty column', withValues([]), /^figure ecdf needs at least 2 values in series "test", got 0$/],
    ['one value', withValues([0.5]), /^figure ecdf needs at least 2 values in series "test", got 1$/],
    ['NaN', withValues([0.5, Number.NaN]), /finite numbers in series "test", but value 1 is NaN$/],
    ['percent for fractions', withValues([0.5, 94]), /needs series "test" in \[0, 1\], but value 1 is 94$/],
    ['nothing above 0 on a log axis', { ...withValues([0, 0]), scale: 'log' }, /values above 0 on a log axis/],
    ['a domain upside down', { ...data, domain: [1, 0] }, /ascending domain.*got 1 to 0$/],
    [
      'two series of one name',
      { ...data, series: [...data.series, ...data.series] },
      /different labels, got test, test$/,
    ],
    ['no provenance', { ...data, provenance: 'measured' as 'official' }, /needs a provenance: .* got measured$/],
  ])('refuses %s', (_, bad, message) => {
    expect(refusal(() => ecdfFigure(bad))).toMatch(message);
  });

  it.each([10, 5000, Number.NaN])('refuses a width of %d', (width) => {
    expect(refusal(() => ecdfFigure(data, { width }))).toMatch(/needs a width from 280 to 4000 pixels/);
  });
});

describe('cost', () => {
  const { trainableParameters, trainingTime, test } = table;
  const data = { ...SOURCE, trainableParameters, trainingTime, accuracy: test };

  it('gives rank correlations', () => {
    const { numbers } = accuracyTimeParametersFigure({
      ...SOURCE,
      trainableParameters: [1, 2, 3, 4],
      trainingTime: [10, 30, 20, 40],
      accuracy: [0.9, 0.9, 0.1, 0.1],
    });
    expect(numbers['n']).toBe(4);
    expect(numbers['spearman(parameters, time)']).toBeCloseTo(0.8, 12);
    expect(numbers['spearman(parameters, accuracy)']).toBeCloseTo(-2 / Math.sqrt(5), 12);
  });

  it.each<[string, AccuracyTimeParametersData, RegExp]>([
    [
      'columns of different lengths',
      { ...data, accuracy: [0.5, 0.5] },
      /one length, got 200 trainableParameters but 2 accuracy$/,
    ],
    [
      'one cell',
      { ...SOURCE, trainableParameters: [1], trainingTime: [1], accuracy: [1] },
      /at least 2 values in trainableParameters, got 1$/,
    ],
    [
      'a time of 0',
      { ...data, trainingTime: trainingTime.map((t, i) => (i === 7 ? 0 : t)) },
      /trainingTime in numbers above 0, but value 7 is 0$/,
    ],
    [
      'no column',
      { ...data, accuracy: undefined as unknown as number[] },
      /needs an array of numbers as accuracy, got undefined$/,
    ],
  ])('refuses %s', (_, bad, message) => {
    expect(refusal(() => accuracyTimeParametersFigure(bad))).toMatch(message);
  });
});

describe('accuracy-time', () => {
  const data = { ...SOURCE, trainingTime: table.trainingTime, accuracy: table.test };

  it('keeps every highlight inside the axes', () => {
    const highlights = [{ label: 'far', trainingTime: [1e6], accuracy: [0.02] }];
    const { numbers, svg } = accuracyTimeFigure({ ...data, highlights });
    expect(numbers).toMatchObject({ 'time(far)': 1e6, 'accuracy(far)': 0.02 });
    expect(svg).toContain('>far</text>');
  });

  it('names crowded highlights in a legend instead of on top of one another', () => {
    const highlights = Array.from({ length: 40 }, (_, i) => ({
      label: `cell ${i}`,
      trainingTime: [1000],
      accuracy: [0.9],
    }));
    const names = [...accuracyTimeFigure({ ...data, highlights }).svg.matchAll(/>cell \d+<\/text>/g)];
    expect(names).toHaveLength(40);
  });

  it.each<[string, AccuracyTimeData, RegExp]>([
    ['different lengths', { ...data, accuracy: [0.5, 0.6] }, /^figure accuracy-time needs columns of one length/],
    [
      'an empty highlight',
      { ...data, highlights: [{ label: 'x', trainingTime: [], accuracy: [] }] },
      /at least 1 value in trainingTime of "x", got 0$/,
    ],
    [
      'infinity',
      { ...data, accuracy: table.test.map((a, i) => (i === 3 ? Infinity : a)) },
      /finite numbers in accuracy, but value 3 is Infinity$/,
    ],
  ])('refuses %s', (_, bad, message) => {
    expect(refusal(() => accuracyTimeFigure(bad))).toMatch(message);
  });
});

describe('training-curves', () => {
  const runs = syntheticRuns([4, 12], 2, 5);
  const data = { ...SOURCE, cell: 'a cell', runs };

  it('gives the means over the repeats at the end of every budget', () => {
    const { numbers, caption } = trainingCurvesFigure(data);
    const ends = runs.filter(({ epochs }) => epochs === 12).map(({ points }) => points[2].testAccuracy);
    expect(numbers['test(12)']).toBeCloseTo((ends[0] + ends[1]) / 2, 12);
    expect(numbers['runs']).toBe(4);
    expect(caption).toContain('n = 4 runs (2 × 4 epochs, 2 × 12 epochs)');
  });

  it('counts one epoch as one', () => {
    const { caption, svg } = trainingCurvesFigure({ ...data, runs: syntheticRuns([1, 2], 2, 5) });
    expect(caption).toContain('n = 4 runs (2 × 1 epoch, 2 × 2 epochs)');
    expect(svg).toContain('>1 epoch</text>');
    expect(svg).not.toContain('1 epochs');
  });

  it.each<[string, TrainingCurvesData['runs'], RegExp]>([
    ['no run', [], /^figure training-curves needs at least one finished run, got none$/],
    [
      'a run of one point',
      [{ ...runs[0], points: runs[0].points.slice(0, 1) }],
      /at least 2 values in epochs of run 0 of 4 epochs, got 1$/,
    ],
    ['a run twice', [runs[0], runs[0]], /every run once, but run 0 of 4 epochs occurs twice$/],
    [
      'NaN',
      [{ ...runs[0], points: runs[0].points.map((point) => ({ ...point, testAccuracy: Number.NaN })) }],
      /test accuracy of run 0 of 4 epochs, but value 0 is NaN$/,
    ],
  ])('refuses %s', (_, bad, message) => {
    expect(refusal(() => trainingCurvesFigure({ ...data, runs: bad }))).toMatch(message);
  });
});

const sample = path.join(
  process.env['NASBENCH_SHARED'] ?? path.join(import.meta.dirname, '../../../../shared'),
  'data/nasbench101-sample.json',
);

describe.skipIf(!existsSync(sample))('on 10 000 official rows [needs ../shared/data/nasbench101-sample.json]', () => {
  it('finds the correlations and quantiles that others computed', () => {
    const rows = JSON.parse(readFileSync(sample, 'utf8')) as Record<string, number[]>;
    const accuracy = rows['108_final_validation_accuracy'];
    const cost = accuracyTimeParametersFigure({
      provenance: 'official',
      trainableParameters: rows['trainable_parameters'],
      trainingTime: rows['final_training_time'],
      accuracy,
    });
    expect(cost.numbers['spearman(parameters, accuracy)']).toBeCloseTo(0.453, 3);
    expect(cost.numbers['spearman(time, accuracy)']).toBeCloseTo(0.359, 3);
    expect(cost.numbers['spearman(parameters, time)']).toBeCloseTo(0.871, 3);
    const { numbers } = ecdfFigure({
      provenance: 'official',
      series: [{ label: 'validation', values: accuracy }],
      quantity: 'validation accuracy',
      epochs: 108,
    });
    expect(numbers['median(validation)']).toBeCloseTo(0.9164, 4);
    expect(numbers['mean(validation)']).toBeCloseTo(0.9105, 4);
    expect(numbers['max(validation)']).toBeCloseTo(0.9488, 4);
    expect(cost.svg.length).toBeLessThan(500_000);
  });
});

/** The one line that a user reads. */
function refusal(draw: () => unknown): string {
  try {
    draw();
  } catch (error) {
    if (error instanceof NasbenchError && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return 'nothing was refused';
}
