import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createRandom } from '@nasbench/foundation/random';
import { enumerateCells, hashCells, hashText, packCell, unpackCell } from '@nasbench/graph';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  countMultiplyAdds,
  countParameters,
  createCostCounter,
  NETWORK_PRESETS,
  OPERATIONS,
  planNetwork,
} from '../src/index.ts';
import { CELLS, cell, PAPER } from './cells.ts';

const SHARED = process.env.NASBENCH_SHARED ?? path.join(import.meta.dirname, '../../../../shared');
const SAMPLE = path.join(SHARED, 'data/nasbench101-sample.json');

describe('over all 423 624 cells', () => {
  let enumeration: ReturnType<typeof enumerateCells>;
  beforeAll(() => {
    enumeration = enumerateCells();
  });
  const packed = (i: number) => ({
    vertices: enumeration.vertices[i],
    edges: enumeration.edges[i],
    operations: enumeration.operations[i],
  });

  test('minimum and maximum parameters are the official ones', () => {
    let [minimum, maximum] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < enumeration.count; i++) {
      const parameters = countParameters(packed(i), PAPER);
      minimum = Math.min(minimum, parameters);
      maximum = Math.max(maximum, parameters);
    }
    expect([minimum, maximum]).toEqual([227_274, 49_979_274]);
  });

  test.each([
    ['paper', PAPER],
    ['uneven', { ...PAPER, imageSize: 27, stemFilters: 13, stacks: 2, cellsPerStack: 2, labels: 7 }],
  ])('every thousandth costs what its plan says (%s)', (_name, config) => {
    const count = createCostCounter(config);
    for (let i = 0; i < enumeration.count; i += 1009) {
      const { trainableParameters, multiplyAdds } = planNetwork(unpackCell(packed(i)), config);
      expect(count(packed(i))).toEqual({ trainableParameters, multiplyAdds });
    }
  });

  test.skipIf(!existsSync(SAMPLE))(
    'parameters equal those of 10 000 official rows [needs ../shared/data/nasbench101-sample.json]',
    () => {
      const sample = JSON.parse(readFileSync(SAMPLE, 'utf8')) as { key: string[]; trainable_parameters: number[] };
      const official = new Map(sample.key.map((hash, row) => [hash, sample.trainable_parameters[row]]));
      const hashes = hashCells(enumeration);
      const differing: string[] = [];
      let compared = 0;
      for (let i = 0; i < enumeration.count; i++) {
        const expected = official.get(hashText(hashes, i));
        if (expected === undefined) continue;
        compared++;
        const ours = countParameters(packed(i), PAPER);
        if (ours !== expected) differing.push(`${hashText(hashes, i)}: ${ours}, official ${expected}`);
      }
      expect(differing).toEqual([]);
      expect(compared).toBe(10_000);
    },
  );
});

test('cells and packed cells count alike, with any operations', () => {
  const space = { maxVertices: 7, maxEdges: 9, operations: Object.keys(OPERATIONS) };
  const count = createCostCounter(PAPER, OPERATIONS, space);
  const random = createRandom('costs');
  for (let i = 0; i < 50; i++) {
    const interior = Array.from({ length: 4 }, () => space.operations[random.int(space.operations.length)]);
    const chosen = cell('0-1 0-2 1-3 2-3 2-4 3-5 4-5 0-5', ...interior);
    const { trainableParameters, multiplyAdds } = planNetwork(chosen, PAPER);
    expect(count(chosen)).toEqual({ trainableParameters, multiplyAdds });
    expect(count(packCell(chosen.original, space))).toEqual({ trainableParameters, multiplyAdds });
  }
});

test('a changed config is noticed, even in the same object', () => {
  const config = { ...PAPER };
  expect(countParameters(CELLS.inception, config)).toBe(2_694_282);
  Object.assign(config, NETWORK_PRESETS.small);
  expect(countParameters(CELLS.inception, config)).toBe(planNetwork(CELLS.inception, config).trainableParameters);
  expect(countMultiplyAdds(CELLS.inception, config)).toBe(planNetwork(CELLS.inception, config).multiplyAdds);
});

test.each([
  [{ vertices: 9, edges: 1, operations: 0 }, /^packed cell is out of range/],
  [{ vertices: 2, edges: 2, operations: 0 }, /^packed cell is out of range/],
  [{ vertices: 3, edges: 7, operations: 3 }, /^packed cell is out of range/],
  [{ vertices: 3, edges: 0b011, operations: 0 }, /^packed cell is not pruned: vertex 1/],
])('refuses %j', (packed, message) => {
  expect(() => countParameters(packed, PAPER)).toThrow(message);
});
