import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestCells,
  budgetCorrelations,
  ecdf,
  ecdfAt,
  fitnessDistance,
  kendall,
  meansByGroup,
  type Objective,
  paretoFront,
  pearson,
  repeatNoise,
  spearman,
  summarize,
} from '../src/analyses/index.ts';
import type { MetricColumn } from '../src/index.ts';

const SEED = { seed: 101 };
/** Few different values, so that there are many ties, negative zero and missing ones. */
const tied = fc.constantFrom(-1.5, -0, 0, 0.1, 0.25, 3, 1e9, Number.NaN);
const anyValue = fc.oneof(tied, fc.double());
const pairs = fc.array(fc.tuple(anyValue, anyValue), { maxLength: 40 });

const column = (repeats: number, values: readonly number[], validity: Uint8Array | null = null): MetricColumn => ({
  name: 'test_accuracy_108',
  repeats,
  values: Float64Array.from(values),
  validity,
});

/** Ranks and tau by their definitions, in squares of the time. */
function bruteSpearman(x: readonly number[], y: readonly number[]): number {
  const rank = (values: readonly number[]): number[] =>
    values.map(
      (value) => values.filter((other) => other < value).length + values.filter((other) => other === value).length / 2,
    );
  return pearson(rank(x), rank(y));
}

function bruteKendall(x: readonly number[], y: readonly number[]): number {
  let difference = 0;
  let distinctX = 0;
  let distinctY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Number(x[i] > x[j]) - Number(x[i] < x[j]);
      const b = Number(y[i] > y[j]) - Number(y[i] < y[j]);
      difference += a * b;
      distinctX += a * a;
      distinctY += b * b;
    }
  }
  return difference / Math.sqrt(distinctX * distinctY);
}

