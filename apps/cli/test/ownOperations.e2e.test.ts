import { buildTable, type RunRecord } from '@nasbench/dataset';
import { writeTable } from '@nasbench/dataset/node';
import { type CellGraph, cellAt, enumerateCells, moduleHash, packCell } from '@nasbench/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

/** Operations that no package knows; the short form of `conv7x7-bn-relu`, were there one, is the name of another. */
const space = { maxVertices: 4, maxEdges: 6, operations: ['conv3x3-bn-relu', 'conv7x7', 'pair5x5-own'] };
const folder = temporaryFolder();
const table = `${folder}/own-operations.arrow`;

function runs(): RunRecord[] {
  const cells = enumerateCells(space);
  return Array.from({ length: cells.count }, (_, i) => {
    const cell = cellAt(cells, i);
    const pruned = cell.pruned as CellGraph;
    const at = (epochs: number) => ({
      epochs,
      trainingTime: epochs,
      trainAccuracy: 0.5,
      validationAccuracy: (epochs * i) / 1024,
      testAccuracy: (epochs * i) / 1024,
    });
    return {
      moduleHash: moduleHash(cell, space),
      cell: { ...packCell(pruned, space), operations: pruned.operations.slice(1, -1) },
      trainableParameters: 1000 + i,
      epochs: 4,
      repeat: 0,
      points: [at(0), at(2), at(4)],
      totalTime: 5,
    } as const;
  });
}

beforeAll(async () => {
  const rest = { images: null, network: null, training: null, codeVersion: '0.1.0', seed: null, engine: null } as const;
  const metadata = { formatVersion: 1, provenance: 'synthetic', epochs: [4], repeats: 1, space, ...rest } as const;
  await writeTable(table, buildTable(runs(), metadata));
});

describe("a table of operations of the user's own", () => {
  it('says which they are', () => {
    expect(nasbench('info', table).stdout).toContain('operations conv3x3-bn-relu, conv7x7, pair5x5-own');
  });

  it('is asked by their names and counts', () => {
    const { rows } = nasbenchJson<{ rows: { cell: string }[] }>(
      'query',
      table,
      '--where',
      'conv7x7 = 1 and pair5x5_own = 1 and edge_count = 3',
    );
    expect(rows.map(({ cell }) => cell).toSorted()).toEqual([
      '0100/0010/0001/0000:conv7x7,pair5x5-own',
      '0100/0010/0001/0000:pair5x5-own,conv7x7',
    ]);
    expect(nasbench('query', table, '--cell', '010/001/000:conv7x7').stdout).toContain('  010/001/000:conv7x7\n');
  });

  it('is drawn', () => {
    const out = `${folder}/cell.svg`;
    const ended = nasbench('plot', 'curves', table, '--cell', '010/001/000:conv7x7', '--out', out);
    expect([ended.status, ended.stderr]).toEqual([0, '']);
  });

  it('does not guess their multiply-adds', () => {
    const { status, stderr } = nasbench('query', table, '--sort', 'multiply_adds');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^nasbench: multiply_adds are not known: the table does not say what the layers of its own operation "(conv7x7|pair5x5-own)" are \(trainable_parameters are in it\)\n$/,
    );
  });

  it('refuses an operation that is not among them', () => {
    const { status, stderr } = nasbench('query', table, '--cell', '010/001/000:maxpool3x3');
    expect(status).toBe(2);
    expect(stderr).toContain('unknown operation "maxpool3x3", expected one of conv3x3-bn-relu, conv7x7, pair5x5-own');
  });
});
