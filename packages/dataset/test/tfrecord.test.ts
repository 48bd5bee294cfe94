import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { moduleHash, NASBENCH_101, parseCell } from '@nasbench/graph';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BenchmarkTable,
  buildTable,
  encodeTable,
  exportTfrecord,
  type ImportOptions,
  importTfrecord,
  NASBench,
  type RunRecord,
  runRecords,
  syntheticTfrecord,
} from '../src/index.ts';
import { importTfrecordFile } from '../src/node.ts';
import { CELLS, METADATA, run, someRecords } from './samples.ts';
import {
  delimited,
  double,
  frame,
  metricsWith,
  plain,
  pointsWith,
  protobuf,
  record,
  recordText,
  SAMPLE_RECORD,
  varint,
} from './tfrecordSamples.ts';

const SHARED = process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared');
const OFFICIAL_FILE = path.join(SHARED, 'data/official-record.tfrecord');
const SYNTHETIC = { metadata: { provenance: 'synthetic' } } as const satisfies ImportOptions;

const join = (pieces: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...pieces]));
const read = (bytes: Uint8Array, options: ImportOptions = {}) => importTfrecord([bytes], { ...SYNTHETIC, ...options });
/** Byte by byte in JavaScript, `toEqual` takes seconds for a megabyte. */
const expectBytes = (found: Uint8Array, expected: Uint8Array): void => expect(Buffer.compare(found, expected)).toBe(0);
const exported = (table: BenchmarkTable): Uint8Array => join(exportTfrecord(table));

/** `bytes` in pieces of the given lengths, over and over. */
function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const end = start + lengths[i % lengths.length];
    yield bytes.subarray(start, end);
    start = end;
  }
}

function expectSampleValues(table: BenchmarkTable): void {
  expect(table.rowCount).toBe(1);
  expect(table.metadata.epochs).toEqual([4]);
  expect(table.metadata.repeats).toBe(1);
  const [only] = runRecords(table);
  const { points, parameters, totalTime } = SAMPLE_RECORD.metrics;
  expect(only).toMatchObject({
    moduleHash: SAMPLE_RECORD.hash,
    epochs: 4,
    repeat: 0,
    trainableParameters: parameters,
    totalTime,
  });
  expect(only.points?.map((point) => Object.values(point))).toEqual(points.map(({ values }) => values));
  const { matrix, operations } = table.graph(0);
  expect(matrix.flat().join('')).toBe(SAMPLE_RECORD.adjacency);
  expect(operations.join(',')).toBe(SAMPLE_RECORD.operations);
}

describe('one record', () => {
  it.skipIf(!existsSync(OFFICIAL_FILE))(
    'of the official file imports to its values and exports to its 417 bytes [needs ../shared/data/official-record.tfrecord]',
    async () => {
      const bytes = new Uint8Array(readFileSync(OFFICIAL_FILE));
      const { table, rewritten } = await importTfrecordFile(OFFICIAL_FILE, SYNTHETIC);
      expect(rewritten).toBe(0);
      expectBytes(exported(table), bytes);
      const [only] = runRecords(table);
      expect(only).toMatchObject({
        moduleHash: SAMPLE_RECORD.hash,
        epochs: 4,
        repeat: 0,
        trainableParameters: 8_555_530,
      });
      // The values themselves stay where they belong; this is what they are, in the order of the file.
      const values = JSON.stringify([only.points?.map((point) => Object.values(point)), only.totalTime]);
      expect(createHash('sha256').update(values).digest('hex')).toBe(
        'ab802ebb2444e2f3440b6e8a2a3d9e699314990942f2789072910cc67ec4323e',
      );
    },
  );

  it('built from its values imports to them and exports to the same 417 bytes', async () => {
    const bytes = record();
    expect(bytes.length).toBe(417);
    const { table, records, rewritten, unknownFields, missingRuns, duplicateRuns } = await read(bytes);
    expectSampleValues(table);
    expect({ records, rewritten, unknownFields, missingRuns, duplicateRuns }).toEqual({
      records: 1,
      rewritten: 0,
      unknownFields: {},
      missingRuns: 0,
      duplicateRuns: 0,
    });
    expectBytes(exported(table), bytes);
  });
});

