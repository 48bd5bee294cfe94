import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CellEnumeration,
  type CellSpace,
  cellAt,
  cellFromMatrix,
  enumerateCells,
  hashCells,
  hashText,
  InvalidSpaceError,
  indexOfCell,
  moduleHash,
  NASBENCH_101,
  packedAt,
  parseCell,
} from '../src/index.ts';
import { edgeBit } from '../src/packed.ts';
import { BEST_CELL, INCEPTION_LIKE, shared, slowHash } from './support.ts';

let cells: CellEnumeration;
let hashes: Uint8Array;
beforeAll(() => {
  cells = enumerateCells();
  hashes = hashCells(cells);
}, 60_000);

describe('the space of NAS-Bench-101', () => {
  test('has the published number of cells and labelled graphs', () => {
    expect(cells.byVertices).toEqual([1, 7, 91, 2532, 64_542, 423_624]);
    expect(cells.count).toBe(423_624);
    expect(cells.labeledGraphs).toBe(1_293_208);
    expect([cells.vertices.length, cells.edges.length, cells.operations.length]).toEqual([423_624, 423_624, 423_624]);
  });

  test('has the published number of cells by vertices and edges', () => {
    const table: Record<string, number> = {};
    for (let i = 0; i < cells.count; i++) {
      const key = `${cells.vertices[i]},${cells.edges[i].toString(2).replaceAll('0', '').length}`;
      table[key] = (table[key] ?? 0) + 1;
    }
    expect(table).toMatchObject({ '5,4': 27, '5,5': 225, '5,6': 622, '5,7': 811, '5,8': 558, '5,9': 198 });
    expect(table).toMatchObject({ '7,6': 243, '7,7': 6264, '7,8': 58_563, '7,9': 294_012 });
  });

  test('is sorted by vertices, edges, operations', () => {
    const unsorted: number[] = [];
    for (let i = 1; i < cells.count; i++) {
      const order =
        cells.vertices[i] - cells.vertices[i - 1] ||
        cells.edges[i] - cells.edges[i - 1] ||
        cells.operations[i] - cells.operations[i - 1];
      if (order <= 0) unsorted.push(i);
    }
    expect(unsorted).toEqual([]);
  });

  test('has a different hash for every cell', () => {
    const texts = new Set<string>();
    for (let i = 0; i < cells.count; i++) texts.add(hashText(hashes, i));
    expect(texts.size).toBe(423_624);
  });

  test('hashes side by side as one by one', () => {
    const sample = Array.from({ length: 2000 }, (_, i) => (i * 211) % cells.count);
    for (const i of sample) expect(hashText(hashes, i)).toBe(moduleHash(cellAt(cells, i)));
    for (const i of sample.slice(0, 100)) expect(hashText(hashes, i)).toBe(slowHash(cellAt(cells, i).original));
  });

  test('finds cells by binary search', () => {
    for (const [cell, hash] of [
      [BEST_CELL, '02e5a0247bbdcf2860b7e96f74961594'],
      [INCEPTION_LIKE, '28cfc7874f6d200472e1a9dcd8650aa0'],
    ] as const) {
      expect(hashText(hashes, indexOfCell(cells, cell))).toBe(hash);
    }
    for (const i of [0, 1, 90, 91, 64_541, 423_623]) expect(indexOfCell(cells, cellAt(cells, i))).toBe(i);
    expect(indexOfCell(cells, parseCell('01111/00111/00011/00001/00000:conv3x3,conv3x3,conv3x3'))).toBe(-1);
  });

  test('an index out of range is refused', () => {
    for (const index of [-1, 423_624, 0.5, Number.NaN]) {
      expect(() => cellAt(cells, index)).toThrow(/an integer of 0 to 423623/);
      expect(() => packedAt(cells, index)).toThrow(/an integer of 0 to 423623/);
      expect(() => hashText(hashes, index)).toThrow(/an integer of 0 to 423623/);
    }
  });

  const sample = shared('nasbench101-sample.json');
  test.skipIf(!sample.present)(
    'contains all 10 000 keys of the official sample [needs ../shared/data/nasbench101-sample.json]',
    () => {
      const { key } = JSON.parse(readFileSync(sample.path, 'utf8')) as { key: string[] };
      const texts = new Set<string>();
      for (let i = 0; i < cells.count; i++) texts.add(hashText(hashes, i));
      expect(key).toHaveLength(10_000);
      expect(key.filter((hash) => !texts.has(hash))).toEqual([]);
    },
  );

  const smallest = shared('nasbench101-4-vertices.csv');
  test.skipIf(!smallest.present)(
    'gives the official hashes of all 91 cells of up to 4 vertices [needs ../shared/data/nasbench101-4-vertices.csv]',
    () => {
      const rows = readFileSync(smallest.path, 'utf8').trim().split('\n').slice(1);
      const seen = new Set<string>();
      for (const row of rows) {
        const [hash, , , adjacency] = row.split(',', 4);
        const operations = /"([^"]*)"/.exec(row)?.[1].split(',') ?? [];
        const cell = cellFromMatrix(
          adjacency.split(';').map((line) => Array.from(line, Number)),
          operations,
        );
        expect(moduleHash(cell)).toBe(hash);
        expect(hashText(hashes, indexOfCell(cells, cell))).toBe(hash);
        seen.add(hash);
      }
      expect(seen.size).toBe(91);
    },
  );
});

