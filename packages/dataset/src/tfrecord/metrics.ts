import { POINTS } from '../columns.ts';
import { quote } from './errors.ts';
import { POINT_FIELDS, POINT_VALUES, type Run, TOTAL_TIME } from './run.ts';

/**
 * The protobuf of a record, proto2:
 *
 *     ModelMetrics   { repeated EvaluationData evaluation_data = 1; int32 trainable_parameters = 2; double total_time = 3 }
 *     EvaluationData { double current_epoch = 1, training_time = 2, train_accuracy = 3, validation_accuracy = 4,
 *                      test_accuracy = 5; string checkpoint_path = 6 }
 *
 * Tag bytes are field number * 8 + wire type (0 varint, 1 eight bytes, 2 length and bytes).
 */
const EVALUATION_DATA = 0x0a;
const TRAINABLE_PARAMETERS = 0x10;
const TOTAL_TIME_TAG = 0x19;
const CHECKPOINT_PATH = 0x32;
const doubleTag = (field: number): number => 9 + 8 * field;

/** A point without checkpoint path: five times tag and double. */
const POINT_BYTES = 9 * POINT_VALUES;
const FRAMED_POINT_BYTES = 2 + POINT_BYTES;
const POINTS_BYTES = 3 * FRAMED_POINT_BYTES;
/** Tag and length of a point, as two bytes. */
const FRAMED_POINT = (EVALUATION_DATA << 8) | POINT_BYTES;
const MAX_INT32 = 2 ** 31 - 1;

/** Most bytes of metrics without checkpoint paths. */
export const MAX_PLAIN_BYTES = POINTS_BYTES + 6 + 9;

/**
 * Reads metrics of exactly the form that `writeMetrics` writes for a run without checkpoint paths and with values in
 * range, where nothing can be lost. False for anything else, with `run` in an undefined state.
 */
export function readOfficialMetrics(view: DataView, length: number, run: Run): boolean {
  if (length < POINTS_BYTES + 2) return false;
  const { values } = run;
  let signs = 0;
  for (let point = 0; point < 3; point++) {
    const start = point * FRAMED_POINT_BYTES;
    if (view.getUint16(start) !== FRAMED_POINT) return false;
    for (let field = 0; field < POINT_VALUES; field++) {
      const at = start + 2 + 9 * field;
      if (view.getUint8(at) !== doubleTag(field)) return false;
      const value = view.getFloat64(at + 1, true);
      signs |= view.getUint8(at + 8);
      // Epochs and seconds, or a fraction; NaN is neither.
      if (!(value <= (field < 2 ? Number.MAX_VALUE : 1))) return false;
      values[point * POINT_VALUES + field] = value;
    }
  }
  let at = POINTS_BYTES;
  if (view.getUint8(at++) !== TRAINABLE_PARAMETERS) return false;
  let parameters = 0;
  let byte = 0;
  let shift = 1;
  do {
    if (at === length || shift > 2 ** 28) return false;
    byte = view.getUint8(at++);
    parameters += (byte & 127) * shift;
    shift *= 128;
  } while (byte > 127);
  if ((byte === 0 && shift > 128) || parameters > MAX_INT32) return false;
  run.parameters = parameters;
  run.checkpointPaths = null;
  run.hasTotalTime = at !== length;
  values[TOTAL_TIME] = Number.NaN;
  if (run.hasTotalTime) {
    if (at + 9 !== length || view.getUint8(at) !== TOTAL_TIME_TAG) return false;
    const value = view.getFloat64(at + 1, true);
    signs |= view.getUint8(at + 8);
    if (!(value <= Number.MAX_VALUE)) return false;
    values[TOTAL_TIME] = value;
  }
  return signs < 128;
}

/** Bytes that `writeMetrics` may need. */
export function metricsRoom({ checkpointPaths }: Run): number {
  return MAX_PLAIN_BYTES + (checkpointPaths ?? []).reduce((sum, path) => sum + 3 * (path?.length ?? 0) + 10, 0);
}

const encoder = new TextEncoder();

/** Writes the metrics as the official files have them; returns their length. */
export function writeMetrics(run: Run, bytes: Uint8Array, view: DataView): number {
  const { values, checkpointPaths } = run;
  let at = 0;
  for (let point = 0; point < 3; point++) {
    const path = checkpointPaths?.[point] ?? null;
    const text = path === null ? undefined : encoder.encode(path);
    const extra = text === undefined ? 0 : 1 + varintBytes(text.length) + text.length;
    bytes[at++] = EVALUATION_DATA;
    at = writeVarint(POINT_BYTES + extra, bytes, at);
    for (let field = 0; field < POINT_VALUES; field++) {
      bytes[at] = doubleTag(field);
      view.setFloat64(at + 1, values[point * POINT_VALUES + field], true);
      at += 9;
    }
    if (text === undefined) continue;
    bytes[at++] = CHECKPOINT_PATH;
    at = writeVarint(text.length, bytes, at);
    bytes.set(text, at);
    at += text.length;
  }
  bytes[at++] = TRAINABLE_PARAMETERS;
  at = writeVarint(run.parameters, bytes, at);
  if (run.hasTotalTime) {
    bytes[at] = TOTAL_TIME_TAG;
    view.setFloat64(at + 1, values[TOTAL_TIME], true);
    at += 9;
  }
  return at;
}