describe('repeats', () => {
  // Of the form of the official ones: accuracies are k / 9984 and times are in single precision.
  const inception = parseCell(
    '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3',
  );
  const repeats = [
    [9001 / 9984, 9002 / 9984, 1100.123],
    [9003 / 9984, 9004 / 9984, 1101.456],
    [9005 / 9984, 9006 / 9984, 1102.789],
  ].map((values) => values.map(Math.fround));
  const hash = moduleHash(inception);
  const records = repeats.map(([validation, test, seconds]) =>
    record({
      hash,
      epochs: 108,
      adjacency: inception.original.matrix.flat().join(''),
      operations: inception.original.operations.join(','),
      metrics: {
        points: [0, 54, 108].map((epochs) => ({ values: [epochs, (seconds * epochs) / 108, 1, validation, test] })),
        parameters: 2_694_282,
        totalTime: null,
      },
    }),
  );

  it('come back from query in the order they came in, exactly', async () => {
    const { table } = await read(join(records));
    const bench = new NASBench(table);
    for (const [repeat, [validation, test, seconds]] of repeats.entries()) {
      expect(bench.query(inception, { repeat })).toMatchObject({
        moduleHash: '28cfc7874f6d200472e1a9dcd8650aa0',
        validationAccuracy: validation,
        testAccuracy: test,
        trainingTime: seconds,
        trainableParameters: 2_694_282,
        epochs: 108,
      });
    }
    expectBytes(exported(table), join(records));
  });

  it('that are missing are nulls, and counted', async () => {
    const official = record();
    const { table, missingRuns } = await read(join([official, record({ epochs: 12 }), ...records]));
    expect(table.metadata).toMatchObject({ epochs: [4, 12, 108], repeats: 3 });
    expect(missingRuns).toBe(2 * 3 * 3 - 5);
    const runs = new NASBench(table).metricsByHash(SAMPLE_RECORD.hash).runs;
    expect(runs.get(4)?.map((one) => one !== null)).toEqual([true, false, false]);
    expect(runs.get(12)?.map((one) => one !== null)).toEqual([true, false, false]);
    expect(runs.get(108)).toEqual([null, null, null]);
  });

  it('that are equal are kept and counted, or refused if there are more than expected', async () => {
    const bytes = join([record(), record(), record({ metrics: metricsWith({ totalTime: 1 }) })]);
    const { table, duplicateRuns } = await read(bytes);
    expect(table.metadata.repeats).toBe(3);
    expect(duplicateRuns).toBe(1);
    expectBytes(exported(table), bytes);
    await expect(read(bytes, { repeats: 2 })).rejects.toThrow(
      'TFRecord: record 2, byte 846: expected at most 2 runs of cell 00005c142e6f48ac74fdcf73e3439874 with 4 epochs, found one more',
    );
  });
});

