import { buildTable, NASBench, type RunRecord } from '@nasbench/dataset';
import { createRandom } from '@nasbench/foundation/random';
import { cellAt, enumerateCells, moduleHash, NASBENCH_101, packedAt } from '@nasbench/graph';
import { PAPER_PROTOCOL, type Protocol, randomSearch, runSearch, type Searcher } from '@nasbench/search';
import { describe, expect, it } from 'vitest';

const space = { ...NASBENCH_101, maxVertices: 4 };
const cells = enumerateCells(space);

/**
 * Every cell of the space, trained once: 10 s, accuracy growing with its place in the enumeration. `isMissing` says of
 * which cells the run is missing.
 */
function createBench(isMissing: (cell: number) => boolean = () => false): NASBench {
  const records = Array.from({ length: cells.count }, (_, i): RunRecord => {
    const cell = cellAt(cells, i);
    const { vertices, edges } = packedAt(cells, i);
    const accuracy = Math.fround(0.5 + i / 200);
    const point = {
      epochs: 4,
      trainingTime: 10,
      trainAccuracy: accuracy,
      validationAccuracy: accuracy,
      testAccuracy: accuracy,
    };
    return {
      moduleHash: moduleHash(cell),
      cell: { vertices, edges, operations: cell.original.operations.slice(1, -1) },
      trainableParameters: 10,
      epochs: 4,
      repeat: 0,
      points: isMissing(i)
        ? null
        : [{ ...point, epochs: 0, trainingTime: 0 }, { ...point, epochs: 2, trainingTime: 5 }, point],
      totalTime: isMissing(i) ? null : 12,
    };
  });
  return new NASBench(
    buildTable(records, {
      formatVersion: 1,
      provenance: 'synthetic',
      epochs: [4],
      repeats: 1,
      space,
      images: null,
      network: null,
      training: null,
      codeVersion: 'test',
      seed: null,
      engine: null,
    }),
  );
}

const bench = createBench();
const protocol: Protocol = { ...PAPER_PROTOCOL, queries: 30, seconds: null };
const search = (seed: string, rules = protocol) =>
  runSearch(bench, randomSearch(space, 4, createRandom(seed)), rules, seed);

describe('runSearch', () => {
  it('repeats itself for the same seed', () => {
    expect(search('a')).toEqual(search('a'));
    expect(search('a').trials).not.toEqual(search('b').trials);
  });

  it('stops after the budget of queries, or the query that exceeds the seconds', () => {
    expect(search('a').trials).toHaveLength(30);
    const { trials } = search('a', { ...protocol, queries: null, seconds: 95 });
    expect(trials.map(({ seconds }) => seconds)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('names the incumbent and its regret in final test accuracy', () => {
    const { incumbent, trials, testRegret } = search('a');
    const best = Math.max(...trials.map(({ validationAccuracy }) => validationAccuracy));
    expect(incumbent?.validationAccuracy).toBe(best);
    expect(testRegret).toBeCloseTo(0.5 + 90 / 200 - best, 6);
  });

  it('counts proposals outside the space, which cost nothing, and tells the searcher', () => {
    const told: boolean[] = [];
    const random = randomSearch(NASBENCH_101, 4, createRandom('large'));
    const searcher: Searcher = { ask: () => random.ask(), tell: (_, outcome) => told.push(outcome.valid) };
    const { invalid, missing, trials } = runSearch(bench, searcher, { ...protocol, queries: 2 }, 'large');
    expect(invalid).toBeGreaterThan(0);
    expect(missing).toBe(0);
    expect(told.filter(Boolean)).toHaveLength(trials.length);
    expect(told).toHaveLength(trials.length + invalid);
  });

  it('counts proposals without a run, which cost nothing, and knows the best among the others', () => {
    const half = createBench((cell) => cell % 2 === 0);
    const told: boolean[] = [];
    const random = randomSearch(space, 4, createRandom('half'));
    const searcher: Searcher = { ask: () => random.ask(), tell: (_, outcome) => told.push(outcome.valid) };
    const { invalid, missing, trials, incumbent, testRegret } = runSearch(half, searcher, protocol, 'half');
    expect(missing).toBeGreaterThan(0);
    expect(trials).toHaveLength(30);
    expect(told).toHaveLength(30 + missing + invalid);
    expect(trials[29].seconds).toBe(300);
    // Cell 90, the best of all, has no run.
    expect(testRegret).toBeCloseTo(0.5 + 89 / 200 - (incumbent?.validationAccuracy ?? 0), 6);
  });

  it('refuses a budget that the table does not have', () => {
    expect(() => runSearch(bench, randomSearch(space, 5, createRandom('b')), protocol, 'b')).toThrow(
      'no runs with 5 epochs in this table, which has 4',
    );
  });

  it('needs a limit', () => {
    expect(() => search('a', { ...protocol, queries: null, seconds: null })).toThrow('a search needs a limit');
  });
});