function writeVarint(value: number, bytes: Uint8Array, start: number): number {
  let at = start;
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at++] = rest;
  return at;
}

const varintBytes = (value: number): number => (value < 128 ? 1 : 1 + varintBytes(Math.floor(value / 128)));

/** Ends with a TfrecordError. */
export type Fail = (problem: string) => never;

/**
 * Reads metrics in any form that protobuf allows, and says what is wrong with them. Names of fields that are not known
 * are handed to `onUnknown`.
 */
export function readMetrics(bytes: Uint8Array, run: Run, fail: Fail, onUnknown: (field: string) => void): void {
  const points: Uint8Array[] = [];
  let parameters: bigint | undefined;
  let totalTime: number | undefined;
  for (const { number, value } of fieldsOf(bytes, 'metrics', fail)) {
    if (number === 1 && value instanceof Uint8Array) points.push(value);
    else if (number === 2 && typeof value === 'bigint')
      parameters = once(parameters, value, 'trainable_parameters', fail);
    else if (number === 3 && typeof value === 'number') totalTime = once(totalTime, value, 'total_time', fail);
    else if (number <= 3) fail(`the metrics' field ${number} has the wrong type`);
    else onUnknown(`ModelMetrics.${number}`);
  }
  if (points.length !== 3) fail(`expected 3 evaluation points, start, half and end, found ${points.length}`);
  const paths = points.map((point, i) => readPoint(point, i, run, fail, onUnknown));
  run.checkpointPaths = paths.some((path) => path !== null) ? paths : null;
  if (parameters === undefined) fail('expected trainable_parameters, found none');
  if (parameters > BigInt(MAX_INT32)) {
    fail(`expected trainable_parameters of 0 .. 2^31 - 1, found ${BigInt.asIntN(64, parameters)}`);
  }
  run.parameters = Number(parameters);
  run.hasTotalTime = totalTime !== undefined;
  run.values[TOTAL_TIME] = totalTime ?? Number.NaN;
  if (totalTime !== undefined) checkAmount(totalTime, 'total_time', fail);
}

function readPoint(bytes: Uint8Array, point: number, run: Run, fail: Fail, onUnknown: (field: string) => void) {
  const name = `the ${POINTS[point]} point`;
  const values: (number | undefined)[] = [];
  let path: string | undefined;
  for (const { number, value } of fieldsOf(bytes, name, fail)) {
    if (number <= POINT_VALUES && typeof value === 'number') {
      const field = POINT_FIELDS[number - 1];
      values[number - 1] = once(values[number - 1], value, `${field} of ${name}`, fail);
    } else if (number === 6 && value instanceof Uint8Array) {
      path = once(path, decodeUtf8(value, fail), `checkpoint_path of ${name}`, fail);
    } else if (number <= 6) fail(`field ${number} of ${name} has the wrong type`);
    else onUnknown(`EvaluationData.${number}`);
  }
  for (const [i, field] of POINT_FIELDS.entries()) {
    const value = values[i];
    if (value === undefined) fail(`expected ${field} of ${name}, found none`);
    checkAmount(value, `${field} of ${name}`, fail);
    if (i >= 2 && value > 1) fail(`expected ${field} of ${name} of 0 .. 1, found ${value}`);
    run.values[point * POINT_VALUES + i] = value;
  }
  return path ?? null;
}

function once<T>(known: T | undefined, value: T, field: string, fail: Fail): T {
  if (known !== undefined) fail(`expected one ${field}, found two`);
  return value;
}

function checkAmount(value: number, field: string, fail: Fail): void {
  if (!(value >= 0) || value === Number.POSITIVE_INFINITY || Object.is(value, -0)) {
    fail(`expected ${field} to be a number >= 0, found ${Object.is(value, -0) ? '-0' : value}`);
  }
}

function decodeUtf8(bytes: Uint8Array, fail: Fail): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail(`expected UTF-8 in a checkpoint_path, found ${quote(Array.from(bytes.subarray(0, 8)))}`);
  }
}

/** Fields of a protobuf message: a bigint is a varint, a number a double, bytes are bytes; undefined is 4 bytes. */
function* fieldsOf(
  bytes: Uint8Array,
  where: string,
  fail: Fail,
): Generator<{ number: number; value: bigint | number | Uint8Array | undefined }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at === bytes.length) break;
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return fail(`bad protobuf: a number does not end in ${where}`);
  };
  const take = (length: bigint): number => {
    if (length > BigInt(bytes.length - at)) {
      fail(`bad protobuf: expected ${length} bytes of a field in ${where}, found ${bytes.length - at}`);
    }
    at += Number(length);
    return at - Number(length);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number === 0) fail(`bad protobuf: a field with number 0 in ${where}`);
    if (wireType === 0) yield { number, value: varint() };
    else if (wireType === 1) yield { number, value: view.getFloat64(take(8n), true) };
    else if (wireType === 2) {
      const length = varint();
      const start = take(length);
      yield { number, value: bytes.subarray(start, at) };
    } else if (wireType === 5) {
      take(4n);
      yield { number, value: undefined };
    } else fail(`bad protobuf: a field of wire type ${wireType} in ${where}`);
  }
}
