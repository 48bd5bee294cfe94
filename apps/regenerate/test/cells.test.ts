import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatCell, NASBENCH_101 } from '@nasbench/graph';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allCells, cellsOfFile } from '../src/units/cells.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-cells-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(value: unknown): Promise<string[]> {
  const file = path.join(folder, 'cells.json');
  await writeFile(file, JSON.stringify(value));
  return (await cellsOfFile(file, NASBENCH_101)).map((cell) => formatCell(cell));
}

const CHAIN = [
  [0, 1, 0],
  [0, 0, 1],
  [0, 0, 0],
];
/** The module hash of input -> conv3x3 -> output. */
const CONV3X3 = 'b49ac8c578b4561d79ac7087988f1c61';

describe('cellsOfFile', () => {
  it('refuses a key that is not the hash of its cell, so that no cell comes twice', async () => {
    await expect(read({ [CONV3X3.replace(/^./, 'x')]: [CHAIN, [-1, 0, -2]] })).rejects.toThrow(
      /the cell has the module hash [0-9a-f]{32}, expected its key/,
    );
  });

  it('reads a cell under its hash, with labels as numbers or names', async () => {
    expect(await read({ [CONV3X3]: [CHAIN, [-1, 0, -2]] })).toEqual(['010/001/000:conv3x3']);
    expect(await read({ [CONV3X3]: [CHAIN, ['input', 'conv3x3-bn-relu', 'output']] })).toEqual(['010/001/000:conv3x3']);
  });

  it.each([[null], [3], [-3], [1.5], [true]])('refuses the label %j', async (label) => {
    await expect(read({ [CONV3X3]: [CHAIN, [-1, label, -2]] })).rejects.toThrow(
      `${CONV3X3}: ${JSON.stringify(label)} is no label: expected -1 (input), -2 (output), 0 to 2`,
    );
  });

  it('refuses an operation given as text that no operation has', async () => {
    await expect(read({ [CONV3X3]: [CHAIN, [-1, '2', -2]] })).rejects.toThrow(/2/);
  });

  it('refuses what is no object of cells', async () => {
    await expect(read([])).rejects.toThrow('expected {"<module hash>": [matrix, labels], ...}');
    await expect(read({})).rejects.toThrow('holds no cells');
    await expect(read({ a: 3 })).rejects.toThrow('a: expected [matrix, labels]');
  });
});

it('allCells lists a space once', () => {
  expect(allCells({ ...NASBENCH_101, maxVertices: 4 })).toHaveLength(91);
});