/** Equal up to rounding; NaN stays NaN. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9 + 0;

describe('correlations', () => {
  it('agree with their definitions, ties and missing values included', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const complete = rows.filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y));
        const [x, y] = [0, 1].map((i) => rows.map((row) => row[i]));
        const [a, b] = [0, 1].map((i) => complete.map((row) => row[i]));
        expect(rounded(spearman(x, y))).toBe(rounded(bruteSpearman(a, b)));
        expect(rounded(kendall(x, y))).toBe(rounded(bruteKendall(a, b)));
      }),
      SEED,
    );
  });

  it('give the values in the documentation of scipy for small examples with ties', () => {
    const x = [12, 2, 1, 12, 2];
    const y = [1, 4, 7, 1, 0];
    expect(kendall(x, y)).toBeCloseTo(-0.47140452079103173, 14); // the example of scipy.stats.kendalltau
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 14); // of spearmanr
  });

  it('are 1 and -1 for any monotonic relation, and NaN if there is none to speak of', () => {
    const x = Float64Array.from({ length: 1000 }, (_, i) => i - 500);
    const cube = x.map((value) => value * value * value);
    expect([spearman(x, cube), kendall(x, cube)]).toEqual([1, 1]);
    expect([spearman(x, cube.toReversed()), kendall(x, cube.toReversed())]).toEqual([-1, -1]);
    expect(pearson([1], [2])).toBeNaN();
    expect(kendall([1, 1], [2, 3])).toBeNaN();
    expect(() => spearman([1], [1, 2])).toThrow('expected columns of the same rows, found 1 and 2 values');
  });

  it('between budgets are those of the best cells at the larger one', () => {
    const small = [5, 1, 2, 4, 3, Number.NaN];
    const large = [1, 2, 9, 8, 7, 10];
    const [all, top] = budgetCorrelations(
      [
        { epochs: 108, values: large },
        { epochs: 4, values: small },
      ],
      { fractions: [1, 0.6] },
    );
    expect(all).toEqual({
      smaller: 4,
      larger: 108,
      fraction: 1,
      cells: 5,
      spearman: expect.closeTo(bruteSpearman(small.slice(0, 5), large.slice(0, 5)), 12),
      kendall: expect.closeTo(bruteKendall(small.slice(0, 5), large.slice(0, 5)), 12),
    });
    // Rows 2, 3, 4 are the best 60 % of the five rows that have both values: 2 4 3 against 9 8 7.
    expect(top).toMatchObject({ cells: 3, spearman: expect.closeTo(-0.5, 12), kendall: expect.closeTo(-1 / 3, 12) });
    expect(() => budgetCorrelations([], { fractions: [0] })).toThrow(
      'a top fraction is above 0 and at most 1, found 0',
    );
  });

  it('with distance come with the means at each distance', () => {
    const { correlation, rankCorrelation, byDistance } = fitnessDistance([0, 1, 1, 2, Number.NaN], [9, 7, 5, 1, 100]);
    expect(correlation).toBeCloseTo(-8 / Math.sqrt(2 * 35), 12);
    expect(rankCorrelation).toBeCloseTo(bruteSpearman([0, 1, 1, 2], [9, 7, 5, 1]), 12);
    expect([...byDistance.means]).toEqual([9, 6, 1]);
  });
});

describe('distributions', () => {
  it('the ECDF is the share of values up to each', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 40 }), anyValue, (values, at) => {
        const present = values.filter((value) => !Number.isNaN(value));
        const result = ecdf(values);
        expect(result.count).toBe(present.length);
        expect(new Set(result.values).size).toBe(result.values.length);
        expect(result.shares.at(-1) ?? 1).toBe(1);
        if (present.length === 0 || Number.isNaN(at)) return;
        expect(ecdfAt(result, at)).toBe(present.filter((value) => value <= at).length / present.length);
      }),
      SEED,
    );
  });

  it('the summary interpolates quantiles as numpy does', () => {
    const values = Float32Array.from([7, 1, Number.NaN, 3, 2]);
    expect(summarize(values, { quantiles: [0, 0.1, 0.75, 1] })).toEqual({
      count: 4,
      minimum: 1,
      maximum: 7,
      mean: 3.25,
      standardDeviation: Math.sqrt((5.0625 + 1.5625 + 0.0625 + 14.0625) / 3),
      median: 2.5,
      quantiles: [1, expect.closeTo(1.3, 12), 4, 7],
    });
    expect(summarize([]).mean).toBeNaN();
    expect(() => summarize([1], { quantiles: [1.1] })).toThrow('a quantile is a share of 0 to 1, found 1.1');
  });

  it('means by group leave out what is missing', () => {
    const { groups, counts, means, standardDeviations } = meansByGroup(
      [3, 1, 3, 1, Number.NaN, 2],
      [1, 10, 2, Number.NaN, 5, Number.NaN],
    );
    expect([...groups]).toEqual([1, 3]);
    expect([...counts]).toEqual([1, 2]);
    expect([...means]).toEqual([10, 1.5]);
    expect([...standardDeviations]).toEqual([Number.NaN, Math.SQRT1_2]);
  });
});

describe('repeats', () => {
  // Row 1 lacks its last run, row 2 has one run only.
  const validity = Uint8Array.of(0b01011111, 0);
  const noisy = column(3, [1, 2, 3, 4, 6, 99, 5, 99, 99], validity);

  it('noise is the deviation over the runs that are present', () => {
    const noise = repeatNoise(noisy);
    expect([...noise.standardDeviations]).toEqual([1, Math.SQRT2, Number.NaN]);
    expect(noise).toMatchObject({ count: 2, mean: (1 + Math.SQRT2) / 2, median: (1 + Math.SQRT2) / 2 });
    expect(noise.pooled).toBeCloseTo(Math.sqrt(1.5), 14);
    expect(repeatNoise(noisy, { degreesOfFreedom: 0 }).standardDeviations[2]).toBe(0);
  });

  it('the best cells are those within k standard errors of the best mean', () => {
    // Means 10, 9, 8, 4; the best cell's standard error is 1, row 1's is 2.
    const cells = column(2, [7, 9, 9, 11, 7, 11, 4, 4]);
    expect(bestCells(cells, { k: 1 }).map(({ row }) => row)).toEqual([1, 2]);
    expect(bestCells(cells).map(({ row }) => row)).toEqual([1, 2, 0]);
    expect(bestCells(cells, { k: 0 })).toEqual([{ row: 1, mean: 10, standardError: 1, gap: 0 }]);
    expect(bestCells(cells, { k: 6, of: 'best' }).length).toBe(4);
    expect(bestCells(cells, { k: 0.5, of: 'difference' }).map(({ row }) => row)).toEqual([1, 2]);
    expect(() => bestCells(column(1, [1, 2]))).toThrow('row 1, the best in test_accuracy_108, has one repeat');
    expect(() => bestCells(cells, { k: -1 })).toThrow('expected a number of standard errors of 0 or more, found -1');
    expect(bestCells(column(2, []))).toEqual([]);
  });
});

describe('Pareto front', () => {
  const isBetter = ({ values, better }: Objective, a: number, b: number): boolean =>
    better === 'larger' ? values[a] > values[b] : values[a] < values[b];
  const dominates = (objectives: readonly Objective[], a: number, b: number): boolean =>
    objectives.every((objective) => !isBetter(objective, b, a)) &&
    objectives.some((objective) => isBetter(objective, a, b));

  it('holds the rows that none dominates', () => {
    const objectives = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(25)).chain(([count, rows]) =>
      fc.array(
        fc.record({
          values: fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(6) }, tied), { minLength: rows, maxLength: rows }),
          better: fc.constantFrom('larger' as const, 'smaller' as const),
        }),
        { minLength: count, maxLength: count },
      ),
    );
    fc.assert(
      fc.property(objectives, (given) => {
        const rows = [...given[0].values.keys()].filter((row) =>
          given.every(({ values }) => !Number.isNaN(values[row])),
        );
        const expected = rows.filter((row) => !rows.some((other) => dominates(given, other, row)));
        expect([...paretoFront(given)].toSorted((a, b) => a - b)).toEqual(expected);
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  it('comes best first', () => {
    const accuracy = { values: [0.9, 0.95, 0.95, 0.8], better: 'larger' } as const;
    const time = { values: [10, 20, 19, 11], better: 'smaller' } as const;
    expect([...paretoFront([accuracy, time])]).toEqual([2, 0]);
    expect(() => paretoFront([])).toThrow('a Pareto front needs at least one objective');
  });
});
