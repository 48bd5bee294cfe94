import {
  type Data,
  Field,
  type FixedSizeList,
  Float32,
  type Float64,
  makeData,
  makeTable,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildTable,
  decodeTable,
  encodeTable,
  NASBench,
  type RunRecord,
  runRecords,
  TableFormatError,
} from '../src/index.ts';
import { CELLS, METADATA, run, someRecords } from './samples.ts';

const RECORDS: RunRecord[] = CELLS.slice(0, 30).flatMap((_, i) =>
  [0, 1, 2].flatMap((repeat) => METADATA.epochs.map((epochs) => run(i, epochs, repeat))),
);
const BYTES = encodeTable(buildTable(RECORDS, METADATA));
const PARTIAL = encodeTable(
  buildTable(
    RECORDS.filter((_, i) => i % 7 !== 3),
    METADATA,
  ),
);

const FEW = encodeTable(buildTable([run(2, 4, 0), run(50, 12, 2), run(51, 12, 2), run(52, 12, 2)], METADATA));

/** What comes of asking a table everything: `readable`, or the error's name and message. */
function outcome(bytes: Uint8Array): string {
  try {
    const { table } = new NASBench(decodeTable(bytes));
    for (const { moduleHash } of runRecords(table)) table.findRow(moduleHash);
    for (let row = 0; row < table.rowCount; row++) table.cell(row);
    return 'readable';
  } catch (error) {
    return String(error);
  }
}

describe('files', () => {
  it('are read by apache-arrow, with the same values', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const table = buildTable(records, METADATA);
        const arrow = tableFromIPC(encodeTable(table));
        expect(arrow.numRows).toBe(table.rowCount);
        expect(arrow.schema.metadata.get('nasbench.provenance')).toBe('"synthetic"');
        for (let row = 0; row < table.rowCount; row++) {
          const hash = Buffer.from(arrow.getChild('module_hash')?.get(row) as Uint8Array).toString('hex');
          const cell = table.recordedCell(row);
          expect(hash).toBe(table.moduleHash(row));
          expect(arrow.getChild('operations')?.get(row)).toBe(cell.operations.join(','));
          expect(arrow.getChild('edges')?.get(row)).toBe(cell.edges);
          for (const name of table.metricNames) {
            const { values, validity } = table.column(name);
            const list = arrow.getChild(name)?.get(row) as Iterable<number | null>;
            const index = row * METADATA.repeats;
            const expected = Array.from(values.subarray(index, index + METADATA.repeats), (value, i) =>
              validity === null || (validity[(index + i) >> 3] >> ((index + i) & 7)) & 1 ? value : null,
            );
            expect([...list]).toEqual(expected);
          }
        }
      }),
      { seed: 103, numRuns: 25 },
    );
  });

  it('are read after apache-arrow wrote them anew, in one batch or several', () => {
    for (const bytes of [BYTES, PARTIAL]) {
      const records = [...runRecords(decodeTable(bytes))];
      const arrow = tableFromIPC(bytes);
      expect([...runRecords(decodeTable(tableToIPC(arrow, 'file')))]).toEqual(records);
      const parts = [arrow.slice(0, 1), arrow.slice(1, 12), arrow.slice(12)];
      const batches = new Table(
        arrow.schema,
        parts.flatMap((part) => part.batches),
      );
      expect(batches.batches).toHaveLength(3);
      expect([...runRecords(decodeTable(tableToIPC(batches, 'file')))]).toEqual(records);
    }
  });

  it('are read from any position in a buffer', () => {
    const shifted = new Uint8Array(BYTES.length + 3);
    shifted.set(BYTES, 3);
    expect([...runRecords(decodeTable(shifted.subarray(3)))]).toHaveLength(RECORDS.length);
  });

  it('may have null lists, as other writers make them of absent runs', () => {
    const arrow = tableFromIPC(BYTES);
    const [batch] = arrow.batches;
    const at = arrow.schema.names.indexOf('total_time_4');
    const nullBitmap = new Uint8Array(Math.ceil(arrow.numRows / 8)).fill(255);
    nullBitmap[1] = 0b1111_0111;
    const child = batch.data.children[at].children[0] as Data<Float64>;
    const type = arrow.schema.fields[at].type as FixedSizeList<Float64>;
    const nulls = makeData({ type, length: arrow.numRows, nullCount: 1, nullBitmap, child });
    const data = batch.data.clone();
    data.children[at] = nulls;
    const read = decodeTable(tableToIPC(new Table([new RecordBatch(arrow.schema, data)]), 'file'));
    const before = decodeTable(BYTES);
    for (let row = 0; row < read.rowCount; row++) {
      const expected = row === 11 ? null : before.value('total_time_4', row, 1);
      expect(read.value('total_time_4', row, 1)).toBe(expected);
    }
  });

  it('may have further columns, which are skipped', () => {
    const arrow = tableFromIPC(BYTES);
    const extra = makeData({ type: new Float32(), data: new Float32Array(arrow.numRows) });
    const [batch] = arrow.batches;
    const fields = [new Field('extra', new Float32()), ...arrow.schema.fields];
    const data = makeData({
      type: new Struct(fields),
      length: arrow.numRows,
      nullCount: 0,
      children: [extra, ...batch.data.children],
    });
    const schema = new Schema(fields, arrow.schema.metadata);
    const bytes = tableToIPC(new Table([new RecordBatch(schema, data)]), 'file');
    expect([...runRecords(decodeTable(bytes))]).toHaveLength(RECORDS.length);
  });
});

