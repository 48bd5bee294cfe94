import { createRandom, shuffleInPlace } from '@nasbench/foundation/random';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildTable,
  ConflictError,
  decodeTable,
  encodeTable,
  InvalidMetadataError,
  InvalidRecordError,
  isPresent,
  type RunRecord,
  runCounts,
  runRecords,
  TableBuilder,
} from '../src/index.ts';
import { CELLS, METADATA, point, run, someRecords } from './samples.ts';

const runName = ({ moduleHash, epochs, repeat }: RunRecord): string =>
  `${moduleHash} ${String(epochs).padStart(3)} ${repeat}`;
const sorted = (records: Iterable<RunRecord>): RunRecord[] =>
  [...records].toSorted((a, b) => (runName(a) < runName(b) ? -1 : 1));
/** What a table can say of records: of a failed run only its total time, if there is one. */
const told = (records: readonly RunRecord[]): RunRecord[] =>
  sorted(records.filter(({ points, totalTime }) => points !== null || totalTime !== null));

describe('buildTable', () => {
  it('has 91 cells to build on', () => {
    expect(CELLS).toHaveLength(91);
  });

  it('keeps every value through table, bytes and table', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const table = buildTable(records, METADATA);
        const bytes = encodeTable(table);
        const read = decodeTable(bytes);
        expect(read.metadata).toEqual(METADATA);
        expect(read.rowCount).toBe(new Set(records.map((record) => record.moduleHash)).size);
        expect([...runRecords(read)]).toEqual(told(records));
        expect([...runRecords(table)]).toEqual(told(records));
        expect(Buffer.compare(encodeTable(read), bytes)).toBe(0);
      }),
      { seed: 101, numRuns: 150 },
    );
  });

  it('counts results, failed runs, and how many runs cells have', () => {
    const records = [
      ...[0, 1, 2].map((repeat) => run(5, 4, repeat)),
      run(6, 4, 0),
      run(6, 4, 2, { points: null, totalTime: 3 }),
      run(7, 4, 0),
      run(7, 12, 1),
      run(8, 12, 0, { points: null, totalTime: 3 }),
    ];
    const table = decodeTable(encodeTable(buildTable(records, METADATA)));
    expect(runCounts(table, 4)).toEqual({
      epochs: 4,
      runs: 5,
      failed: 1,
      cellsByRuns: [
        { runs: 3, cells: 1 },
        { runs: 2, cells: 1 },
        { runs: 1, cells: 1 },
        { runs: 0, cells: 1 },
      ],
    });
    expect(runCounts(table, 12)).toMatchObject({
      runs: 1,
      failed: 1,
      cellsByRuns: [
        { runs: 1, cells: 2 },
        { runs: 0, cells: 2 },
      ],
    });
  });

  it('gives the same bytes for the same records in any order', () => {
    fc.assert(
      fc.property(
        someRecords.chain((records) =>
          fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
        ),
        ([records, shuffled]) => {
          const [a, b] = [shuffled, records].map((list) => encodeTable(buildTable(list, METADATA)));
          expect(Buffer.compare(a, b)).toBe(0);
        },
      ),
      { seed: 102, numRuns: 60 },
    );
  });

  it('sorts rows by module hash', () => {
    const table = buildTable(
      CELLS.map((_, i) => run(i, 4, 0)),
      METADATA,
    );
    const hashes = CELLS.map((cell) => cell.moduleHash).toSorted();
    expect(hashes.map((_, row) => table.moduleHash(row))).toEqual(hashes);
    expect(hashes.map((hash) => table.findRow(hash))).toEqual(hashes.map((_, row) => row));
    expect(table.findRow('0'.repeat(32))).toBe(-1);
    expect(table.findRow('f'.repeat(32))).toBe(-1);
  });

  it('keeps float32 columns narrow and widens only a column with a value that needs it', () => {
    const exact = [run(0, 4, 0), run(1, 4, 0)];
    const narrow = buildTable(exact, METADATA);
    expect(narrow.column('test_accuracy_4').values).toBeInstanceOf(Float32Array);
    expect(narrow.column('total_time_4').values).toBeInstanceOf(Float64Array);
    const [start, half, end] = exact[1].points ?? [];
    const inexact = { ...exact[1], points: [start, half, { ...end, testAccuracy: 0.1 }] as never };
    const wide = buildTable([exact[0], inexact], METADATA);
    expect(wide.column('test_accuracy_4').values).toBeInstanceOf(Float64Array);
    expect(wide.column('validation_accuracy_4').values).toBeInstanceOf(Float32Array);
    expect([...wide.column('test_accuracy_4').values]).toContain(0.1);
  });

  it('makes nulls of failed and absent runs, and needs no bitmap for complete columns', () => {
    const records = [
      run(0, 4, 0),
      run(0, 4, 1, { points: null, totalTime: null }),
      ...[0, 1, 2].map((i) => run(0, 12, i)),
    ];
    const table = buildTable(records, METADATA);
    const column = table.column('test_accuracy_4');
    expect([0, 1, 2].map((repeat) => isPresent(column, repeat))).toEqual([true, false, false]);
    expect(table.column('test_accuracy_12').validity).toBeNull();
  });

  it('stores the epochs of points only where training stopped early', () => {
    expect(buildTable([run(0, 4, 0)], METADATA).metricNames.filter((name) => name.includes('epochs'))).toEqual([]);
    const early = run(0, 4, 0, { points: [point(0, 0.1), point(2, 0.2), point(3.5, 0.3)] });
    expect(buildTable([early], METADATA).metricNames.filter((name) => name.includes('epochs'))).toEqual(['epochs_4']);
  });

  it('takes records that differ only in measured times as one, and keeps the quickest, of a failed and a completed one the latter', () => {
    const slow = run(3, 4, 1);
    const quick = { ...slow, totalTime: 1, points: slow.points?.map((at) => ({ ...at, trainingTime: 7.1 })) as never };
    const failed = { ...slow, points: null, totalTime: 0.5 };
    const others = [run(4, 4, 1, { points: null, totalTime: 4 }), run(4, 4, 1, { points: null, totalTime: 3 })];
    const unmeasured = { ...slow, totalTime: null };
    const records = [slow, quick, failed, unmeasured, ...others];
    const builder = new TableBuilder(METADATA);
    for (const record of records) builder.add(record);
    expect([builder.runCount, builder.failedCount]).toEqual([2, 1]);
    const [kept, failure] = [...runRecords(builder.build())].toSorted((a) => (a.points === null ? 1 : -1));
    expect(kept).toEqual(quick);
    expect(failure).toEqual(others[1]);
  });

  it('makes the same file of the same records in any order, repeated or not', () => {
    const random = createRandom('order');
    const records = [0, 1, 2, 3].flatMap((cell) => [run(cell, 4, 0), run(cell, 12, 2)]);
    const again = records.flatMap((record, i) => [
      { ...record, totalTime: i % 2 === 0 ? 0.1 : 1e6, engine: 'b' },
      { ...record, points: null, totalTime: null },
      { ...record, points: record.points?.map((at) => ({ ...at, trainingTime: 0.1 })) as never, engine: 'a' },
    ]);
    const all = [...records, ...again];
    const expected = encodeTable(buildTable(all, METADATA));
    for (let round = 0; round < 20; round++) {
      const order = Uint32Array.from(all, (_, i) => i);
      shuffleInPlace(random, order);
      const table = buildTable(
        Array.from(order, (i) => all[i]),
        METADATA,
      );
      expect(Buffer.compare(encodeTable(table), expected)).toBe(0);
    }
  });

  it.each<[string, Partial<RunRecord>, string]>([
    ['a metric', { points: [point(0, 0.1), point(2, 0.2), point(4, 0.5)] }, 'train accuracy at end'],
    ['the parameters', { trainableParameters: 5 }, 'trainable parameters'],
    ['the graph', { cell: CELLS[50].cell }, 'two different graphs'],
  ])('refuses two records of a run that differ in %s', (_, change, message) => {
    const first = run(7, 4, 2);
    const build = () => buildTable([first, { ...first, ...change }], METADATA);
    expect(build).toThrow(ConflictError);
    expect(build).toThrow(message);
    expect(build).toThrow(CELLS[7].moduleHash);
  });

  it('names the run and both values of a conflict', () => {
    const first = run(7, 4, 2);
    const [start, half, end] = first.points ?? [];
    const second = { ...first, points: [start, half, { ...end, testAccuracy: 0.75 }] as never };
    expect(() => buildTable([first, second], METADATA)).toThrow(
      `run of cell ${CELLS[7].moduleHash}, 4 epochs, repeat 2 was recorded twice with different results: test accuracy at end ${end?.testAccuracy} and 0.75`,
    );
  });

  const withEnd = (change: object): Partial<RunRecord> => ({
    points: [point(0, 0), point(2, 0), { ...point(4, 0), ...change }],
  });
  it.each<[string, Partial<RunRecord>]>([
    ['epochs outside the table', { epochs: 108 }],
    ['a repeat outside the table', { repeat: 3 }],
    ['a repeat that is no integer', { repeat: 0.5 }],
    ['a hash of another form', { moduleHash: 'A'.repeat(32) }],
    ['the hash of another cell', { moduleHash: CELLS[1].moduleHash }],
    ['a cell beyond the limits', { cell: { vertices: 5, edges: 0, operations: [] } }],
    ['an edge mask that does not fit', { cell: { ...CELLS[9].cell, edges: 2 ** 20 } }],
    ['a disconnected cell', { cell: { vertices: 3, edges: 1, operations: ['maxpool3x3'] } }],
    ['an unpruned cell', { cell: { vertices: 3, edges: 2, operations: ['maxpool3x3'] } }],
    ['an unknown operation', { cell: { vertices: 3, edges: 5, operations: ['conv7x7'] } }],
    ['negative parameters', { trainableParameters: -1 }],
    ['two points', { points: [point(0, 0), point(2, 0)] as never }],
    ['an accuracy over 1', withEnd({ testAccuracy: 1.5 })],
    ['an accuracy that is NaN', withEnd({ trainAccuracy: Number.NaN })],
    ['a negative time', withEnd({ trainingTime: -1 })],
    ['an infinite total time', { totalTime: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, change) => {
    expect(() => buildTable([run(0, 4, 0, change)], METADATA)).toThrow(InvalidRecordError);
  });

  it.each<[string, object]>([
    ['no epochs', { epochs: [] }],
    ['epochs that do not ascend', { epochs: [12, 4] }],
    ['no repeats', { repeats: 0 }],
    ['an unknown provenance', { provenance: 'invented' }],
    ['a space whose edges need more than 32 bits', { space: { ...METADATA.space, maxVertices: 9 } }],
    ['an operation name with a comma', { space: { ...METADATA.space, operations: ['a,b'] } }],
  ])('refuses metadata with %s', (_, change) => {
    expect(() => buildTable([], { ...METADATA, ...change })).toThrow(InvalidMetadataError);
  });
});
