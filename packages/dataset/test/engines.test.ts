import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { exportParquet } from '../src/export/parquet.ts';
import {
  buildTable,
  decodeTable,
  encodeTable,
  exportCsv,
  exportJson,
  finalMetrics,
  NASBench,
  runRecords,
  TableBuilder,
  TableFormatError,
  tableFromColumns,
} from '../src/index.ts';
import { CELLS, METADATA, run } from './samples.ts';

const [A, B] = ['wasm 4.22.0, kernels 0.1.0', 'tensorflow 4.22.0'];
/** Two budgets of which only one has runs of both engines, and a failed and an absent run. */
const RECORDS = [
  run(0, 4, 0, { engine: B }),
  run(0, 4, 1, { engine: A }),
  run(1, 4, 0, { engine: B }),
  run(1, 4, 2, { engine: 'none', points: null }),
  run(1, 12, 1, { engine: A }),
];
const table = buildTable(RECORDS, METADATA);
const rowOf = (cell: number): number => table.findRow(CELLS[cell].moduleHash);
const text = (pieces: Iterable<Uint8Array>): string => Buffer.concat([...pieces]).toString();

describe('a table of runs of several engines', () => {
  it('says of each completed run what computed it', () => {
    expect([table.metadata.engine, table.metadata.engines]).toEqual([null, [B, A]]);
    expect([0, 1, 2].map((repeat) => table.engineOf(4, rowOf(0), repeat))).toEqual([B, A, null]);
    expect([0, 1, 2].map((repeat) => table.engineOf(4, rowOf(1), repeat))).toEqual([B, null, null]);
    expect([0, 1, 2].map((repeat) => table.engineOf(12, rowOf(1), repeat))).toEqual([null, A, null]);
    expect(new NASBench(table).metricsByHash(CELLS[0].moduleHash).runs.get(4)?.[1]?.engine).toBe(A);
    expect(buildTable(runRecords(table), table.metadata)).toEqual(table);
  });

  it.each([false, true])('says so after a round trip (compact: %s), and no other column changes', (compact) => {
    const opened = decodeTable(encodeTable(table, { compact }));
    expect([...runRecords(opened)]).toEqual([...runRecords(table)]);
    expect(opened.metricNames).toEqual(table.metricNames);
    expect(opened.metadata).toEqual(table.metadata);
    expect(Buffer.compare(encodeTable(opened, { compact }), encodeTable(table, { compact }))).toBe(0);
    const final = decodeTable(encodeTable(finalMetrics(opened, [4]), { compact }));
    expect(final.engineOf(4, rowOf(0), 1)).toBe(A);
  });

  it('has codes as small integers, with nulls, for other readers', () => {
    const read = tableFromIPC(encodeTable(table));
    expect(String(read.getChild('engine_4')?.type)).toBe('FixedSizeList[3]<Uint8>');
    expect(Array.from(read.getChild('engine_4')?.get(rowOf(0)) ?? [])).toEqual([0, 1, null]);
    expect(read.schema.metadata.get('nasbench.engines')).toBe(JSON.stringify([B, A]));
  });

  it('shows names in CSV, JSON and Parquet', async () => {
    const csv = text(exportCsv(table)).split('\r\n');
    expect(csv[0]).toMatch(/,engine_4_0,engine_4_1,engine_4_2,engine_12_0,engine_12_1,engine_12_2,provenance$/);
    expect(csv[1 + rowOf(0)].endsWith(`,${B},"${A}",,,,,synthetic`)).toBe(true);
    const { rows } = JSON.parse(text(exportJson(table)));
    expect(rows[rowOf(1)]).toMatchObject({ engine_4: [B, null, null], engine_12: [null, A, null] });
    const bytes = Buffer.concat([...exportParquet(table)]);
    const parquet = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    expect(parquet[rowOf(0)]).toMatchObject({ engine_4_0: B, engine_4_1: A, engine_12_0: null });
  });

  it('is refused without the columns', () => {
    const metrics = table.metricNames.map((name) => table.column(name));
    expect(() => tableFromColumns(table.metadata, table.cells, metrics)).toThrow('column engine_4 is absent');
    expect(() => buildTable([], { ...METADATA, engines: [A] })).toThrow('engines: expected two or more distinct texts');
    // The key as it stands in the file, renamed: the metadata name engines, the columns are called otherwise.
    const bytes = Buffer.from(encodeTable(table));
    for (let at = bytes.indexOf('engine_4'); at >= 0; at = bytes.indexOf('engine_4', at)) bytes.write('motors_4', at);
    expect(() => decodeTable(bytes)).toThrow(TableFormatError);
    expect(() => decodeTable(bytes)).toThrow(
      'column engine_4: expected fixed_size_list<uint8>[3], found no such column',
    );
  });
});

it('a table of one engine names it once', () => {
  const records = [run(0, 4, 0, { engine: A }), run(1, 4, 0, { engine: A }), run(2, 4, 0, { points: null, engine: B })];
  const one = buildTable(records, METADATA);
  expect([one.metadata.engine, one.metadata.engines, one.engineOf(4, 0, 0)]).toEqual([A, undefined, A]);
  expect(one.engineColumns).toEqual([]);
});

it('the engine is that of the run that is kept', () => {
  const builder = new TableBuilder(METADATA);
  builder.add(run(0, 4, 0, { engine: B, totalTime: 9 }));
  builder.add(run(0, 4, 0, { engine: A, totalTime: 8 }));
  expect(builder.build().metadata.engine).toBe(A);
});