function withMetadata(changes: Record<string, string | null>): Uint8Array {
  const arrow = tableFromIPC(BYTES);
  const metadata = new Map(arrow.schema.metadata);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) metadata.delete(key);
    else metadata.set(key, value);
  }
  const schema = new Schema(arrow.schema.fields, metadata);
  return tableToIPC(
    new Table(
      schema,
      arrow.batches.map((batch) => new RecordBatch(schema, batch.data)),
    ),
    'file',
  );
}

function without(...names: string[]): Uint8Array {
  const arrow = tableFromIPC(BYTES);
  return tableToIPC(arrow.select(arrow.schema.names.map(String).filter((name) => !names.includes(name))), 'file');
}

/** The file with one column replaced by float32 numbers. */
function withFloats(name: string): Uint8Array {
  const arrow = tableFromIPC(BYTES);
  const floats = makeTable({ [name]: new Float32Array(arrow.numRows) });
  return tableToIPC(new Table(arrow.select(arrow.schema.names.map(String)).assign(floats)), 'file');
}

describe('files that are refused', () => {
  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'table: empty file, expected an Arrow file'],
    [
      'another kind of file',
      new TextEncoder().encode('{"module_hash": []}'),
      'table: not an Arrow file: expected to begin with ARROW1, found bytes 7b 22 6d 6f 64 75',
    ],
    ['a few bytes', BYTES.slice(0, 7), 'truncated: an Arrow file ends with ARROW1, but this one stops after 7 bytes'],
    ['a truncated file', BYTES.slice(0, -1), `stops after ${BYTES.length - 1} bytes`],
    ['another Arrow file', tableToIPC(makeTable({ x: new Float32Array(3) }), 'file'), 'not a NAS-Bench table'],
    ['an Arrow stream', tableToIPC(makeTable({ x: new Float32Array(3) }), 'stream'), 'not an Arrow file'],
    ['a newer format', withMetadata({ 'nasbench.format_version': '2' }), 'table format 2 is newer than 1'],
    ['broken metadata', withMetadata({ 'nasbench.epochs': '[4,' }), 'nasbench.epochs is not JSON: [4,'],
    ['absent metadata', withMetadata({ 'nasbench.space': null }), 'metadata field space: expected'],
    [
      'a provenance nobody knows',
      withMetadata({ 'nasbench.provenance': '"x"' }),
      'expected one of official, regenerated',
    ],
    [
      'other budgets',
      withMetadata({ 'nasbench.epochs': '[4,36]' }),
      'column train_accuracy_36: expected fixed_size_list<float>[3] or',
    ],
    [
      'other repeats',
      withMetadata({ 'nasbench.repeats': '5' }),
      'column train_accuracy_4: expected fixed_size_list<float>[5] or fixed_size_list<double>[5], found fixed_size_list<float>[3]',
    ],
    ['a missing column', without('edges'), 'column edges: expected uint32, found no such column'],
    ['a missing metric', without('half_test_accuracy_12'), 'column half_test_accuracy_12: expected'],
    ['a wrong column type', withFloats('vertices'), 'column vertices: expected uint8, found float'],
    ['a metric that is no list', withFloats('test_accuracy_4'), 'found float'],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeTable(bytes)).toThrow(TableFormatError);
    expect(() => decodeTable(bytes)).toThrow(message);
    expect(() => decodeTable(bytes)).not.toThrow('\n');
  });

  it('rows that do not ascend', () => {
    const arrow = tableFromIPC(BYTES);
    const swapped = new Table(arrow.schema, [...arrow.slice(5).batches, ...arrow.slice(0, 5).batches]);
    const table = decodeTable(tableToIPC(swapped, 'file'));
    expect(() => table.findRow('0'.repeat(32))).toThrow('module_hash must ascend, but row 25 has');
  });

  it('files cut anywhere', () => {
    for (let length = 0; length < BYTES.length; length++) {
      expect(() => decodeTable(BYTES.subarray(0, length))).toThrow(TableFormatError);
    }
  });

  it('damaged files: readable or refused with TableFormatError, never anything else', () => {
    const damage = fc.array(fc.tuple(fc.nat(FEW.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    // Most bytes are values, where damage cannot be seen: half of the hits go to the headers at the end and the start.
    const headers = fc.array(
      fc.tuple(
        fc.oneof(
          fc.nat(6000),
          fc.nat(6000).map((back) => FEW.length - 1 - back),
        ),
        fc.constantFrom(0, 1, 127, 128, 255),
      ),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.oneof(damage, headers), (hits) => {
        const bytes = FEW.slice();
        for (const [at, value] of hits) bytes[at] = value;
        expect(outcome(bytes)).toMatch(/^(readable|TableFormatError: .*)$/);
      }),
      { seed: 104, numRuns: 2000 },
    );
  });
});
