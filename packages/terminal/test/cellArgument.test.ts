import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatCell, InvalidCellError, moduleHash, NASBENCH_101 } from '@nasbench/graph';
import { operationOf, resolveCell } from '@nasbench/terminal';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-cell-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, value: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

const TEXT = '0110/0010/0001/0000:conv3x3,maxpool3x3';
const MATRIX = [
  [0, 1, 1, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [0, 0, 0, 0],
];

describe('resolveCell', () => {
  it.each([
    ['integer labels of the reference', [MATRIX, [-1, 0, 2, -2]]],
    ['names', [MATRIX, ['input', 'conv3x3-bn-relu', 'maxpool3x3', 'output']]],
    ['short names and keys', { matrix: MATRIX, operations: ['input', 'conv3x3', 'maxpool3x3', 'output'] }],
  ])('reads a file with %s', async (name, value) => {
    expect(formatCell(await resolveCell(fileOf(`${name}.json`, value)))).toBe(TEXT);
    expect(formatCell(await resolveCell(fileOf(name, value)))).toBe(TEXT);
  });

  it("takes names and numbers of another space's operations", async () => {
    const space = { maxVertices: 4, maxEdges: 9, operations: ['conv7x7', 'own'] };
    const cell = await resolveCell('0110/0010/0001/0000:conv7x7,own', space);
    expect(cell.original.operations).toEqual(['input', 'conv7x7', 'own', 'output']);
    const file = fileOf('own.json', [MATRIX, [-1, 'conv7x7', 1, -2]]);
    expect((await resolveCell(file, space)).original.operations).toEqual(cell.original.operations);
  });

  it('takes a hash in any case', async () => {
    const hash = moduleHash(await resolveCell(TEXT));
    expect(moduleHash(await resolveCell(hash.toUpperCase()))).toBe(hash);
  });

  it.each(['a cell', '', './cells/none', `${'0'.repeat(31)}g`, '0120/0010:conv3x3'])(
    'names all three forms when %j is none of them',
    async (text) => {
      const message =
        /is no cell: expected a module hash \(32 hex.* digits\), an existing JSON file, or rows and operations/;
      await expect(resolveCell(text)).rejects.toThrow(message);
    },
  );
});

describe('operationOf', () => {
  it.each([null, '2', '-1', 3, -3, 0.5, true, [0], 'length', '', undefined])('refuses %j', (label) => {
    expect(() => operationOf(label, NASBENCH_101)).toThrow(InvalidCellError);
    expect(() => operationOf(label, NASBENCH_101)).toThrow('is no label: expected -1 (input), -2 (output), 0 to 2');
  });
});
