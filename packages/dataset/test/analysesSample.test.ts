import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { enumerateCells, hashCells, hashText } from '@nasbench/graph';
import { describe, expect, it } from 'vitest';
import {
  type BudgetCorrelation,
  budgetCorrelations,
  ecdf,
  ecdfAt,
  operationEffects,
  spearman,
  summarize,
} from '../src/analyses/index.ts';

/** 10 000 official rows: the figures of SPEC section 8 and of the paper, to the digits given there. */
const shared = process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared');
const file = path.join(shared, 'data/nasbench101-sample.json');

describe.skipIf(!existsSync(file))('official rows [needs ../shared/data/nasbench101-sample.json]', () => {
  const sample = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const accuracyAt = (epochs: number): Float32Array =>
    Float32Array.from(sample[`${epochs}_final_validation_accuracy`] ?? []);
  const accuracy = accuracyAt(108);
  const time = Float32Array.from(sample.final_training_time ?? []);
  const parameters = Uint32Array.from(sample.trainable_parameters ?? []);
  const budgets = [4, 12, 36, 108].map((epochs) => ({ epochs, values: accuracyAt(epochs) }));
  const round = (values: readonly number[], digits: number): number[] => values.map((x) => Number(x.toFixed(digits)));
  const spearmans = (results: readonly BudgetCorrelation[]): number[] =>
    round(
      results.map((result) => result.spearman),
      3,
    );

  it('Spearman between budgets', () => {
    const results = budgetCorrelations(budgets);
    expect(results.map(({ smaller, larger }) => [smaller, larger])).toEqual([
      [4, 12],
      [4, 36],
      [4, 108],
      [12, 36],
      [12, 108],
      [36, 108],
    ]);
    expect(spearmans(results)).toEqual([0.79, 0.653, 0.442, 0.8, 0.613, 0.878]);
  });

  it('Spearman of 36 and 108 epochs among the best', () => {
    const results = budgetCorrelations(budgets.slice(2), { fractions: [0.5, 0.25, 0.1, 0.05] });
    expect(spearmans(results)).toEqual([0.801, 0.675, 0.351, 0.178]);
    expect(results.map(({ cells }) => cells)).toEqual([5000, 2500, 1000, 500]);
  });

  it('distribution of accuracy', () => {
    const { minimum, maximum, median, mean, quantiles } = summarize(accuracy, {
      quantiles: [0.01, 0.05, 0.25, 0.75, 0.95, 0.99],
    });
    expect(round([minimum, ...quantiles.slice(0, 3), median], 4)).toEqual([0.0951, 0.8265, 0.87, 0.9004, 0.9164]);
    expect(round([mean, ...quantiles.slice(3), maximum], 4)).toEqual([0.9105, 0.928, 0.9392, 0.9432, 0.9488]);
    const distribution = ecdf(accuracy);
    expect(round([1 - ecdfAt(distribution, 0.9)], 3)).toEqual([0.756]);
    expect(round([ecdfAt(distribution, 0.8)], 4)).toEqual([0.0062]);
  });

  it('times and parameters', () => {
    const seconds = summarize(time);
    expect(round([seconds.minimum, seconds.median, seconds.mean, seconds.maximum], 1)).toEqual([
      486.5, 1552.6, 1926, 5379.9,
    ]);
    const count = summarize(parameters);
    expect([count.minimum, count.median, Math.round(count.mean), count.maximum]).toEqual([
      227_274, 5_356_682, 8_442_292, 49_979_274,
    ]);
    expect(round([spearman(parameters, accuracy), spearman(time, accuracy), spearman(parameters, time)], 3)).toEqual([
      0.453, 0.359, 0.871,
    ]);
  });

  it('effect of replacing operations: near figure 4 of the paper, which is over all cells', {
    timeout: 180_000,
  }, () => {
    const all = enumerateCells();
    const hashes = hashCells(all);
    const indexOf = new Map(Array.from({ length: all.count }, (_, i) => [hashText(hashes, i), i]));
    const indices: number[] = sample.key.map((key: string) => indexOf.get(key));
    const cells = {
      space: all.space,
      count: indices.length,
      vertices: indices.map((i) => all.vertices[i]),
      edges: indices.map((i) => all.edges[i]),
      operations: indices.map((i) => all.operations[i]),
    };
    const effects = operationEffects(cells, { accuracy, time });
    const paper = [
      ['conv3x3-bn-relu', 'conv1x1-bn-relu', -0.0116, -0.1411],
      ['conv3x3-bn-relu', 'maxpool3x3', -0.0199, -0.0984],
      ['conv1x1-bn-relu', 'maxpool3x3', -0.0081, 0.0504],
    ] as const;
    for (const [from, to, accuracyChange, relativeTimeChange] of paper) {
      const effect = effects.find((candidate) => candidate.from === from && candidate.to === to);
      expect(effect?.replacements).toBeGreaterThan(300);
      // Some 350 pairs of single runs: standard errors are 0.0014 to 0.0024 in accuracy and 0.0011 to 0.0023 in time.
      expect(Math.abs((effect?.accuracyChange ?? 1) - accuracyChange)).toBeLessThan(0.005);
      expect(Math.abs((effect?.relativeTimeChange ?? 1) - relativeTimeChange)).toBeLessThan(0.005);
    }
  });
});