describe('other forms of a record', () => {
  it('base64 without line breaks is written back so', async () => {
    const bytes = record({}, plain);
    const { table, rewritten } = await read(bytes);
    expectSampleValues(table);
    expect(rewritten).toBe(0);
    expectBytes(exported(table), bytes);
    await expect(read(join([bytes, record()]))).rejects.toThrow(/record 1, byte .*without line breaks as in record 0/);
  });

  it('a run without total time', async () => {
    const bytes = record({ metrics: metricsWith({ totalTime: null }) });
    const { table, rewritten } = await read(bytes);
    expect(rewritten).toBe(0);
    expect(table.column('total_time_4').validity).toEqual(Uint8Array.of(0));
    expectBytes(exported(table), bytes);
  });

  it('checkpoint paths are kept, in an Arrow file, too', async () => {
    const points = SAMPLE_RECORD.metrics.points.map((point, i) =>
      i === 0 ? point : { ...point, path: `/ckpt/é-${i}` },
    );
    const bytes = join([record(), record({ metrics: metricsWith({ points }) })]);
    const { table, rewritten, unknownFields } = await read(bytes);
    expect(rewritten).toBe(0);
    expect(unknownFields).toEqual({});
    expectBytes(exported(table), bytes);
    const reopened = (await NASBench.open(encodeTable(table))).table;
    expectBytes(exported(reopened), bytes);
  });

  it.each([
    ['other JSON spacing', () => frame(JSON.stringify(JSON.parse(recordText())))],
    ['base64 broken elsewhere', () => record({}, (data) => `${plain(data).slice(0, 8)}\n${plain(data).slice(8)}\n`)],
    [
      'fields in another order',
      () =>
        record({}, () => {
          const { points, totalTime, parameters } = SAMPLE_RECORD.metrics;
          const rest = protobuf({ points, parameters: null, totalTime: null });
          return plain(Buffer.concat([double(3, totalTime), Buffer.of(0x10), varint(parameters), rest]));
        }),
    ],
  ])('%s: values are kept, and the record counted as rewritten', async (_, make) => {
    const { table, rewritten } = await read(make());
    expectSampleValues(table);
    expect(rewritten).toBe(1);
  });

  it('unknown protobuf fields are left out and reported', async () => {
    const extra = Buffer.concat([delimited(15, Buffer.from('x')), delimited(15, Buffer.from('y'))]);
    const points = SAMPLE_RECORD.metrics.points.map((point) => ({ ...point, extra: double(7, 1) }));
    const { table, rewritten, unknownFields } = await read(record({ metrics: metricsWith({ points, extra }) }));
    expectSampleValues(table);
    expect(unknownFields).toEqual({ 'EvaluationData.7': 3, 'ModelMetrics.15': 2 });
    expect(rewritten).toBe(1);
    expectBytes(exported(table), record());
  });

  it('values that float32 does not hold, and epochs off schedule', async () => {
    const changed = pointsWith(2, 2, 0.1).map((point, i) =>
      i === 2 ? { values: [3.5, ...point.values.slice(1)] } : point,
    );
    const bytes = join([record(), record({ metrics: metricsWith({ points: changed }) })]);
    const { table } = await read(bytes);
    expect(table.column('train_accuracy_4').values).toBeInstanceOf(Float64Array);
    expect(table.column('test_accuracy_4').values).toBeInstanceOf(Float32Array);
    expect(Array.from(table.column('epochs_4').values)).toEqual([4, 3.5]);
    expect(table.hasColumn('half_epochs_4')).toBe(false);
    expectBytes(exported(table), bytes);
  });
});

