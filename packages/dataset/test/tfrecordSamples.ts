/**
 * Records built the slow and obvious way, independently of the code under test: CRC bit by bit, base64 by the platform,
 * protobuf by hand.
 */

export interface Point {
  readonly values: readonly (number | null)[];
  readonly path?: string;
  readonly extra?: Uint8Array;
}

export interface Metrics {
  readonly points: readonly Point[];
  readonly parameters: number | bigint | null;
  readonly totalTime: number | null;
  readonly extra?: Uint8Array;
}

/** An accuracy of the official form: correct answers of 9 984 in single precision. */
const share = (correct: number): number => Math.fround(correct / 9984);

/** A record of the official form; the cell is of the space, the values are made up. */
export const SAMPLE_RECORD = {
  hash: '00005c142e6f48ac74fdcf73e3439874',
  epochs: 4,
  adjacency: '0100110001000000010010000010000001000000010000000',
  operations: 'input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output',
  metrics: {
    points: [
      { values: [0, 0, share(1000), share(1001), share(1002)] },
      { values: [2, Math.fround(45.1), share(2003), share(2004), share(2005)] },
      { values: [4, Math.fround(90.3), share(4006), share(4007), share(4008)] },
    ],
    parameters: 8555530,
    totalTime: 400.123456789,
  } satisfies Metrics,
};

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export function varint(value: number | bigint): Uint8Array {
  const digits: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
  return bytes(...digits, Number(rest));
}

export function double(field: number, value: number): Uint8Array {
  const buffer = Buffer.alloc(9);
  buffer[0] = field * 8 + 1;
  buffer.writeDoubleLE(value, 1);
  return buffer;
}

export const delimited = (field: number, data: Uint8Array): Uint8Array =>
  join(bytes(field * 8 + 2), varint(data.length), data);

export function protobuf({ points, parameters, totalTime, extra = bytes() }: Metrics): Uint8Array {
  return join(
    ...points.map((point) =>
      delimited(
        1,
        join(
          ...point.values.flatMap((value, i) => (value === null ? [] : [double(i + 1, value)])),
          point.path === undefined ? bytes() : delimited(6, Buffer.from(point.path)),
          point.extra ?? bytes(),
        ),
      ),
    ),
    parameters === null ? bytes() : join(bytes(0x10), varint(parameters)),
    totalTime === null ? bytes() : double(3, totalTime),
    extra,
  );
}

/** Python's base64.encodestring. */
export const mime = (data: Uint8Array): string =>
  Buffer.from(data)
    .toString('base64')
    .replaceAll(/.{1,76}/g, '$&\n');

export const plain = (data: Uint8Array): string => Buffer.from(data).toString('base64');

/** Python's json.dumps of a flat list of ASCII texts and numbers. */
export const dumps = (values: readonly unknown[]): string =>
  `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;

function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

export function frame(data: Uint8Array | string): Uint8Array {
  const body = Buffer.from(data as string);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc(body), 0);
  return join(head, body, foot);
}

type RecordParts = Omit<typeof SAMPLE_RECORD, 'metrics'> & { readonly metrics: Metrics };

/** The JSON of a record that is official but for the changes. */
export function recordText(changes: Partial<RecordParts> = {}, base64 = mime): string {
  const { hash, epochs, adjacency, operations, metrics } = { ...SAMPLE_RECORD, ...changes };
  return dumps([hash, epochs, adjacency, operations, base64(protobuf(metrics))]);
}

export const record = (changes: Partial<RecordParts> = {}, base64 = mime): Uint8Array =>
  frame(recordText(changes, base64));

/** Metrics of the official record with some of them changed. */
export const metricsWith = (changes: Partial<Metrics>): Metrics => ({ ...SAMPLE_RECORD.metrics, ...changes });

/** The official points with one value changed. */
export function pointsWith(point: number, field: number, value: number | null): Point[] {
  return SAMPLE_RECORD.metrics.points.map((one, i) => ({
    values: one.values.map((old, j) => (i === point && j === field ? value : old)),
  }));
}
