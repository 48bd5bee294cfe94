import { type ByteSource, readBytes } from '../byteSource.ts';
import { TableFormatError } from '../errors.ts';
import { type ArrowField, fieldOf } from './fields.ts';
import { FlatTable } from './flatTable.ts';
import { CONTINUATION, MAGIC, MessageHeader, Slot } from './format.ts';

/** A byte range of the file. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/** What a batch's header says: where its buffers lie. Nothing of its body has been read. */
export interface ArrowBatch {
  readonly length: number;
  /** [length, null count] of every array, nested ones after their parents. */
  readonly nodes: readonly (readonly number[])[];
  readonly buffers: readonly Region[];
}

/** The outline of an Arrow IPC file: schema and positions. */
export interface ArrowFile {
  readonly fields: readonly ArrowField[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly batches: readonly ArrowBatch[];
  /** By dictionary id. */
  readonly dictionaries: ReadonlyMap<number, ArrowBatch>;
}

/** Reads the footer and the batch headers: a few kB of a file of any size. Throws TableFormatError. */
export function readArrowFile(source: ByteSource): ArrowFile {
  const fail = (problem: string, cause?: unknown): never => {
    throw new TableFormatError(`${source.name}: ${problem}`, { cause });
  };
  const footer = readFooter(source, fail);
  try {
    const schema = footer.table(Slot.Footer.schema) ?? fail('the footer has no schema');
    if (schema.int16(Slot.Schema.endianness) !== 0) fail('values are big-endian, expected little-endian');
    const dictionaries = new Map<number, ArrowBatch>();
    for (const block of footer.structs(Slot.Footer.dictionaries, 3)) {
      const { header, body } = readMessage(source, block, MessageHeader.DictionaryBatch, fail);
      if (header.uint8(Slot.DictionaryBatch.isDelta) !== 0) fail('has delta dictionaries, which a table never needs');
      const data = header.table(Slot.DictionaryBatch.data) ?? fail('a dictionary has no data');
      dictionaries.set(header.int64(Slot.DictionaryBatch.id), batchOf(data, body, fail));
    }
    return {
      fields: schema.tables(Slot.Schema.fields).map(fieldOf),
      metadata: new Map(
        schema
          .tables(Slot.Schema.metadata)
          .map((pair) => [pair.text(Slot.KeyValue.key) ?? '', pair.text(Slot.KeyValue.value) ?? '']),
      ),
      batches: footer.structs(Slot.Footer.recordBatches, 3).map((block) => {
        const { header, body } = readMessage(source, block, MessageHeader.RecordBatch, fail);
        return batchOf(header, body, fail);
      }),
      dictionaries,
    };
  } catch (error) {
    if (error instanceof RangeError) return fail('damaged: its Arrow headers point outside themselves', error);
    throw error;
  }
}

type Fail = (problem: string, cause?: unknown) => never;

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
const isMagic = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/** As many bytes tell whether something is an Arrow file. */
export const ARROW_START_BYTES = 8;

/** Throws TableFormatError for what does not begin like an Arrow file by its first bytes, and says what else it seems to be. */
export function assertArrowStart(name: string, start: Uint8Array): void {
  if (isMagic(start)) return;
  const found = hex(start.subarray(0, MAGIC.length));
  throw new TableFormatError(
    `${name}: not an Arrow file: expected to begin with ARROW1, found bytes ${found}${guessOf(start)}`,
  );
}

/** Throws TableFormatError for what is no whole Arrow file by its first 8 bytes and its last 10 (fewer if it is shorter). */
export function assertArrowEnds(name: string, byteLength: number, start: Uint8Array, tail: Uint8Array): void {
  if (byteLength === 0) throw new TableFormatError(`${name}: empty file, expected an Arrow file`);
  assertArrowStart(name, start);
  if (byteLength < 2 * 8 + 4 || !isMagic(tail.subarray(4))) {
    throw new TableFormatError(
      `${name}: truncated: an Arrow file ends with ARROW1, but this one stops after ${byteLength} bytes without it`,
    );
  }
}

const LESS_THAN = '<'.charCodeAt(0);

function guessOf(start: Uint8Array): string {
  if (start[0] === 0x1f && start[1] === 0x8b) return ': it is compressed with gzip, decompress it first';
  if (start[0] === LESS_THAN) return ': it may be a web page';
  // The length of a record of 1 byte to 64 kB.
  const isLength = start.length === 8 && start.subarray(2).every((byte) => byte === 0) && (start[0] | start[1]) > 0;
  return isLength ? ': if it is a TFRecord file, import it first' : '';
}

function readFooter(source: ByteSource, fail: Fail): FlatTable {
  const { name, byteLength } = source;
  const tail = readBytes(source, Math.max(0, byteLength - 10), Math.min(10, byteLength));
  assertArrowEnds(name, byteLength, readBytes(source, 0, Math.min(ARROW_START_BYTES, byteLength)), tail);
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  if (length <= 0 || length > byteLength - 18) {
    fail(`damaged: a footer of ${length} bytes does not fit a file of ${byteLength}`);
  }
  try {
    return FlatTable.root(readBytes(source, byteLength - 10 - length, length));
  } catch (error) {
    return fail('damaged: its footer is unreadable', error);
  }
}

/** A message's header and where its body lies. `block`: file offset, bytes up to the body, bytes of the body. */
function readMessage(
  source: ByteSource,
  [offset, metadataWord, bodyLength]: readonly number[],
  expectedType: number,
  fail: Fail,
): { header: FlatTable; body: Region } {
  // An int32 in a field of 8 bytes: the upper half is padding.
  const metadataLength = metadataWord | 0;
  const end = offset + metadataLength + bodyLength;
  if (offset < 8 || metadataLength < 8 || bodyLength < 0 || !(end <= source.byteLength)) {
    fail(`damaged: a batch at byte ${offset} would end at byte ${end} of ${source.byteLength}`);
  }
  const bytes = readBytes(source, offset, metadataLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== CONTINUATION) fail(`damaged: no Arrow message at byte ${offset}`);
  const message = FlatTable.root(bytes.subarray(8));
  const type = message.uint8(Slot.Message.headerType);
  if (type !== expectedType) fail(`damaged: expected message type ${expectedType} at byte ${offset}, found ${type}`);
  const header = message.table(Slot.Message.header) ?? fail(`damaged: the message at byte ${offset} has no header`);
  return { header, body: { offset: offset + metadataLength, length: bodyLength } };
}

function batchOf(header: FlatTable, body: Region, fail: Fail): ArrowBatch {
  if (header.table(Slot.RecordBatch.compression) !== undefined) {
    fail('its buffers are compressed; write the file without compression');
  }
  return {
    length: header.int64(Slot.RecordBatch.length),
    nodes: header.structs(Slot.RecordBatch.nodes, 2),
    buffers: header.structs(Slot.RecordBatch.buffers, 2).map(([offset, length]) => {
      if (offset < 0 || length < 0 || offset + length > body.length) {
        fail(`damaged: a buffer of ${length} bytes at ${offset} leaves its batch of ${body.length} bytes`);
      }
      return { offset: body.offset + offset, length };
    }),
  };
}