describe('tables', () => {
  it('come back from a file bit for bit, whatever their runs and values', async () => {
    await fc.assert(
      fc.asyncProperty(
        someRecords,
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1 }),
        async (all, lengths) => {
          const completed = firstRepeats(all);
          fc.pre(completed.length > 0);
          const metadata = {
            ...METADATA,
            epochs: [...new Set(completed.map(({ epochs }) => epochs))].toSorted((a, b) => a - b),
            repeats: Math.max(...completed.map(({ repeat }) => repeat + 1)),
          };
          const table = buildTable(completed, metadata);
          const bytes = exported(table);
          const { formatVersion: _, epochs: __, repeats: ___, ...about } = metadata;
          const result = await importTfrecord(cut(bytes, lengths), { metadata: about });
          expectBytes(encodeTable(result.table), encodeTable(table));
          expectBytes(exported(result.table), bytes);
          expect(result.rewritten).toBe(0);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it('leave out failed and absent runs, for which the format has no place', async () => {
    const failed = { points: null };
    const table = buildTable([run(3, 4, 0, failed), run(3, 4, 2), run(5, 12, 1)], METADATA);
    const { table: back, records } = await read(exported(table), {
      metadata: { ...SYNTHETIC.metadata, space: METADATA.space },
    });
    expect(records).toBe(2);
    expect(back.metadata.repeats).toBe(1);
    expect(back.value('test_accuracy_4', back.findRow(CELLS[3].moduleHash), 0)).toBe(
      run(3, 4, 2).points?.[2].testAccuracy,
    );
  });

  it('of other spaces keep the names of their operations', async () => {
    const space = { ...NASBENCH_101, operations: ['skip "é"', 'conv'] };
    const cell = parseCell('010/001/000:conv3x3').original.matrix;
    const hash = moduleHash(
      {
        original: { matrix: cell, operations: ['input', 'skip "é"', 'output'] },
        pruned: { matrix: cell, operations: ['input', 'skip "é"', 'output'] },
      },
      space,
    );
    const only: RunRecord = {
      ...run(0, 4, 0),
      moduleHash: hash,
      cell: { vertices: 3, edges: 0b101, operations: ['skip "é"'] },
    };
    const table = buildTable([only], { ...METADATA, space, epochs: [4], repeats: 1 });
    const bytes = exported(table);
    expect(Buffer.from(bytes).toString('latin1')).toContain(String.raw`"input,skip \"\u00e9\",output"`);
    const back = await read(bytes, { metadata: { provenance: 'synthetic', space } });
    expect(back.rewritten).toBe(0);
    expect([...runRecords(back.table)]).toEqual([...runRecords(table)]);
  });

  it('with more parameters than an int32 or with final metrics only are refused', () => {
    const large = buildTable([run(0, 4, 0, { trainableParameters: 2 ** 31 })], METADATA);
    expect(() => exported(large)).toThrow(/2147483648 trainable parameters/);
  });
});

/** Completed runs, repeats of each cell and budget moved up as an import numbers them. */
function firstRepeats(records: readonly RunRecord[]): RunRecord[] {
  const counts = new Map<string, number>();
  return records
    .filter(({ points }) => points !== null)
    .toSorted((a, b) => a.repeat - b.repeat)
    .map((one) => {
      const key = `${one.moduleHash} ${one.epochs}`;
      const repeat = counts.get(key) ?? 0;
      counts.set(key, repeat + 1);
      return { ...one, repeat, trainableParameters: one.trainableParameters % 2 ** 31 };
    });
}

describe('provenance', () => {
  it('must be given for a file that is not an official one', async () => {
    const bytes = record();
    const checksum = createHash('sha256').update(bytes).digest('hex');
    await expect(importTfrecord([bytes])).rejects.toThrow(UsageError);
    await expect(importTfrecord([bytes], { name: 'a.tfrecord', sha256: createHash('sha256') })).rejects.toThrow(
      `a.tfrecord: not an official file (SHA-256 ${checksum}); say where its numbers come from: provenance official, regenerated, surrogate, synthetic`,
    );
  });

  it('is official for a file with an official checksum', async () => {
    const digest = () => '4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1';
    const { table, officialFile } = await importTfrecord([record()], { sha256: { update: () => {}, digest } });
    expect(officialFile).toBe('nasbench_only108.tfrecord');
    expect(table.metadata).toMatchObject({ provenance: 'official', codeVersion: 'google-research/nasbench' });
    expect(table.metadata.notes).toBeUndefined();
  });

  it('official that only the caller vouches for is said to be so', async () => {
    const { table } = await read(record(), { metadata: { provenance: 'official' } });
    expect(table.metadata.notes).toMatch(/as given at import/);
  });
});

describe('syntheticTfrecord', () => {
  it('gives the asked number of records, the same for the same seed, in the official ranges', async () => {
    const options = { cells: 300, epochs: [4, 108], repeats: 2, seed: 'a' };
    const bytes = join(syntheticTfrecord(options));
    expectBytes(join(syntheticTfrecord(options)), bytes);
    expect(Buffer.compare(join(syntheticTfrecord({ ...options, seed: 'b' })), bytes)).not.toBe(0);
    const { table, records, rewritten, missingRuns, duplicateRuns } = await read(bytes);
    expect({ records, cells: table.rowCount, rewritten, missingRuns, duplicateRuns }).toEqual({
      records: 1200,
      cells: 300,
      rewritten: 0,
      missingRuns: 0,
      duplicateRuns: 0,
    });
    for (const name of ['test_accuracy_108', 'half_validation_accuracy_4', 'start_train_accuracy_4']) {
      for (const value of table.column(name).values) {
        expect(Math.fround(Math.round(value * 9984) / 9984)).toBe(value);
      }
    }
    const mean = (name: string) => Array.from(table.column(name).values).reduce((a, b) => a + b, 0) / 600;
    expect(mean('test_accuracy_108')).toBeGreaterThan(mean('test_accuracy_4') + 0.2);
    expect(mean('training_time_108')).toBeGreaterThan(10 * mean('training_time_4'));
    expect(table.hasColumn('epochs_108')).toBe(false);
    expectBytes(exported(table), bytes);
    expect(() => join(syntheticTfrecord({ cells: 0 }))).toThrow(UsageError);
  });
});

it('reports progress and reads files in pieces', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nasbench-tfrecord-'));
  try {
    const file = path.join(folder, 'some.tfrecord');
    const bytes = join(syntheticTfrecord({ cells: 2000, epochs: [4], repeats: 3 }));
    await writeFile(file, bytes);
    const steps: number[] = [];
    const { records, sha256 } = await importTfrecordFile(file, {
      ...SYNTHETIC,
      onProgress: (done) => steps.push(done),
    });
    expect(records).toBe(6000);
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)).toBe(bytes.length);
    await expect(importTfrecordFile(path.join(folder, 'none'), SYNTHETIC)).rejects.toThrow(
      /^cannot read .*none: no such file/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
