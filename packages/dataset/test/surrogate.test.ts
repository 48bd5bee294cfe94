import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createRandom, shuffleInPlace } from '@nasbench/foundation/random';
import { enumerateCells, type PackedCell, packCell, packedAt, unpackCell } from '@nasbench/graph';
import { createCostCounter, PAPER_NETWORK } from '@nasbench/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { spearman } from '../src/analyses/index.ts';
import type { BenchmarkTable } from '../src/index.ts';
import {
  accuracyOf,
  CELL_FEATURES,
  compileTrees,
  createFeatureWriter,
  createPredictor,
  expandSurrogate,
  parseSurrogateModel,
  SurrogateModelError,
  valueOf,
} from '../src/surrogate/index.ts';
import { surrogateDigest } from './answers.ts';

const TEXT = readFileSync(path.join(import.meta.dirname, '../tables/surrogate.json'), 'utf8');
/** Of the columns of the cells of up to 5 vertices, by the shipped model: found the same on Node 20, 22 and 24. */
const DIGEST = 'a86456d590a9205dfa2e6c4e8eb708f6205b95d371eadb8d139dc901585ea5f8';
const model = parseSurrogateModel(TEXT, 'surrogate.json');
const costsOf = createCostCounter(PAPER_NETWORK);
const writeFeatures = createFeatureWriter();

function featuresOf(cell: PackedCell): Record<string, number> {
  const features = new Float32Array(CELL_FEATURES.length).fill(Number.NaN);
  writeFeatures(cell, costsOf(cell), features, 0, 1);
  return Object.fromEntries(CELL_FEATURES.map((name, i) => [name, features[i]]));
}