/** SPEC 1.2 word by word: hash every labelled graph, keep the first of each hash. */
function slowEnumeration(space: CellSpace): { rows: number[][]; labeledGraphs: number; byVertices: number[] } {
  const { maxVertices, maxEdges, operations } = space;
  const seen = new Set<string>();
  const rows: number[][] = [];
  const byVertices: number[] = [];
  let labeledGraphs = 0;
  for (let vertices = 2; vertices <= maxVertices; vertices++) {
    const all = Array.from({ length: vertices }, (_, v) => v);
    for (let edges = 0; edges < 2 ** ((vertices * (vertices - 1)) / 2); edges++) {
      const matrix = all.map((x) => all.map((y) => (x < y ? (edges >>> edgeBit(x, y)) & 1 : 0)));
      const emptyRow = matrix.slice(0, -1).some((row) => !row.includes(1));
      const emptyColumn = all.slice(1).some((y) => !matrix.some((row) => row[y] === 1));
      if (emptyRow || emptyColumn || matrix.flat().filter((value) => value === 1).length > maxEdges) continue;
      for (let code = 0; code < operations.length ** (vertices - 2); code++) {
        labeledGraphs++;
        const digits = all.slice(0, -2).map((_, i) => Math.floor(code / operations.length ** i) % operations.length);
        const labels = ['input', ...digits.toReversed().map((digit) => operations[digit]), 'output'];
        const hash = slowHash({ matrix, operations: labels }, operations);
        if (seen.has(hash)) continue;
        seen.add(hash);
        rows.push([vertices, edges, code]);
      }
    }
    byVertices.push(rows.length);
  }
  return { rows, labeledGraphs, byVertices };
}

describe('any limits', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `op${i}`);
  test.each<CellSpace>([
    { maxVertices: 2, maxEdges: 1, operations: names(1) },
    { maxVertices: 5, maxEdges: 9, operations: names(3) },
    { maxVertices: 5, maxEdges: 5, operations: names(2) },
    { maxVertices: 4, maxEdges: 99, operations: names(5) },
    { maxVertices: 6, maxEdges: 7, operations: names(1) },
    { maxVertices: 5, maxEdges: 1, operations: names(3) },
  ])('equals the reference loop for %j', (space) => {
    const { count, vertices, edges, operations, labeledGraphs, byVertices } = enumerateCells(space);
    const rows = Array.from({ length: count }, (_, i) => [vertices[i], edges[i], operations[i]]);
    expect({ rows, labeledGraphs, byVertices }).toEqual(slowEnumeration(space));
  });

  test('eight vertices', () => {
    const space = { maxVertices: 8, maxEdges: 8, operations: names(2) };
    const found = enumerateCells(space);
    for (let i = 0; i < found.count; i += 97) expect(indexOfCell(found, cellAt(found, i))).toBe(i);
    const texts = hashCells(found);
    expect(new Set(Array.from({ length: found.count }, (_, i) => hashText(texts, i))).size).toBe(found.count);
  });

  test('more labellings of a matrix than are hashed at once, and codes of 32 bits', () => {
    const space = { maxVertices: 5, maxEdges: 4, operations: names(41) };
    const many = enumerateCells(space);
    expect(many.operations).toBeInstanceOf(Uint32Array);
    const sideBySide = hashCells(many);
    for (let i = 0; i < many.count; i += 1009) expect(hashText(sideBySide, i)).toBe(moduleHash(cellAt(many, i), space));
  });

  test('hashes are the same without SIMD', () => {
    const small = enumerateCells({ ...NASBENCH_101, maxVertices: 5 });
    expect(hashCells(small, { simd: false })).toEqual(hashCells(small));
  });

  test('progress ends at the total', () => {
    const reports: [number, number][] = [];
    const onProgress = (done: number, total: number): void => {
      reports.push([done, total]);
    };
    const small = enumerateCells({ ...NASBENCH_101, maxVertices: 6 }, { onProgress });
    expect(reports.at(-1)).toEqual([1679, 1679]);
    reports.length = 0;
    hashCells(small, { onProgress });
    expect(reports.at(-1)).toEqual([64_542, 64_542]);
    expect(reports.every(([done], i) => i === 0 || done > reports[i - 1][0])).toBe(true);
  });

  test.each<[unknown, string]>([
    [{ ...NASBENCH_101, maxVertices: 9 }, 'maxVertices must be an integer of 2 to 8, got 9'],
    [{ ...NASBENCH_101, maxVertices: 1 }, 'maxVertices must be an integer of 2 to 8, got 1'],
    [{ ...NASBENCH_101, maxVertices: 2.5 }, 'maxVertices must be an integer of 2 to 8, got 2.5'],
    [{ ...NASBENCH_101, maxEdges: 0 }, 'maxEdges must be an integer of 1 or more, got 0'],
    [{ ...NASBENCH_101, operations: [] }, 'operations must list one name or more'],
    [{ ...NASBENCH_101, operations: ['a', 'a'] }, '"a" is listed twice'],
    [{ ...NASBENCH_101, operations: ['a', 'input'] }, 'other than input and output, got "input"'],
    [{ ...NASBENCH_101, operations: ['a', 7] }, 'operation 1 must be a name'],
    [{ ...NASBENCH_101, operations: names(40) }, 'unique cells, expected at most 268435456'],
  ])('refuses %j', (space, message) => {
    expect(() => enumerateCells(space as CellSpace)).toThrow(InvalidSpaceError);
    expect(() => enumerateCells(space as CellSpace)).toThrow(message);
  });
});
