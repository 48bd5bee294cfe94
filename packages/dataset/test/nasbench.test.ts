import { cellFromMatrix, INPUT, moduleHash, NASBENCH_101, OUTPUT, packCell } from '@nasbench/graph';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  buildTable,
  decodeTable,
  encodeTable,
  MissingRunError,
  meanOverRepeats,
  NASBench,
  OutOfDomainError,
  type OutOfDomainReason,
  stdOverRepeats,
  TableFormatError,
} from '../src/index.ts';
import { adjacencyOf, labelsOf } from '../src/recordedCell.ts';
import { CELLS, METADATA, run } from './samples.ts';

const RUNS = [0, 1, 2].flatMap((repeat) =>
  METADATA.epochs.flatMap((epochs) => [8, 40].map((i) => run(i, epochs, repeat))),
);
const PARTIAL = [...[0, 2].map((repeat) => run(60, 12, repeat)), run(60, 4, 1, { points: null })];
const table = buildTable([...RUNS, ...PARTIAL], METADATA);
const cellAt = (index: number) => cellFromMatrix(adjacencyOf(CELLS[index].cell), labelsOf(CELLS[index].cell));
const endOf = (index: number, epochs: number, repeat: number) => run(index, epochs, repeat).points?.[2];

let bench: NASBench;
beforeEach(() => {
  bench = new NASBench(table, { seed: 5 });
});

function reasonOf(ask: () => unknown): OutOfDomainReason | undefined {
  try {
    ask();
  } catch (error) {
    if (error instanceof OutOfDomainError) return error.reason;
    throw error;
  }
  return undefined;
}

