import { type CellGraph, cellFromMatrix, moduleHash, NASBENCH_101, packCell, parseCell } from '@nasbench/graph';
import { expect, it } from 'vitest';
import { buildTable, type EvaluationRequest, NASBench, type RunMetrics } from '../src/index.ts';

const point = (epochs: number, accuracy: number, trainingTime = 10 * epochs) => ({
  epochs,
  trainingTime,
  trainAccuracy: accuracy,
  validationAccuracy: accuracy,
  testAccuracy: accuracy,
});
const run = (accuracy: number, time?: number): RunMetrics => ({
  start: point(0, 0.125, 0),
  half: point(2, 0.25, time),
  end: point(4, accuracy, time),
  totalTime: 50,
});
const cell = parseCell('010/001/000:conv3x3');
const { start, half, end } = run(0.5);
const pruned = cell.pruned as CellGraph;
const recorded = { ...packCell(pruned), operations: pruned.operations.slice(1, -1) };
const table = buildTable(
  [
    {
      moduleHash: moduleHash(cell),
      cell: recorded,
      epochs: 4,
      repeat: 0,
      trainableParameters: 1,
      points: [start, half, end],
      totalTime: 50,
    },
  ],
  {
    formatVersion: 1,
    provenance: 'synthetic',
    epochs: [4],
    repeats: 2,
    space: NASBENCH_101,
    images: null,
    network: null,
    training: null,
    codeVersion: '0.1.0',
    seed: null,
    engine: null,
  },
);

/** What the evaluator was asked for, with answers of one accuracy. */
function opened(accuracy: number): { bench: NASBench; asked: EvaluationRequest[] } {
  const asked: EvaluationRequest[] = [];
  const evaluator = async (request: EvaluationRequest): Promise<RunMetrics> => {
    asked.push(request);
    return run(accuracy, 99);
  };
  return { bench: new NASBench(table, { evaluator }), asked };
}

it('trains the cell as the table holds it and compares all but times', async () => {
  const { bench, asked } = opened(0.5);
  // The same cell with a vertex that leads nowhere.
  const unpruned = cellFromMatrix(
    [
      [0, 1, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
    ['input', 'conv3x3-bn-relu', 'maxpool3x3', 'output'],
  );
  expect(await bench.evaluate(unpruned)).toMatchObject({ epochs: 4, repeat: 0, equal: true, stored: run(0.5) });
  expect(asked[0].cell.pruned).toEqual(cell.pruned);
  expect(asked[0].cell.original.matrix).toHaveLength(3);
  expect(asked[0].moduleHash).toBe(table.moduleHash(0));
  expect(bench.budgetCounters()).toEqual({ trainingSeconds: 0, epochs: 0 });
  expect(await opened(0.625).bench.evaluate(cell)).toMatchObject({ equal: false });
});

it('trains what the table does not hold', async () => {
  const { bench, asked } = opened(0.5);
  const none = { equal: null, stored: null };
  expect(await bench.evaluate(cell, { epochs: 12 })).toMatchObject({ epochs: 12, ...none });
  expect(await bench.evaluate(cell, { repeat: 1 })).toMatchObject({ repeat: 1, ...none });
  expect(await bench.evaluate(cell, { repeat: 7 })).toMatchObject({ repeat: 7, ...none });
  expect(await bench.evaluate(parseCell('01/00:'))).toMatchObject(none);
  expect(asked).toHaveLength(4);
});

it('refuses what cannot be trained', async () => {
  await expect(new NASBench(table).evaluate(cell)).rejects.toThrow('opened without an evaluator');
  const { bench, asked } = opened(0.5);
  await expect(bench.evaluate(cell, { epochs: 0 })).rejects.toThrow('epochs must be a number above 0, found 0');
  await expect(bench.evaluate(cell, { repeat: -1 })).rejects.toThrow('repeat must be 0, 1, .., found -1');
  await expect(bench.evaluate(parseCell('010/000/000:conv3x3'))).rejects.toThrow('cannot be reached');
  expect(asked).toEqual([]);
});
