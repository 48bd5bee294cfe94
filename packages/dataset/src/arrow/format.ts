/**
 * Numbers of the Arrow columnar format, version 5 (https://arrow.apache.org/docs/format/Columnar.html and the
 * FlatBuffers files Schema.fbs, Message.fbs and File.fbs beside it). A file is
 *
 *   "ARROW1" 00 00 · schema message · dictionary batches · record batches · end-of-stream · footer · int32 length · "ARROW1"
 *   a message is  ff ff ff ff · int32 header length · header (FlatBuffer, padded) · body (buffers, padded)
 *
 * and its footer repeats the schema and says where each batch begins.
 */
export const MAGIC = Uint8Array.from('ARROW1', (letter) => letter.charCodeAt(0));
export const CONTINUATION = 0xffffffff;
export const METADATA_V5 = 4;
/** Bytes to which headers and buffers are padded; Arrow asks for 8 and recommends 64. */
export const ALIGNMENT = 64;

export const MessageHeader = { Schema: 1, DictionaryBatch: 2, RecordBatch: 3 } as const;

export const TypeId = {
  Null: 1,
  Int: 2,
  FloatingPoint: 3,
  Binary: 4,
  Utf8: 5,
  Bool: 6,
  Decimal: 7,
  Date: 8,
  Time: 9,
  Timestamp: 10,
  Interval: 11,
  List: 12,
  Struct: 13,
  Union: 14,
  FixedSizeBinary: 15,
  FixedSizeList: 16,
  Map: 17,
  Duration: 18,
  LargeBinary: 19,
  LargeUtf8: 20,
  LargeList: 21,
} as const;

export const Precision = { Half: 0, Single: 1, Double: 2 } as const;

/** Slots of the FlatBuffers tables, in the order of their fields in the .fbs files. */
export const Slot = {
  Schema: { endianness: 0, fields: 1, metadata: 2 },
  KeyValue: { key: 0, value: 1 },
  Field: { name: 0, nullable: 1, typeId: 2, type: 3, dictionary: 4, children: 5 },
  Dictionary: { id: 0, indexType: 1 },
  Int: { bitWidth: 0, isSigned: 1 },
  FloatingPoint: { precision: 0 },
  FixedSizeBinary: { byteWidth: 0 },
  FixedSizeList: { listSize: 0 },
  Message: { version: 0, headerType: 1, header: 2, bodyLength: 3 },
  RecordBatch: { length: 0, nodes: 1, buffers: 2, compression: 3 },
  DictionaryBatch: { id: 0, data: 1, isDelta: 2 },
  Footer: { version: 0, schema: 1, dictionaries: 2, recordBatches: 3 },
} as const;
