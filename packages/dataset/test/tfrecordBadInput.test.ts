import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { UsageError } from '@nasbench/foundation/errors';
import { describe, expect, it } from 'vitest';
import { buildTable, encodeTable, importTfrecord, TfrecordError } from '../src/index.ts';
import { importTfrecordFile } from '../src/node.ts';
import { METADATA, run } from './samples.ts';
import {
  delimited,
  dumps,
  frame,
  type Metrics,
  metricsWith,
  mime,
  plain,
  pointsWith,
  protobuf,
  record,
  recordText,
  SAMPLE_RECORD,
  varint,
} from './tfrecordSamples.ts';

const first = record();
const second = record({ epochs: 12 });
const third = record({ epochs: 36 });
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const options = { name: 'bad.tfrecord', metadata: { provenance: 'synthetic' } } as const;
const read = (bytes: Uint8Array) => importTfrecord([bytes], options);

/** What the import says of bytes that it must refuse, in one line. */
async function problemOf(bytes: Uint8Array): Promise<string> {
  const error = await read(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TfrecordError);
  const { message } = error as TfrecordError;
  expect(message).not.toContain('\n');
  expect(message.length).toBeLessThan(400);
  return message;
}

/** What is wrong with a record that follows a good one. */
async function recordProblem(bytes: Uint8Array): Promise<string> {
  const message = await problemOf(join(first, bytes));
  const place = `bad.tfrecord: record 1, byte ${first.length + 12}: `;
  expect(message.slice(0, place.length)).toBe(place);
  return message.slice(place.length);
}

const changedMetrics = (changes: Partial<Metrics>): Uint8Array => record({ metrics: metricsWith(changes) });
const rawMetrics = (bytes: Uint8Array): Uint8Array => record({}, () => plain(bytes));

