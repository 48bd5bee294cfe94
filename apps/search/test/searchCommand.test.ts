import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { buildTable, encodeTable, type Provenance, type RunRecord } from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import { moduleHash, NASBENCH_101, packCell, parseCell } from '@nasbench/graph';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { addSearchCommand } from '../src/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-search-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** A table of two cells whose runs take 0.2 s, as those of small networks do. */
function tableFile(provenance: Provenance): string {
  const records = ['010/001/000:conv3x3', '010/001/000:maxpool3x3'].map((text, i): RunRecord => {
    const cell = parseCell(text);
    const { vertices, edges } = packCell(cell.original);
    const accuracy = 0.5 + i / 4;
    const point = { epochs: 1, trainingTime: Math.fround(0.2), ...accuracies(accuracy) };
    return {
      moduleHash: moduleHash(cell),
      cell: { vertices, edges, operations: cell.original.operations.slice(1, -1) },
      trainableParameters: 10,
      epochs: 1,
      repeat: 0,
      points: [{ ...point, epochs: 0 }, { ...point, epochs: 0.5 }, point],
      totalTime: 1,
    };
  });
  const table = buildTable(records, {
    formatVersion: 1,
    provenance,
    epochs: [1],
    repeats: 1,
    space: { ...NASBENCH_101, maxVertices: 3 },
    images: null,
    network: null,
    training: null,
    codeVersion: 'test',
    seed: null,
    engine: null,
  });
  const file = path.join(folder, `${provenance}.arrow`);
  writeFileSync(file, encodeTable(table));
  return file;
}

const accuracies = (value: number) => ({ trainAccuracy: value, validationAccuracy: value, testAccuracy: value });

async function search(...args: string[]): Promise<string> {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = new Command();
  addSearchCommand(program);
  await program.parseAsync(['node', 'nasbench', 'search', ...args]);
  return stdout.mock.calls.map(([text]) => String(text)).join('');
}

it('wants a limit unless the table is official', async () => {
  const message = /synthetic\.arrow is synthetic: .* pass --queries or --seconds$/;
  await expect(search(tableFile('synthetic'), '--runs', '1')).rejects.toThrow(message);
  await expect(search(tableFile('synthetic'), '--runs', '1')).rejects.toThrow(UsageError);
});

it('says the regret in percentage points', async () => {
  const text = await search(tableFile('synthetic'), '--runs', '3', '--queries', '1');
  expect(text).toMatch(/mean test regret \d+\.\d\d ± \d+\.\d\d percentage points/);
  expect(await search(tableFile('synthetic'), '--runs', '3', '--seconds', '50')).toContain('regret 0.00 ± 0.00');
});