describe('query', () => {
  it('answers with the fields of the reference', () => {
    const end = endOf(40, 4, 1);
    expect(bench.query(cellAt(40), { epochs: 4, repeat: 1 })).toEqual({
      moduleHash: CELLS[40].moduleHash,
      adjacency: adjacencyOf(CELLS[40].cell),
      operations: [INPUT, ...CELLS[40].cell.operations, OUTPUT],
      trainableParameters: 1040,
      trainingTime: end?.trainingTime,
      trainAccuracy: end?.trainAccuracy,
      validationAccuracy: end?.validationAccuracy,
      testAccuracy: end?.testAccuracy,
      epochs: 4,
      stopHalfway: false,
      repeat: 1,
      provenance: 'synthetic',
    });
  });

  it('takes the largest budget by default and accepts a hash', () => {
    const answer = bench.query(CELLS[8].moduleHash, { repeat: 2 });
    expect(answer.epochs).toBe(12);
    expect(answer.testAccuracy).toBe(endOf(8, 12, 2)?.testAccuracy);
  });

  it('gives the metrics of half the epochs at half the cost', () => {
    const half = run(8, 12, 0).points?.[1];
    const answer = bench.query(cellAt(8), { stopHalfway: true, repeat: 0 });
    expect(answer.validationAccuracy).toBe(half?.validationAccuracy);
    expect(bench.budgetCounters()).toEqual({ trainingSeconds: half?.trainingTime, epochs: 6 });
  });

  it('averages the completed runs', () => {
    const [first, third] = [0, 2].map((repeat) => endOf(60, 12, repeat));
    const answer = bench.query(cellAt(60), { repeat: 'mean' });
    expect(answer.repeat).toBe('mean');
    expect(answer.testAccuracy).toBe(((first?.testAccuracy ?? 0) + (third?.testAccuracy ?? 0)) / 2);
    expect(answer.trainingTime).toBe(((first?.trainingTime ?? 0) + (third?.trainingTime ?? 0)) / 2);
  });

  it('draws every completed run about as often, and never an absent one', () => {
    const drawn = Array.from({ length: 600 }, () => bench.query(cellAt(8)).repeat);
    for (const repeat of [0, 1, 2]) {
      expect(drawn.filter((one) => one === repeat).length).toBeGreaterThan(150);
    }
    const partly = new Set(Array.from({ length: 100 }, () => bench.query(cellAt(60)).repeat));
    expect(partly).toEqual(new Set([0, 2]));
  });

  it('draws the same repeats from the same seed and others from another', () => {
    const draws = (seed: number) => {
      const seeded = new NASBench(table, { seed });
      return Array.from({ length: 40 }, () => seeded.query(cellAt(8)).repeat);
    };
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });

  it('finds a cell by any isomorphic or unpruned matrix', () => {
    const direct = cellFromMatrix(
      [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      [INPUT, 'maxpool3x3', OUTPUT],
    );
    const detour = cellFromMatrix(
      [
        [0, 1, 1, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
      [INPUT, 'conv3x3-bn-relu', 'maxpool3x3', OUTPUT],
    );
    const index = CELLS.findIndex((cell) => cell.moduleHash === moduleHash(direct));
    const one = new NASBench(buildTable([run(index, 12, 0)], METADATA));
    expect(one.query(detour)).toEqual(one.query(direct));
    expect(one.query(detour).operations).toEqual([INPUT, 'maxpool3x3', OUTPUT]);
  });

  it('counts seconds and epochs until it is reset, each instance for itself', () => {
    const other = new NASBench(table);
    bench.query(cellAt(8), { epochs: 4, repeat: 0 });
    bench.query(cellAt(40), { epochs: 12, repeat: 1 });
    const seconds = (endOf(8, 4, 0)?.trainingTime ?? 0) + (endOf(40, 12, 1)?.trainingTime ?? 0);
    expect(bench.budgetCounters()).toEqual({ trainingSeconds: seconds, epochs: 16 });
    expect(other.budgetCounters()).toEqual({ trainingSeconds: 0, epochs: 0 });
    bench.resetBudgetCounters();
    expect(bench.budgetCounters()).toEqual({ trainingSeconds: 0, epochs: 0 });
  });

  it('charges nothing for a question that it refuses', () => {
    expect(() => bench.query(cellAt(60), { repeat: 1 })).toThrow(MissingRunError);
    expect(() => bench.query(cellAt(60), { epochs: 7 })).toThrow(OutOfDomainError);
    expect(bench.budgetCounters()).toEqual({ trainingSeconds: 0, epochs: 0 });
  });

  it('says which run is missing', () => {
    expect(() => bench.query(cellAt(60), { repeat: 1 })).toThrow(
      `no completed run of cell ${CELLS[60].moduleHash} with 12 epochs, repeat 1`,
    );
    expect(() => bench.query(cellAt(60), { epochs: 4 })).toThrow('with 4 epochs, any repeat');
    expect(() => bench.query(cellAt(60), { epochs: 4, repeat: 'mean' })).toThrow(MissingRunError);
  });
});

describe('questions outside the table', () => {
  const line = (vertices: number, label = 'maxpool3x3') =>
    cellFromMatrix(
      Array.from({ length: vertices }, (_, x) => Array.from({ length: vertices }, (__, y) => (y === x + 1 ? 1 : 0))),
      [INPUT, ...Array<string>(vertices - 2).fill(label), OUTPUT],
    );
  const disconnected = cellFromMatrix(
    [
      [0, 0],
      [0, 0],
    ],
    [INPUT, OUTPUT],
  );
  const full = cellFromMatrix(
    [
      [0, 1, 1, 1],
      [0, 0, 1, 1],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ],
    [INPUT, 'maxpool3x3', 'maxpool3x3', OUTPUT],
  );
  const few = new NASBench(buildTable([], { ...METADATA, space: { ...METADATA.space, maxEdges: 5 } }));

  it.each([
    ['disconnected', disconnected, undefined],
    ['too-many-vertices', line(5), undefined],
    ['too-many-edges', full, few],
    ['unknown-operation', line(3, 'conv7x7'), undefined],
    [
      'input-output-labels',
      cellFromMatrix(
        [
          [0, 1],
          [0, 0],
        ],
        ['in', OUTPUT],
      ),
      bench,
    ],
  ] as const)('refuses a cell: %s', (reason, cell, where = new NASBench(table)) => {
    expect(where.isValid(cell)).toBe(false);
    expect(reasonOf(() => where.query(cell))).toBe(reason);
    expect(reasonOf(() => where.metricsBySpec(cell))).toBe(reason);
  });

  it('refuses epochs and repeats that are not there, malformed hashes and unknown cells', () => {
    expect(reasonOf(() => bench.query(cellAt(8), { epochs: 108 }))).toBe('epochs');
    expect(reasonOf(() => bench.query(cellAt(8), { repeat: 3 }))).toBe('repeat');
    expect(reasonOf(() => bench.query(cellAt(8), { repeat: -1 }))).toBe('repeat');
    expect(reasonOf(() => bench.query('28cf'))).toBe('malformed-hash');
    expect(reasonOf(() => bench.query('0'.repeat(32)))).toBe('not-in-table');
    expect(bench.isValid(cellAt(20))).toBe(true);
    expect(reasonOf(() => bench.query(cellAt(20)))).toBe('not-in-table');
  });

  it('says what is there', () => {
    expect(() => bench.query(cellAt(8), { epochs: 108 })).toThrow(
      'no runs with 108 epochs in this table, which has 4, 12',
    );
    expect(() => bench.column('test_accuracy_108')).toThrow(TableFormatError);
    expect(() => bench.column('test_accuracy_108')).toThrow('no column test_accuracy_108');
  });
});

describe('bulk access', () => {
  it('iterates hashes and rows in the order of the table', () => {
    const hashes = [8, 40, 60].map((i) => CELLS[i].moduleHash).toSorted();
    expect([...bench.hashes()]).toEqual(hashes);
    expect(Array.from(bench.rows(), ({ row, moduleHash: hash }) => [row, hash])).toEqual(
      hashes.map((hash, i) => [i, hash]),
    );
  });

  it.each([
    ['memory', table],
    ['a file', decodeTable(encodeTable(table))],
  ])('gives the columns of a table in %s, always the same arrays, which say what the rows say', (_, some) => {
    const { cells } = some;
    for (const { row, adjacency, operations, trainableParameters } of new NASBench(some).rows()) {
      const recorded = {
        vertices: cells.vertices[row],
        edges: cells.edges[row],
        operations: cells.operationLists[cells.operations[row]],
      };
      expect(adjacency).toEqual(adjacencyOf(recorded));
      expect(operations).toEqual(labelsOf(recorded));
      expect(trainableParameters).toBe(cells.trainableParameters[row]);
    }
    for (const name of ['moduleHashes', 'vertices', 'edges', 'operations', 'trainableParameters'] as const) {
      expect(some.cells[name]).toBe(cells[name]);
    }
    for (const name of some.metricNames) expect(some.column(name).values).toBe(some.column(name).values);
  });

  it('tells every budget and repeat of a cell for free', () => {
    const all = bench.metricsBySpec(cellAt(60));
    expect(all).toEqual(bench.metricsByHash(CELLS[60].moduleHash));
    expect(all.runs.get(4)).toEqual([null, null, null]);
    const [first, second] = all.runs.get(12) ?? [];
    const [start, half, end] = run(60, 12, 0).points ?? [];
    expect(first).toEqual({ start, half, end, totalTime: run(60, 12, 0).totalTime });
    expect(second).toBeNull();
    expect(bench.budgetCounters().epochs).toBe(0);
  });

  it('gives a column as rows x repeats, with means and standard deviations', () => {
    const column = bench.column('test_accuracy_12');
    expect(column.values).toHaveLength(3 * METADATA.repeats);
    const row = table.findRow(CELLS[8].moduleHash);
    const values = [0, 1, 2].map((repeat) => endOf(8, 12, repeat)?.testAccuracy ?? 0);
    expect([...column.values.subarray(row * 3, row * 3 + 3)]).toEqual(values);
    const mean = (values[0] + values[1] + values[2]) / 3;
    expect(meanOverRepeats(column)[row]).toBe(mean);
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(stdOverRepeats(column)[row]).toBeCloseTo(Math.sqrt(squares / 2), 12);
    expect(stdOverRepeats(column, 0)[row]).toBeCloseTo(Math.sqrt(squares / 3), 12);
  });

  it('has no mean without a run and no sample deviation of one', () => {
    const one = buildTable([run(8, 4, 1)], METADATA);
    expect([...meanOverRepeats(one.column('test_accuracy_12'))]).toEqual([Number.NaN]);
    expect([...meanOverRepeats(one.column('test_accuracy_4'))]).toEqual([endOf(8, 4, 1)?.testAccuracy]);
    expect([...stdOverRepeats(one.column('test_accuracy_4'))]).toEqual([Number.NaN]);
    expect([...stdOverRepeats(one.column('test_accuracy_4'), 0)]).toEqual([0]);
  });
});

it('keeps values of the official form to the bit: accuracies k / 9984 and times in single precision', () => {
  const [conv3, conv1, pool] = NASBENCH_101.operations;
  const rows = ['0111010', '0000001', '0000001', '0000100', '0000001', '0000001', '0000000'];
  const inception = cellFromMatrix(
    rows.map((row) => Array.from(row, Number)),
    [INPUT, conv1, conv3, conv3, conv3, pool, OUTPUT],
  );
  const hash = '28cfc7874f6d200472e1a9dcd8650aa0';
  const values: [number, number, number][] = [
    [9001, 9002, 1100.123],
    [9003, 9004, 1101.456],
    [9005, 9006, 1102.789],
  ];
  const fraction = (count: number): number => Math.fround(count / 9984);
  const at = (epochs: number, [validation, test, seconds]: [number, number, number]) => ({
    epochs,
    trainingTime: Math.fround(seconds),
    trainAccuracy: 1,
    validationAccuracy: fraction(validation),
    testAccuracy: fraction(test),
  });
  const records = values.map((value, repeat) => ({
    moduleHash: hash,
    cell: { ...packCell(inception.pruned ?? inception.original), operations: [conv1, conv3, conv3, conv3, pool] },
    trainableParameters: 2_694_282,
    epochs: 108,
    repeat,
    points: [at(0, [998, 998, 0]), at(54, value), at(108, value)] as const,
    totalTime: 1200.1,
  }));
  const official = buildTable(records, { ...METADATA, epochs: [108], space: NASBENCH_101 });
  const reread = new NASBench(decodeTable(encodeTable(official)));
  expect(official.column('test_accuracy_108').values).toBeInstanceOf(Float32Array);
  const answers = [0, 1, 2].map((repeat) => reread.query(inception, { repeat }));
  expect(answers.map((answer) => answer.moduleHash)).toEqual([hash, hash, hash]);
  expect(answers.map((answer) => answer.validationAccuracy)).toEqual(
    values.map(([validation]) => fraction(validation)),
  );
  expect(answers.map((answer) => answer.testAccuracy)).toEqual(values.map(([, test]) => fraction(test)));
  expect(answers.map((answer) => answer.trainingTime)).toEqual(values.map(([, , seconds]) => Math.fround(seconds)));
});

it.each(['men', '0', null, 1.5, -1])('refuses the repeat %j instead of drawing one', (repeat) => {
  const [hash] = bench.hashes();
  // What a caller without types may hand over.
  const options = JSON.parse(JSON.stringify({ repeat }));
  expect(() => bench.query(hash, options)).toThrow(`repeat must be random, mean or 0 .. ${METADATA.repeats - 1}`);
  expect(bench.budgetCounters()).toEqual({ trainingSeconds: 0, epochs: 0 });
});