describe('files', () => {
  it('empty', async () => {
    expect(await problemOf(new Uint8Array(0))).toBe(
      'bad.tfrecord: record 0, byte 0: expected TFRecords, found an empty file',
    );
  });

  it('truncated at any byte of the last two records', async () => {
    const whole = join(first, second, third);
    const ends = [first.length, first.length + second.length, whole.length];
    for (const [i, length] of ends.entries()) expect((await read(whole.subarray(0, length))).records).toBe(i + 1);
    for (let length = first.length + 1; length < whole.length; length++) {
      if (ends.includes(length)) continue;
      const truncated = length < ends[1] ? 1 : 2;
      const start = ends[truncated - 1];
      const found = length - start;
      const expected =
        found < 12 ? '12 bytes of the length and its CRC' : `${ends[truncated] - start} bytes of the record`;
      expect(await problemOf(whole.subarray(0, length))).toBe(
        `bad.tfrecord: record ${truncated}, byte ${start}: expected ${expected}, found ${found}: the file is truncated`,
      );
    }
  });

  it('with any bit flipped', async () => {
    for (let byte = 0; byte < second.length; byte++) {
      const damaged = join(first, second, third);
      damaged[first.length + byte] ^= 1 << (byte % 8);
      const inLength = byte < 12;
      const field = first.length + (inLength ? 8 : second.length - 4);
      expect(await problemOf(damaged)).toMatch(
        new RegExp(
          `^bad.tfrecord: record 1, byte ${field}: expected the masked CRC-32C [0-9a-f]{8} after the ${inLength ? 'length' : 'data'}, found [0-9a-f]{8}: the (length|record) is damaged$`,
        ),
      );
    }
  });

  it.each([
    ['a text', Buffer.from('module_hash,epochs\n0000,4\n'), /this is not a TFRecord file/],
    ['gzip', gzipSync(first), /compressed with gzip, decompress it first/],
    ['an Arrow table', encodeTable(buildTable([run(0, 4, 0)], METADATA)), /this is an Arrow file, not a TFRecord/],
    ['zeros', new Uint8Array(64), /expected the masked CRC-32C .*, found 00000000/],
  ])('that are no TFRecords: %s', async (_, bytes, expected) => {
    const message = await problemOf(bytes);
    expect(message).toMatch(/^bad\.tfrecord: record 0, byte 8: /);
    expect(message).toMatch(expected);
  });

  it('with a length that is no record, before memory is asked for', async () => {
    const header = Buffer.from(frame('').subarray(0, 12));
    header.writeBigUInt64LE(2n ** 40n, 0);
    // The CRC that belongs to this length, from the message about the wrong one.
    const message = await problemOf(join(first, header));
    header.writeUInt32LE(Number.parseInt(/CRC-32C ([0-9a-f]{8})/.exec(message)?.[1] ?? '', 16), 8);
    expect(await problemOf(join(first, header))).toBe(
      `bad.tfrecord: record 1, byte ${first.length}: expected a record of at most 1048576 bytes, found a length of 1099511627776`,
    );
  });

  it('of 10 GB that are mostly holes', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nasbench-sparse-'));
    try {
      for (const head of [new Uint8Array(0), first]) {
        const file = path.join(folder, `${head.length}.tfrecord`);
        const handle = await open(file, 'w');
        await handle.write(head);
        await handle.truncate(10 * 2 ** 30);
        await handle.close();
        const before = performance.now();
        await expect(importTfrecordFile(file, { metadata: options.metadata })).rejects.toThrow(
          `${file}: record ${head.length === 0 ? 0 : 1}, byte ${head.length + 8}: expected the masked CRC-32C`,
        );
        expect(performance.now() - before).toBeLessThan(5000);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('records', () => {
  const { hash, adjacency, operations } = SAMPLE_RECORD;
  const metrics = mime(protobuf(SAMPLE_RECORD.metrics));

  it.each([
    ['no data', '', /^expected JSON, found ""$/],
    ['no JSON', '["abc", 4', /^expected JSON, found "\[\\"abc\\", 4"$/],
    ['two values', `${recordText()} 1`, /^expected JSON, found /],
    [
      'bytes that are not UTF-8',
      Uint8Array.of(0x5b, 0xff, 0xfe),
      /^expected JSON in UTF-8, found the bytes 91 255 254/,
    ],
    ['an object', '{"epochs": 4}', /^expected \[module_hash, epochs, .*\], found \{"epochs":4\}$/],
    ['null', 'null', /found null$/],
    ['four items', dumps([hash, 4, adjacency, operations]), /found 4 items$/],
    ['six items', dumps([hash, 4, adjacency, operations, metrics, 1]), /found 6 items$/],
    ['a number as hash', dumps([1, 4, adjacency, operations, metrics]), /^expected a module hash .* found 1$/],
    ['a short hash', dumps(['00', 4, adjacency, operations, metrics]), /32 lower-case hex digits, found "00"$/],
    ['an upper-case hash', dumps([hash.toUpperCase(), 4, adjacency, operations, metrics]), /lower-case/],
    ['epochs as text', dumps([hash, '4', adjacency, operations, metrics]), /^expected epochs to be an integer.*"4"$/],
    ['no epochs', dumps([hash, 0, adjacency, operations, metrics]), /^expected epochs .* found 0$/],
    ['half an epoch', dumps([hash, 1.5, adjacency, operations, metrics]), /^expected epochs .* found 1.5$/],
    ['endless epochs', `["${hash}", 1e999, "", "", ""]`, /^expected epochs/],
    ['rows as adjacency', dumps([hash, 4, [[0, 1]], operations, metrics]), /^expected adjacency to be a text/],
    ['operations in a list', dumps([hash, 4, adjacency, ['input'], metrics]), /^expected operations to be a text/],
    ['metrics as null', dumps([hash, 4, adjacency, operations, null]), /^expected metrics .* found null$/],
  ])('JSON with %s', async (_, data, expected) => {
    expect(await recordProblem(frame(data as string))).toMatch(expected);
  });

  it.each([
    [
      'not square',
      { adjacency: '01' },
      'expected an adjacency of 4 .. 64 characters, a square number of them, found 2',
    ],
    ['empty', { adjacency: '' }, 'expected an adjacency of 4 .. 64 characters, a square number of them, found 0'],
    ['not binary', { adjacency: adjacency.replace('1', '2') }, 'expected an adjacency of 0 and 1, found "2"'],
    [
      'not upper triangular',
      { adjacency: `${adjacency.slice(0, 7)}1${adjacency.slice(8)}` },
      'expected an upper triangular adjacency, found the edge 1 -> 0',
    ],
    [
      'with an edge to itself',
      { adjacency: `1${adjacency.slice(1)}` },
      'expected an upper triangular adjacency, found the edge 0 -> 0',
    ],
    [
      'not connected',
      { hash: 'f'.repeat(32), adjacency: '000000000', operations: 'input,maxpool3x3,output' },
      'expected a pruned cell of at most 7 vertices and 9 edges, found 000/000/000',
    ],
    [
      'not pruned',
      { hash: 'f'.repeat(32), adjacency: '011000000', operations: 'input,maxpool3x3,output' },
      'expected a pruned cell of at most 7 vertices and 9 edges, found 011/000/000',
    ],
    [
      'with too many operations',
      { operations: `${operations},output` },
      'expected 7 operations, one for each vertex, found 8: "input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn...',
    ],
    [
      'without input',
      { operations: operations.replace('input', 'maxpool3x3') },
      'expected operations from input to output, found "maxpool3x3,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3...',
    ],
    [
      'with an unknown operation',
      { operations: operations.replace('maxpool3x3', 'maxpool5x5') },
      'expected operations of conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3, found "maxpool5x5"',
    ],
  ])('a graph %s', async (_, changes, expected) => {
    expect(await recordProblem(record(changes))).toBe(expected);
  });

  it('a graph with another hash', async () => {
    const changes = { hash: hash.replace('0', '1') };
    expect(await recordProblem(join(record(changes), third))).toBe(
      `expected the module hash of the record's graph, ${hash}, found ${changes.hash}`,
    );
  });

  it('one cell with two graphs or numbers of parameters', async () => {
    const other = { adjacency: '010001000', operations: 'input,maxpool3x3,output' };
    expect(await recordProblem(record(other))).toBe(
      `expected the adjacency and operations of cell ${hash} in record 0, found others: a table holds one graph for each cell`,
    );
    expect(await recordProblem(changedMetrics({ parameters: 5 }))).toBe(
      `expected the 8555530 trainable parameters of cell ${hash} in record 0, found 5`,
    );
  });

  it.each(['Ci0J!AAA', 'Ci0', 'Ci0J=', '=', 'Ci0JAB==', ' Ci0J'])('base64 that is none: %s', async (text) => {
    expect(await recordProblem(record({}, () => text))).toBe(
      `expected metrics in base64, found ${JSON.stringify(text)}`,
    );
  });

  it.each([
    ['no points', { points: [] }, 'expected 3 evaluation points, start, half and end, found 0'],
    [
      'two points',
      { points: SAMPLE_RECORD.metrics.points.slice(0, 2) },
      'expected 3 evaluation points, start, half and end, found 2',
    ],
    [
      'a point without test accuracy',
      { points: pointsWith(1, 4, null) },
      'expected test_accuracy of the half point, found none',
    ],
    ['no parameters', { parameters: null }, 'expected trainable_parameters, found none'],
    ['negative parameters', { parameters: -3 }, 'expected trainable_parameters of 0 .. 2^31 - 1, found -3'],
    [
      'too many parameters',
      { parameters: 2 ** 31 },
      'expected trainable_parameters of 0 .. 2^31 - 1, found 2147483648',
    ],
    [
      'a negative time',
      { points: pointsWith(2, 1, -1) },
      'expected training_time of the end point to be a number >= 0, found -1',
    ],
    [
      'a time of -0',
      { points: pointsWith(0, 1, -0) },
      'expected training_time of the start point to be a number >= 0, found -0',
    ],
    [
      'a time that is NaN',
      { points: pointsWith(2, 1, Number.NaN) },
      'expected training_time of the end point to be a number >= 0, found NaN',
    ],
    [
      'an infinite time',
      { points: pointsWith(2, 1, Number.POSITIVE_INFINITY) },
      'expected training_time of the end point to be a number >= 0, found Infinity',
    ],
    [
      'an epoch that is NaN',
      { points: pointsWith(0, 0, Number.NaN) },
      'expected current_epoch of the start point to be a number >= 0, found NaN',
    ],
    [
      'an accuracy that is NaN',
      { points: pointsWith(1, 3, Number.NaN) },
      'expected validation_accuracy of the half point to be a number >= 0, found NaN',
    ],
    [
      'an accuracy in per cent',
      { points: pointsWith(2, 4, 93.2) },
      'expected test_accuracy of the end point of 0 .. 1, found 93.2',
    ],
    ['a negative total time', { totalTime: -2 }, 'expected total_time to be a number >= 0, found -2'],
    ['a total time that is NaN', { totalTime: Number.NaN }, 'expected total_time to be a number >= 0, found NaN'],
    [
      'a second total time',
      { extra: protobuf({ points: [], parameters: null, totalTime: 1 }) },
      'expected one total_time, found two',
    ],
    ['a field of the wrong type', { extra: delimited(3, varint(1)) }, "the metrics' field 3 has the wrong type"],
  ])('metrics with %s', async (_, changes, expected) => {
    expect(await recordProblem(changedMetrics(changes))).toBe(expected);
  });

  it.each([
    ['a number that does not end', Uint8Array.of(0x10, 0xff), /a number does not end in metrics$/],
    ['a number of eleven bytes', new Uint8Array(16).fill(0xff), /a number does not end in metrics$/],
    [
      'a field longer than the message',
      Uint8Array.of(0x0a, 0x7f, 1),
      /expected 127 bytes of a field in metrics, found 1$/,
    ],
    ['half a double', Uint8Array.of(0x19, 1, 2), /expected 8 bytes of a field in metrics, found 2$/],
    ['a group', Uint8Array.of(0x0b), /a field of wire type 3 in metrics$/],
    ['field number 0', Uint8Array.of(0x00, 0x00), /a field with number 0 in metrics$/],
    ['a length beyond all memory', join(Uint8Array.of(0x0a), varint(2n ** 63n)), /expected 9223372036854775808 bytes/],
  ])('protobuf with %s', async (_, bytes, expected) => {
    expect(await recordProblem(rawMetrics(bytes))).toMatch(expected);
  });

  it('too many budgets or repeats', async () => {
    const budgets = Array.from({ length: 65 }, (_, i) => record({ epochs: i + 1 }));
    expect(await problemOf(join(...budgets))).toMatch(/record 64, .*at most 64 different numbers of epochs, .* 65$/);
    const repeats = Array.from({ length: 256 }, () => first);
    expect(await problemOf(join(...repeats))).toMatch(/record 255, .*at most 255 runs of cell .* with 4 epochs/);
    await expect(importTfrecord([first], { ...options, repeats: 0 })).rejects.toThrow(UsageError);
  });

  it('whose table would be mostly empty', async () => {
    const linear = { hash: 'placeholder', adjacency: '0100', operations: 'input,output' };
    const wrong = await problemOf(record({ ...linear, hash }));
    const actual = /graph, ([0-9a-f]{32})/.exec(wrong)?.[1] ?? '';
    const others = Array.from({ length: 63 }, (_, i) => record({ ...linear, hash: actual, epochs: i + 5 }));
    const repeats = Array.from({ length: 254 }, () => first);
    await expect(read(join(...repeats, ...others))).rejects.toThrow(
      'bad.tfrecord: expected about as many runs of every cell, found 317 records for 2 cells, 64 budgets and 254 repeats',
    );
  });
});
