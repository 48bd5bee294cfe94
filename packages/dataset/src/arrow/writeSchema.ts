import type { Builder } from 'flatbuffers';
import { Precision, Slot, TypeId } from './format.ts';

interface FloatType {
  readonly kind: 'float';
  readonly bits: 32 | 64;
}

interface IntType {
  readonly kind: 'int';
  readonly bits: 8 | 16 | 32;
  readonly signed: boolean;
}

/** The column types that a table is made of. */
type ColumnType =
  | FloatType
  | IntType
  | { readonly kind: 'fixed-size-binary'; readonly bytes: number }
  | { readonly kind: 'dictionary-utf8'; readonly id: number; readonly indexBits: 16 | 32 }
  | { readonly kind: 'fixed-size-list'; readonly size: number; readonly item: FloatType | IntType };

export interface SchemaField {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

export interface ArrowSchema {
  readonly fields: readonly SchemaField[];
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

/** Appends a FlatBuffers table whose fields `addFields` adds; returns its offset. */
export function writeObject(builder: Builder, slots: Readonly<Record<string, number>>, addFields: () => void): number {
  builder.startObject(Math.max(-1, ...Object.values(slots)) + 1);
  addFields();
  return builder.endObject();
}

export function writeSchema(builder: Builder, { fields, metadata }: ArrowSchema): number {
  const pairs = metadata.map(([key, value]) => {
    const [keyText, valueText] = [builder.createString(key), builder.createString(value)];
    return writeObject(builder, Slot.KeyValue, () => {
      builder.addFieldOffset(Slot.KeyValue.key, keyText, 0);
      builder.addFieldOffset(Slot.KeyValue.value, valueText, 0);
    });
  });
  const fieldVector = writeOffsets(
    builder,
    fields.map((field) => writeField(builder, field)),
  );
  const pairVector = writeOffsets(builder, pairs);
  return writeObject(builder, Slot.Schema, () => {
    builder.addFieldOffset(Slot.Schema.fields, fieldVector, 0);
    builder.addFieldOffset(Slot.Schema.metadata, pairVector, 0);
  });
}

function writeField(builder: Builder, { name, type, nullable }: SchemaField): number {
  const text = builder.createString(name);
  // Lists are never null, their items may be. "item" is what Arrow's own libraries call them.
  const items: SchemaField[] =
    type.kind === 'fixed-size-list' ? [{ name: 'item', type: type.item, nullable: true }] : [];
  const children = writeOffsets(
    builder,
    items.map((item) => writeField(builder, item)),
  );
  const [typeId, typeTable] = writeType(builder, type);
  const dictionary = type.kind === 'dictionary-utf8' ? writeDictionary(builder, type.id, type.indexBits) : 0;
  return writeObject(builder, Slot.Field, () => {
    builder.addFieldOffset(Slot.Field.name, text, 0);
    builder.addFieldInt8(Slot.Field.nullable, nullable ? 1 : 0, 0);
    builder.addFieldInt8(Slot.Field.typeId, typeId, 0);
    builder.addFieldOffset(Slot.Field.type, typeTable, 0);
    builder.addFieldOffset(Slot.Field.dictionary, dictionary, 0);
    builder.addFieldOffset(Slot.Field.children, children, 0);
  });
}

function writeType(builder: Builder, type: ColumnType): [typeId: number, offset: number] {
  switch (type.kind) {
    case 'int':
      return [TypeId.Int, writeInt(builder, type.bits, type.signed)];
    case 'float': {
      const precision = type.bits === 32 ? Precision.Single : Precision.Double;
      const add = (): void => builder.addFieldInt16(Slot.FloatingPoint.precision, precision, 0);
      return [TypeId.FloatingPoint, writeObject(builder, Slot.FloatingPoint, add)];
    }
    case 'fixed-size-binary': {
      const add = (): void => builder.addFieldInt32(Slot.FixedSizeBinary.byteWidth, type.bytes, 0);
      return [TypeId.FixedSizeBinary, writeObject(builder, Slot.FixedSizeBinary, add)];
    }
    case 'fixed-size-list': {
      const add = (): void => builder.addFieldInt32(Slot.FixedSizeList.listSize, type.size, 0);
      return [TypeId.FixedSizeList, writeObject(builder, Slot.FixedSizeList, add)];
    }
    default:
      return [TypeId.Utf8, writeObject(builder, {}, () => {})];
  }
}

function writeInt(builder: Builder, bits: number, signed: boolean): number {
  return writeObject(builder, Slot.Int, () => {
    builder.addFieldInt32(Slot.Int.bitWidth, bits, 0);
    builder.addFieldInt8(Slot.Int.isSigned, signed ? 1 : 0, 0);
  });
}

function writeDictionary(builder: Builder, id: number, indexBits: number): number {
  const indexType = writeInt(builder, indexBits, true);
  return writeObject(builder, Slot.Dictionary, () => {
    builder.addFieldInt64(Slot.Dictionary.id, BigInt(id), 0n);
    builder.addFieldOffset(Slot.Dictionary.indexType, indexType, 0);
  });
}

function writeOffsets(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}
