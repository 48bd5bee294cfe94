import { buildTable, type RunRecord } from '@nasbench/dataset';
import { writeTable } from '@nasbench/dataset/node';
import { type CellGraph, cellAt, enumerateCells, moduleHash, NASBENCH_101, packCell } from '@nasbench/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

const table = `${temporaryFolder()}/four-vertices.arrow`;
const space = { ...NASBENCH_101, maxVertices: 4 };
const cells = enumerateCells(space);

/** Accuracy i / 128 for cell i, better by 1 / 256 in the second run; cell 3 failed. */
function runOf(index: number, repeat: number): RunRecord {
  const cell = cellAt(cells, index);
  const pruned = cell.pruned as CellGraph;
  const at = (epochs: number) => ({
    epochs,
    trainingTime: 10 * epochs + index,
    trainAccuracy: 0.5,
    validationAccuracy: (epochs / 4) * (index / 128 + repeat / 256),
    testAccuracy: (epochs / 4) * (index / 256),
  });
  return {
    moduleHash: moduleHash(cell),
    cell: { ...packCell(pruned), operations: pruned.operations.slice(1, -1) },
    trainableParameters: 1000 + index,
    epochs: 4,
    repeat,
    points: index === 3 ? null : [at(0), at(2), at(4)],
    totalTime: 50,
  };
}

beforeAll(async () => {
  const runs = Array.from({ length: cells.count }, (_, i) => [runOf(i, 0), runOf(i, 1)]).flat();
  const metadata = {
    formatVersion: 1,
    provenance: 'synthetic',
    epochs: [4],
    repeats: 2,
    space,
    images: null,
    network: null,
    training: null,
    codeVersion: '0.1.0',
    seed: null,
    engine: null,
  } as const;
  await writeTable(table, buildTable(runs, metadata));
});

interface Answer {
  readonly notes?: string[];
  readonly rows: { moduleHash: string; validationAccuracy: number | null; values?: Record<string, number | null> }[];
}
const ask = (...args: string[]): Answer => nasbenchJson<Answer>('query', table, ...args);
const hashesOf = ({ rows }: Answer): string[] => rows.map((row) => row.moduleHash);
const hashOf = (index: number): string => moduleHash(cellAt(cells, index));

describe('query', () => {
  it('ranks by mean validation accuracy, and leaves out cells without a run', () => {
    expect(hashesOf(ask('--top', '2'))).toEqual([hashOf(90), hashOf(89)]);
    const { rows } = ask('--top', '100');
    expect(rows).toHaveLength(90);
    expect(Object.keys(rows[0])).not.toContain('values');
  });

  it('takes a condition and an order, and shows what they read', () => {
    const { rows, notes } = ask(
      '--where',
      'depth = 3 and conv3x3 = 2',
      '--sort',
      'trainable_parameters',
      '--ascending',
    );
    expect(rows.map(({ values }) => values)).toEqual(rows.map(() => ({ depth: 3, conv3x3: 2 })));
    const expected = Array.from({ length: cells.count }, (_, i) => i).filter((i) => {
      const { matrix, operations } = cellAt(cells, i).original;
      const isChain = matrix.length === 4 && matrix[0][1] + matrix[1][2] + matrix[2][3] === 3;
      return isChain && operations.filter((operation) => operation === 'conv3x3-bn-relu').length === 2;
    });
    expect(expected.length).toBeGreaterThan(1);
    expect(hashesOf({ rows })).toEqual(expected.map(hashOf));
    expect(notes).toBeUndefined();
  });

  it('orders by an expression, whose value it shows, and finds cells without a run by a condition', () => {
    const best = ask('--sort', 'std(validation_accuracy_4) * 100 - vertices', '--top', '1');
    expect(best.rows[0].values).toEqual({
      'std(validation_accuracy_4) * 100 - vertices': expect.closeTo(100 / 256 / Math.SQRT2 - 2, 10),
      'std(validation_accuracy_4)': expect.closeTo(1 / 256 / Math.SQRT2, 10),
      vertices: 2,
    });
    const failed = ask('--where', 'count(test_accuracy_4) = 0');
    expect(hashesOf(failed)).toEqual([hashOf(3)]);
    expect(failed.rows[0]).toMatchObject({ validationAccuracy: null, values: { 'count(test_accuracy_4)': 0 } });
  });

  it('prints people a table, and says whose multiply-adds they are', () => {
    const { status, stdout } = nasbench('query', table, '--where', "operations = 'conv3x3'", '--sort', 'multiply_adds');
    const [header, first, ...others] = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(header).toMatch(/^module hash .* multiply_adds {2}cell$/);
    expect(first).toMatch(/ 011\/001\/000:conv3x3$/);
    expect(others.at(-1)).toContain("multiply_adds are those of the paper's network");
    expect(nasbench('query', table, '--where', 'depth > 9').stdout).toMatch(/^no row meets the condition/);
  });

  it.each([
    [['--where', 'depth <'], 2, 'where: expected a value at character 8, found the end'],
    [['--where', 'depth'], 2, 'where: expected a condition such as vertices > 5, found a number'],
    [['--where', 'depht < 3'], 2, 'where: no column depht at character 1; nearest are depth, '],
    [['--where', '1); process.exit(0'], 2, 'where: unexpected ";" at character 3'],
    [['--where', '('.repeat(100_000)], 2, 'where: expected an expression of at most 2000 characters, found 100000'],
    [['--sort', 'validation_accuracy_4 +'], 2, 'sort: expected a value at character 24, found the end'],
    [['--sort', 'depth > 2'], 2, 'sort: expected a number such as test_accuracy_108, found a condition'],
    [['--sort', 'test_accuracy_4[2]'], 2, 'sort: test_accuracy_4[2] at character 1: expected a repeat of 0 .. 1'],
    [
      ['--cell', '01/00', '--where', 'depth < 3'],
      2,
      "'--where <condition>' cannot be used with option '--cell <cell>'",
    ],
    [['--cell', '01/00', '--sort', 'depth'], 2, "'--sort <column>' cannot be used with option '--cell <cell>'"],
    [['--cell', '01/00', '--top', '10'], 2, "'--top <n>' cannot be used with option '--cell <cell>'"],
    [['--cell', '01/00', '--ascending'], 2, "'--ascending' cannot be used with option '--cell <cell>'"],
    [['--repeat', 'mean'], 2, '--repeat is about one cell: it needs --cell'],
    [['--halfway'], 2, '--halfway is about one cell: it needs --cell'],
    [['--cell', '01/00', '--repeat', '2'], 2, 'repeat must be random, mean or 0 .. 1, found 2'],
    [['--cell', '01/00', '--epochs', '108'], 2, 'no runs with 108 epochs in this table, which has 4'],
    [['--cell', 'f'.repeat(32)], 2, `cell ${'f'.repeat(32)} is not among the 91 of this table`],
    // The table has the cell, the run failed: the answer depends on the data.
    [['--cell', hashOf(3), '--repeat', '1'], 1, `no completed run of cell ${hashOf(3)} with 4 epochs, repeat 1`],
  ])('refuses with one line: case %#', (args, status, message) => {
    const ended = nasbench('query', table, ...args);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
    expect(ended.stderr).toMatch(/^nasbench: [^\n]*\n$/);
    expect(ended.stderr).toContain(message);
  });
});
