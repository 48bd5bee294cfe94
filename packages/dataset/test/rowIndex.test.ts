import { createRandom, shuffleInPlace } from '@nasbench/foundation/random';
import { type Cell, cellFromMatrix, INPUT, isIsomorphic, moduleHash, OUTPUT } from '@nasbench/graph';
import { describe, expect, it } from 'vitest';
import { buildTable, NASBench, OutOfDomainError, tableFromColumns } from '../src/index.ts';
import { RowIndex, rowIndexOf } from '../src/rowIndex.ts';
import { fiveVertexTable } from './fiveVertexTable.ts';
import { CELLS, METADATA, run } from './samples.ts';

const table = fiveVertexTable();

/** An index that has been asked often enough to be built. */
function builtIndex(of = table): RowIndex {
  const index = new RowIndex(of);
  for (let i = 0; i < 100; i++) index.find(of.cell(0));
  return index;
}

/** The same cell with its interior vertices in another order that keeps the matrix upper triangular. */
function reordered(cell: Cell, seed: number): Cell {
  const random = createRandom(seed, 'order');
  const { matrix, operations } = cell.original;
  const last = matrix.length - 1;
  for (;;) {
    const interior = Array.from({ length: last - 1 }, (_, i) => i + 1);
    shuffleInPlace(random, interior);
    const order = [0, ...interior, last];
    const permuted = order.map((x) => order.map((y) => matrix[x][y]));
    if (permuted.some((row, x) => row.some((value, y) => value === 1 && y <= x))) continue;
    return cellFromMatrix(
      permuted,
      order.map((v) => operations[v]),
    );
  }
}

describe('RowIndex', () => {
  it('finds every cell in every order of its vertices, once it is built', () => {
    const index = builtIndex();
    for (let row = 0; row < table.rowCount; row++) expect(index.find(reordered(table.cell(row), row))).toBe(row);
  });

  it('leaves the first questions to module hashes', () => {
    expect(new RowIndex(table).find(table.cell(5))).toBe(-1);
  });

  it('is one for all who ask the same table', () => {
    expect(rowIndexOf(table)).toBe(rowIndexOf(table));
    expect(rowIndexOf(fiveVertexTable())).not.toBe(rowIndexOf(table));
  });

  it('finds no cell that is not there, and only isomorphic ones in a table of other representatives', () => {
    const small = buildTable(
      CELLS.filter((_, i) => i % 2 === 0).map((_, i) => run(2 * i, 4, 0)),
      METADATA,
    );
    const index = builtIndex(small);
    let found = 0;
    for (let row = 0; row < table.rowCount; row++) {
      const place = index.find(table.cell(row));
      if (place < 0) continue;
      found++;
      expect(isIsomorphic(small.cell(place), table.cell(row))).toBe(true);
    }
    expect(found).toBeGreaterThan(20);
  });

  it('is built in good time from any columns', { timeout: 5000 }, () => {
    const rows = 200_000;
    const same = tableFromColumns(
      { ...table.metadata, repeats: 1 },
      {
        moduleHashes: Uint8Array.from({ length: 16 * rows }, (_, i) =>
          i % 16 < 4 ? (i >> 4) >> (8 * (3 - (i % 16))) : 0,
        ),
        vertices: new Uint8Array(rows).fill(3),
        edges: new Uint32Array(rows).fill(5),
        operations: new Int8Array(rows),
        operationLists: [['maxpool3x3']],
        trainableParameters: new Uint32Array(rows),
      },
      table.metricNames.map((name) => ({ name, repeats: 1, values: new Float32Array(rows), validity: null })),
    );
    expect(builtIndex(same).find(same.cell(0))).toBe(0);
  });
});

describe('NASBench.query by cell', () => {
  const ask = (cell: Cell | string, bench: NASBench) => bench.query(cell, { epochs: 4, repeat: 'mean' });

  it('answers as by hash: before the index is built, after, and where rows hold another representative', () => {
    const records = CELLS.map((_, i) => run(i, 4, i % 3));
    const small = new NASBench(buildTable(records, METADATA));
    for (let round = 0; round < 3; round++) {
      for (const { moduleHash: hash } of CELLS) {
        const cell = reordered(small.table.cell(small.table.findRow(hash)), round);
        expect(moduleHash(cell)).toBe(hash);
        expect(ask(cell, small)).toEqual(ask(hash, small));
      }
    }
  });

  it('still refuses what it refused before', () => {
    const some = new NASBench(buildTable([run(8, 4, 0)], METADATA));
    const [, present] = [0, 8].map((i) => CELLS[i]);
    const cell = some.table.cell(some.table.findRow(present.moduleHash));
    for (let i = 0; i < 100; i++) ask(cell, some);
    const mislabelled = cellFromMatrix(cell.original.matrix, ['in', ...cell.original.operations.slice(1)]);
    expect(() => ask(mislabelled, some)).toThrow(OutOfDomainError);
    const absent = cellFromMatrix(
      [
        [0, 1],
        [0, 0],
      ],
      [INPUT, OUTPUT],
    );
    expect(() => ask(absent, some)).toThrow(/is not among the 1 of this table/);
  });
});
