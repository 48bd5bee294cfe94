import { Builder } from 'flatbuffers';
import { ALIGNMENT, CONTINUATION, MAGIC, METADATA_V5, MessageHeader, Slot } from './format.ts';
import { type ArrowSchema, writeObject, writeSchema } from './writeSchema.ts';

/** One array of a batch: a column, or the items of a list column right after it. */
export interface ArrayData {
  readonly length: number;
  readonly nullCount: number;
  /** Validity first, which is empty without nulls; then offsets or values as the type has them. */
  readonly buffers: readonly ArrayBufferView[];
}

/** The arrays of one batch, nested ones after their parents. */
export interface BatchData {
  readonly length: number;
  readonly arrays: readonly ArrayData[];
}

/** A batch's place for the footer. */
interface Block {
  readonly offset: number;
  readonly headerLength: number;
  readonly bodyLength: number;
}

/**
 * An Arrow IPC file piece by piece: a few headers made here, and the buffers themselves, which are not copied.
 * All rows lie in one batch: a column is then one contiguous piece of the file, which readers fetch alone.
 */
export function* arrowFilePieces(
  schema: ArrowSchema,
  dictionaries: readonly { readonly id: number; readonly batch: BatchData }[],
  batch: BatchData,
): Generator<Uint8Array> {
  let position = 0;
  const emit = (piece: Uint8Array): Uint8Array => {
    position += piece.byteLength;
    return piece;
  };
  function* emitBatch(data: BatchData, header: (builder: Builder) => { type: number; offset: number }) {
    const bodyLength = buffersOf(data).reduce((sum, buffer) => sum + padded(buffer.byteLength), 0);
    const offset = position;
    const bytes = message(header, bodyLength);
    yield emit(bytes);
    for (const buffer of buffersOf(data)) {
      yield emit(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
      yield emit(new Uint8Array(padded(buffer.byteLength) - buffer.byteLength));
    }
    return { offset, headerLength: bytes.length, bodyLength };
  }

  const start = new Uint8Array(8);
  start.set(MAGIC);
  yield emit(start);
  yield emit(message((builder) => ({ type: MessageHeader.Schema, offset: writeSchema(builder, schema) }), 0, position));
  const dictionaryBlocks: Block[] = [];
  for (const { id, batch: data } of dictionaries) {
    const header = (builder: Builder) => ({
      type: MessageHeader.DictionaryBatch,
      offset: writeDictionaryHeader(builder, id, data),
    });
    dictionaryBlocks.push(yield* emitBatch(data, header));
  }
  const header = (builder: Builder) => ({ type: MessageHeader.RecordBatch, offset: writeBatchHeader(builder, batch) });
  const batchBlocks = [yield* emitBatch(batch, header)];
  yield emit(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0));
  const end = footer(schema, dictionaryBlocks, batchBlocks);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setInt32(0, end.length, true);
  yield emit(end);
  yield emit(length);
  yield emit(MAGIC);
}

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const buffersOf = (batch: BatchData): ArrayBufferView[] => batch.arrays.flatMap((array) => array.buffers);

/** Prefix, header and padding; `position`, the place in the file, is a multiple of ALIGNMENT but for the first message. */
function message(
  writeHeader: (builder: Builder) => { type: number; offset: number },
  bodyLength: number,
  position = 0,
): Uint8Array {
  const builder = new Builder();
  const header = writeHeader(builder);
  const root = writeObject(builder, Slot.Message, () => {
    builder.addFieldInt16(Slot.Message.version, METADATA_V5, 0);
    builder.addFieldInt8(Slot.Message.headerType, header.type, 0);
    builder.addFieldOffset(Slot.Message.header, header.offset, 0);
    builder.addFieldInt64(Slot.Message.bodyLength, BigInt(bodyLength), 0n);
  });
  builder.finish(root);
  const flat = builder.asUint8Array();
  const bytes = new Uint8Array(padded(position + 8 + flat.length) - position);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setInt32(4, bytes.length - 8, true);
  bytes.set(flat, 8);
  return bytes;
}

function writeBatchHeader(builder: Builder, batch: BatchData): number {
  const nodes = writeStructs(
    builder,
    batch.arrays.map(({ length, nullCount }) => [length, nullCount]),
  );
  let position = 0;
  const regions = buffersOf(batch).map(({ byteLength }) => {
    const offset = position;
    position += padded(byteLength);
    return [offset, byteLength];
  });
  const buffers = writeStructs(builder, regions);
  return writeObject(builder, Slot.RecordBatch, () => {
    builder.addFieldInt64(Slot.RecordBatch.length, BigInt(batch.length), 0n);
    builder.addFieldOffset(Slot.RecordBatch.nodes, nodes, 0);
    builder.addFieldOffset(Slot.RecordBatch.buffers, buffers, 0);
  });
}

function writeDictionaryHeader(builder: Builder, id: number, batch: BatchData): number {
  const data = writeBatchHeader(builder, batch);
  return writeObject(builder, Slot.DictionaryBatch, () => {
    builder.addFieldInt64(Slot.DictionaryBatch.id, BigInt(id), 0n);
    builder.addFieldOffset(Slot.DictionaryBatch.data, data, 0);
  });
}

function footer(schema: ArrowSchema, dictionaries: readonly Block[], batches: readonly Block[]): Uint8Array {
  const builder = new Builder();
  const schemaOffset = writeSchema(builder, schema);
  // The header length is an int32 followed by padding, which as one little-endian word is the same.
  const words = ({ offset, headerLength, bodyLength }: Block): number[] => [offset, headerLength, bodyLength];
  const dictionaryVector = writeStructs(builder, dictionaries.map(words), 3);
  const batchVector = writeStructs(builder, batches.map(words), 3);
  const root = writeObject(builder, Slot.Footer, () => {
    builder.addFieldInt16(Slot.Footer.version, METADATA_V5, 0);
    builder.addFieldOffset(Slot.Footer.schema, schemaOffset, 0);
    builder.addFieldOffset(Slot.Footer.dictionaries, dictionaryVector, 0);
    builder.addFieldOffset(Slot.Footer.recordBatches, batchVector, 0);
  });
  builder.finish(root);
  return builder.asUint8Array();
}

/** A vector of structs of int64 words. */
function writeStructs(builder: Builder, structs: readonly (readonly number[])[], words = 2): number {
  builder.startVector(8 * words, structs.length, 8);
  // FlatBuffers grow downwards: last element and last word first.
  for (const struct of structs.toReversed()) {
    for (const word of struct.toReversed()) builder.writeInt64(BigInt(word));
  }
  return builder.endVector();
}