describe('features of a cell', () => {
  it('are those counted by hand on the ResNet block', () => {
    const cell = packCell({
      matrix: [
        [0, 1, 0, 1],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
      operations: ['input', 'conv3x3-bn-relu', 'conv3x3-bn-relu', 'output'],
    });
    expect(featuresOf(cell)).toMatchObject({
      vertices: 4,
      edge_count: 4,
      paths: 2,
      shortcut: 1,
      input_edges: 2,
      feeding_output: 1,
      'conv3x3.count': 2,
      'conv3x3.from_input': 1,
      'conv3x3.to_output': 1,
      'conv3x3.visits_backward': 1,
      'conv3x3.visits_forward': 1,
      'conv3x3.largest_share_of_paths': 0.5,
      'conv1x1.count': 0,
      'chains.input.conv3x3.conv3x3': 1,
      'chains.conv3x3.conv3x3.output': 1,
      'path_length.longest': 2,
      'path_length.shortest': 0,
      'path_length.mean': 1,
      'path_conv3x3.branch_mean': 2,
    });
  });

  it('do not depend on how vertices are numbered', () => {
    const cells = enumerateCells();
    const random = createRandom('features', 'cells');
    let renumbered = 0;
    for (let trial = 0; trial < 6000; trial++) {
      const packed = packedAt(cells, random.int(cells.count));
      const { matrix, operations } = unpackCell(packed).original;
      const order = operations.map((_, v) => v);
      const interior = order.slice(1, -1);
      shuffleInPlace(random, interior);
      const places = [0, ...interior, order.length - 1];
      const moved = places.map((from) => places.map((to) => matrix[from][to]));
      if (moved.some((row, x) => row.some((edge, y) => edge === 1 && x >= y))) continue;
      renumbered++;
      const again = packCell({ matrix: moved, operations: places.map((v) => operations[v]) });
      // Costs depend on which vertex gets the odd channel: they are the cell's own.
      const [first, second] = [new Float32Array(CELL_FEATURES.length), new Float32Array(CELL_FEATURES.length)];
      writeFeatures(packed, costsOf(packed), first, 0, 1);
      writeFeatures(again, costsOf(packed), second, 0, 1);
      expect(Array.from(second)).toEqual(Array.from(first).map((value) => expect.closeTo(value, 5)));
    }
    expect(renumbered).toBeGreaterThan(200);
  });
});

it('symmetric trees sum the leaves that their comparisons lead to', () => {
  const trees = {
    depth: 2,
    outputs: 2,
    base: [1, -1],
    scale: [0.5, 2],
    features: [0, 1, 1, 0],
    thresholds: [0.5, 10, 20, 1.5],
    // Two trees of two outputs of four leaves; bit 0 is the first comparison.
    leaves: [1, 2, 3, 4, 10, 20, 30, 40, 5, 6, 7, 8, 50, 60, 70, 80],
  };
  const features = Float32Array.from([0, 1, 2, 5, 15, 25]);
  const predictions = new Float64Array(6);
  compileTrees(trees).predict(features, 3, 3, predictions);
  // Leaves: cell 0 (0, 5): 0 and 0; cell 1 (1, 15): 3 and 0; cell 2 (2, 25): 3 and 3.
  const expected = [1 + 0.5 * 6, 1 + 0.5 * 9, 1 + 0.5 * 12, -1 + 2 * 60, -1 + 2 * 90, -1 + 2 * 120];
  expect(Array.from(predictions)).toEqual(expected);
});

it('a curve is straight between its points and level beyond them', () => {
  const curve = { first: -1, step: 2, values: [10, 20, 40] };
  expect([-9, -1, 0, 1, 2, 3, 9, Number.NaN].map((x) => valueOf(curve, x))).toEqual([10, 10, 15, 20, 30, 40, 40, 10]);
});

describe('the model that comes with the package', () => {
  it('is small, and says what it was fitted on and how far it is off', () => {
    expect(TEXT.length).toBeLessThan(3e6);
    expect(model.fit.rows).toBe(10_000);
    // SPEC 8: what such a sample allows.
    const wanted = [0.821, 0.868, 0.931, 0.963];
    model.fit.budgets.forEach(({ spearman: found }, b) => expect(found).toBeGreaterThanOrEqual(wanted[b]));
    expect(model.fit.timeR2).toBeGreaterThanOrEqual(0.998);
  });

  it('gives the same bits wherever it is expanded', async () => {
    expect(await surrogateDigest(TEXT)).toBe(DIGEST);
  });

  it('gives a cell the same values in a part of the space', () => {
    const [small, larger] = [3, 4].map((maxVertices) => expandSurrogate(model, { maxVertices }));
    for (let row = 0; row < small.rowCount; row++) {
      const there = larger.findRow(small.moduleHash(row));
      for (const name of small.metricNames) {
        expect(larger.column(name).values.slice(there * 3, there * 3 + 3)).toEqual(
          small.column(name).values.slice(row * 3, row * 3 + 3),
        );
      }
    }
    expect([small.rowCount, larger.rowCount]).toEqual([7, 91]);
  });

  it('predicts means that lie among the draws', () => {
    const cells = enumerateCells({
      maxVertices: 5,
      maxEdges: 9,
      operations: ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'],
    });
    const packed = Array.from({ length: cells.count }, (_, i) => packedAt(cells, i));
    const { scores, count } = createPredictor(model)(packed);
    const [last] = model.budgets.slice(-1);
    const b = model.budgets.length - 1;
    const predicted = Array.from({ length: count }, (_, i) => accuracyOf(last, scores[b * count + i]));
    const mean = predicted.reduce((sum, { mean: value }) => sum + value, 0) / count;
    const drawn = Float64Array.from(
      expandSurrogate(model, { maxVertices: 5 }).column('validation_accuracy_108').values,
    );
    const drawnMean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(Math.abs(mean - drawnMean)).toBeLessThan(0.003);
  });
});

describe('the whole table', () => {
  let table: BenchmarkTable;
  beforeAll(() => {
    table = expandSurrogate(model);
  }, 300_000);

  const firstRun = (name: string): Float64Array => {
    const { values } = table.column(name);
    return Float64Array.from({ length: table.rowCount }, (_, row) => values[3 * row]);
  };
  const means = (name: string): Float64Array => {
    const { values } = table.column(name);
    return Float64Array.from(
      { length: table.rowCount },
      (_, row) => (values[3 * row] + values[3 * row + 1] + values[3 * row + 2]) / 3,
    );
  };

  it('has the distribution of single official runs at 108 epochs (SPEC 8)', () => {
    const sorted = firstRun('validation_accuracy_108').toSorted();
    const quantile = (p: number): number => sorted[Math.floor(p * (sorted.length - 1))];
    const official: readonly (readonly [number, number])[] = [
      [0, 0.0951],
      [0.01, 0.8265],
      [0.05, 0.87],
      [0.25, 0.9004],
      [0.5, 0.9164],
      [0.75, 0.928],
      [0.95, 0.9392],
      [0.99, 0.9432],
      [1, 0.9488],
    ];
    for (const [p, value] of official) expect(Math.abs(quantile(p) - value)).toBeLessThan(0.004);
  });

  it('has the rank correlations of single official runs between budgets (SPEC 8)', () => {
    const runs = new Map([4, 12, 36, 108].map((epochs) => [epochs, firstRun(`validation_accuracy_${epochs}`)]));
    const official: readonly (readonly [number, number, number])[] = [
      [4, 12, 0.79],
      [4, 36, 0.653],
      [4, 108, 0.442],
      [12, 36, 0.8],
      [12, 108, 0.613],
      [36, 108, 0.878],
    ];
    for (const [a, b, value] of official) {
      const found = spearman(runs.get(a) as Float64Array, runs.get(b) as Float64Array);
      expect(Math.abs(found - value), `${a} and ${b} epochs`).toBeLessThan(0.02);
    }
  });

  it('has a best cell as good as the official one', () => {
    const best = means('test_accuracy_108').reduce((a, b) => Math.max(a, b));
    expect(best).toBeGreaterThan(0.94);
    expect(best).toBeLessThan(0.946);
  });
});

describe('a model file that cannot be used is refused', () => {
  const changed = (change: (copy: Record<string, unknown>) => void): string => {
    const copy = JSON.parse(TEXT);
    change(copy);
    return JSON.stringify(copy);
  };
  it.each([
    ['empty', '', 'expected JSON'],
    ['cut', TEXT.slice(0, 1000), 'expected JSON'],
    ['a list', '[]', 'expected an object'],
    ['of another version', changed((copy) => (copy.modelVersion = 99)), 'expected modelVersion 1, found 99'],
    ['of other features', changed((copy) => (copy.features = ['x'])), 'its features are not those of this version'],
    ['without budgets', changed((copy) => (copy.budgets = [])), 'budgets: expected one or more'],
    ['without trees', changed((copy) => delete copy.scores), 'scores: expected trees with 4 outputs'],
    [
      'with a curve of NaN',
      changed((copy) => ((copy.budgets as { accuracy: unknown }[])[2].accuracy = null)),
      'budgets[2]',
    ],
  ])('%s', (_, text, reason) => {
    const parse = (): unknown => parseSurrogateModel(text, 'm.json');
    expect(parse).toThrow(SurrogateModelError);
    expect(parse).toThrow(reason);
    expect(parse).toThrow(/^m\.json: [^\n]+$/);
  });
});
