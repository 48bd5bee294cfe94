import { enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import * as fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { numberText } from '../src/export/numberText.ts';
import { exportParquet } from '../src/export/parquet.ts';
import {
  type BenchmarkTable,
  buildTable,
  exportCsv,
  exportJson,
  exportJsonLines,
  finalMetrics,
  requiredColumns,
  tableFromColumns,
} from '../src/index.ts';
import { CELLS, METADATA, run, someRecords } from './samples.ts';

const COMPLETE = buildTable(
  CELLS.flatMap((_, i) => [0, 1, 2].flatMap((repeat) => METADATA.epochs.map((epochs) => run(i, epochs, repeat)))),
  METADATA,
);

function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  const bytes = new Uint8Array(all.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of all) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

const textOf = (pieces: Iterable<Uint8Array>): string => new TextDecoder().decode(joined(pieces));

/** The rows of a CSV text as RFC 4180 defines it, by a reader that knows nothing of the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let field = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        field += text[at];
        if (text[at] === '"') at++;
      }
      at++;
    } else {
      while (text[at] !== ',' && text[at] !== '\r') field += text[at++];
    }
    row.push(field);
    if (text[at] === ',') at++;
    else {
      if (text[at + 1] !== '\n') throw new Error(`line ${rows.length + 1} does not end with CR LF`);
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** A table as rows of plain values: what an export in flat columns must say. */
function flatRows(table: BenchmarkTable): Record<string, unknown>[] {
  const { repeats, provenance } = table.metadata;
  return Array.from({ length: table.rowCount }, (_, row) => {
    const { vertices, edges, operations } = table.recordedCell(row);
    const values = table.metricNames.flatMap((name) =>
      Array.from({ length: repeats }, (__, repeat) => [`${name}_${repeat}`, table.value(name, row, repeat)] as const),
    );
    return {
      module_hash: table.moduleHash(row),
      vertices,
      edges,
      operations: operations.join(','),
      trainable_parameters: table.trainableParameters(row),
      ...Object.fromEntries(values),
      provenance,
    };
  });
}

const TEXTS = new Set(['module_hash', 'operations', 'provenance']);

function csvRows(table: BenchmarkTable): Record<string, unknown>[] {
  const [header, ...rows] = parseCsv(textOf(exportCsv(table)));
  return rows.map((fields) => {
    expect(fields).toHaveLength(header.length);
    const valueOf = (name: string, text: string): unknown => {
      if (TEXTS.has(name)) return text;
      if (text === '') return null;
      const isSingle = table.metricNames.some(
        (metric) => name.startsWith(`${metric}_`) && table.column(metric).values instanceof Float32Array,
      );
      return isSingle ? Math.fround(Number(text)) : Number(text);
    };
    return Object.fromEntries(header.map((name, i) => [name, valueOf(name, fields[i])]));
  });
}

interface JsonRow {
  readonly [name: string]: unknown;
  readonly operations: readonly string[];
}

function fromJson(table: BenchmarkTable, { operations, ...row }: JsonRow): Record<string, unknown> {
  const { repeats, provenance } = table.metadata;
  const flat: Record<string, unknown> = { provenance, operations: operations.join(',') };
  for (const [name, value] of Object.entries(row)) {
    if (!Array.isArray(value)) flat[name] = value;
    else {
      expect(value).toHaveLength(repeats);
      const isSingle = table.column(name).values instanceof Float32Array;
      for (const [repeat, one] of value.entries()) {
        flat[`${name}_${repeat}`] = isSingle && one !== null ? Math.fround(one) : one;
      }
    }
  }
  return flat;
}

async function parquetRows(table: BenchmarkTable): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: joined(exportParquet(table)).buffer as ArrayBuffer });
}

describe('exports hold every value', () => {
  const readers: Record<string, (table: BenchmarkTable) => Promise<Record<string, unknown>[]>> = {
    csv: async (table) => csvRows(table),
    parquet: parquetRows,
    json: async (table) => {
      const { rows }: { rows: JsonRow[] } = JSON.parse(textOf(exportJson(table)));
      return rows.map((row) => fromJson(table, row));
    },
    'json lines': async (table) => {
      const lines = textOf(exportJsonLines(table)).split('\n').slice(0, -1);
      return lines.map((line) => fromJson(table, JSON.parse(line)));
    },
  };

  it.each(Object.entries(readers))('%s', async (_, rowsOf) => {
    expect(await rowsOf(COMPLETE)).toEqual(flatRows(COMPLETE));
    expect(await rowsOf(finalMetrics(COMPLETE))).toEqual(flatRows(finalMetrics(COMPLETE)));
    await fc.assert(
      fc.asyncProperty(someRecords, async (records) => {
        const table = buildTable(records, METADATA);
        expect(await rowsOf(table)).toEqual(flatRows(table));
      }),
      { seed: 303, numRuns: 20 },
    );
  });
});

describe('exports say where the numbers come from', () => {
  it('json: all metadata in the document, the provenance on every line', () => {
    expect(JSON.parse(textOf(exportJson(COMPLETE))).metadata).toEqual(METADATA);
    const [line] = textOf(exportJsonLines(COMPLETE)).split('\n');
    expect(JSON.parse(line)).toMatchObject({ provenance: 'synthetic' });
  });

  it('parquet: all metadata as key-value pairs', () => {
    const { key_value_metadata: pairs = [] } = parquetMetadata(joined(exportParquet(COMPLETE)).buffer as ArrayBuffer);
    const values = new Map(pairs.map(({ key, value }) => [key, value]));
    expect(values.get('nasbench.provenance')).toBe('"synthetic"');
    expect(JSON.parse(values.get('nasbench.training') ?? '')).toEqual(METADATA.training);
  });
});

/** Cells of up to 5 vertices, 2 532 of them, with one value for all runs. */
function manyRows(): BenchmarkTable {
  const space = { ...NASBENCH_101, maxVertices: 5 };
  const cells = enumerateCells(space);
  const lists = CELLS.map(({ cell }) => cell.operations);
  return tableFromColumns(
    { ...METADATA, space },
    {
      ...cells,
      moduleHashes: hashCells(cells),
      operations: new Int16Array(cells.count),
      operationLists: lists,
      trainableParameters: new Uint32Array(cells.count),
    },
    requiredColumns(METADATA.epochs).map(({ name }) => ({
      name,
      repeats: METADATA.repeats,
      values: new Float32Array(cells.count * METADATA.repeats).fill(0.3),
      validity: null,
    })),
  );
}

describe('exports come in pieces', () => {
  const table = manyRows();

  it.each([
    ['csv', exportCsv],
    ['json', exportJson],
    ['json lines', exportJsonLines],
  ])('%s: never much of the text is in memory', (_, write) => {
    const sizes = Array.from(write(table), (piece) => piece.length);
    expect(Math.max(...sizes)).toBeLessThan(sizes.reduce((sum, size) => sum + size) / 8);
  });

  it.each([
    ['csv', exportCsv],
    ['json', exportJson],
    ['json lines', exportJsonLines],
    ['parquet', exportParquet],
  ])('%s: says how many rows are done', (_, write) => {
    const done: number[] = [];
    expect([...write(table, { onProgress: (rows) => done.push(rows) })].length).toBeGreaterThan(1);
    expect(done.at(-1)).toBe(2532);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  it('a table without rows is a header, an empty list, an empty file', async () => {
    const empty = buildTable([], METADATA);
    expect(parseCsv(textOf(exportCsv(empty)))).toHaveLength(1);
    expect(JSON.parse(textOf(exportJson(empty))).rows).toEqual([]);
    expect(textOf(exportJsonLines(empty))).toBe('');
    expect(await parquetRows(empty)).toEqual([]);
  });
});

describe('numbers as text', () => {
  it.each([
    [0.1, '0.1'],
    [0.12019231, '0.12019231'],
    [1234.1279, '1234.1279'],
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [16_777_216, '16777216'],
    [1e-7, '1e-7'],
    [3.4028235e38, '3.4028235e+38'],
    [1e-45, '1e-45'],
    [Number.NaN, 'NaN'],
  ])('%d as float32', (value, text) => {
    expect(numberText(Math.fround(value), true)).toBe(text);
  });

  it('read back to the same float32, by way of a double or not, and no shorter text does', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = numberText(value, true);
        expect(Math.fround(Number(text))).toBe(value);
        const others = Array.from({ length: 9 }, (_, i) => Number(value.toPrecision(i + 1)));
        const readable = others.filter((other) => Object.is(Math.fround(other), value));
        expect(Math.min(...readable.map((other) => String(other).length))).toBeGreaterThanOrEqual(text.length);
      }),
      { seed: 304, numRuns: 20_000 },
    );
  });

  it('doubles are those of JavaScript', () => {
    expect(numberText(400.123456789, false)).toBe('400.123456789');
  });
});
