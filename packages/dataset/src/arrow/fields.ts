import type { FlatTable } from './flatTable.ts';
import { Precision, Slot, TypeId } from './format.ts';

/** A column of an Arrow schema, as far as it matters here. */
export interface ArrowField {
  readonly name: string;
  /** In Arrow's own notation, such as `fixed_size_list<float>[3]` or `dictionary<int16, utf8>`. */
  readonly type: string;
  readonly dictionaryId: number | undefined;
  /** Arrays and buffers that the column takes in a batch; undefined for a layout that cannot be skipped. */
  readonly layout: { readonly nodes: number; readonly buffers: number } | undefined;
}

export function fieldOf(field: FlatTable): ArrowField {
  const dictionary = field.table(Slot.Field.dictionary);
  const valueType = typeName(field);
  const name = field.text(Slot.Field.name) ?? '';
  if (dictionary === undefined) return { name, type: valueType, dictionaryId: undefined, layout: layoutOf(field) };
  // Indices are int32 where the file does not say.
  const indexType = dictionary.table(Slot.Dictionary.indexType);
  return {
    name,
    type: `dictionary<${indexType === undefined ? 'int32' : intName(indexType)}, ${valueType}>`,
    dictionaryId: dictionary.int64(Slot.Dictionary.id),
    layout: { nodes: 1, buffers: 2 },
  };
}

const NAMES = new Map(Object.entries(TypeId).map(([name, id]): [number, string] => [id, name.toLowerCase()]));
const FLOATS = { [Precision.Half]: 'halffloat', [Precision.Single]: 'float', [Precision.Double]: 'double' };

const intName = (int: FlatTable): string =>
  `${int.uint8(Slot.Int.isSigned) === 0 ? 'uint' : 'int'}${int.int32(Slot.Int.bitWidth)}`;

function typeName(field: FlatTable): string {
  const id = field.uint8(Slot.Field.typeId);
  const type = field.table(Slot.Field.type);
  if (type === undefined) return 'unknown';
  switch (id) {
    case TypeId.Int:
      return intName(type);
    case TypeId.FloatingPoint:
      return FLOATS[type.int16(Slot.FloatingPoint.precision) as keyof typeof FLOATS] ?? 'unknown float';
    case TypeId.FixedSizeBinary:
      return `fixed_size_binary[${type.int32(Slot.FixedSizeBinary.byteWidth)}]`;
    case TypeId.FixedSizeList: {
      const items = field.tables(Slot.Field.children).map(typeName).join(', ');
      return `fixed_size_list<${items}>[${type.int32(Slot.FixedSizeList.listSize)}]`;
    }
    default:
      return NAMES.get(id) ?? `type ${id}`;
  }
}

/** Buffers of an array itself, by type; its children come after. Unions and views are laid out otherwise. */
const OWN_BUFFERS: Readonly<Record<number, number>> = {
  [TypeId.Null]: 0,
  [TypeId.Int]: 2,
  [TypeId.FloatingPoint]: 2,
  [TypeId.Binary]: 3,
  [TypeId.Utf8]: 3,
  [TypeId.Bool]: 2,
  [TypeId.Decimal]: 2,
  [TypeId.Date]: 2,
  [TypeId.Time]: 2,
  [TypeId.Timestamp]: 2,
  [TypeId.Interval]: 2,
  [TypeId.List]: 2,
  [TypeId.Struct]: 1,
  [TypeId.FixedSizeBinary]: 2,
  [TypeId.FixedSizeList]: 1,
  [TypeId.Map]: 2,
  [TypeId.Duration]: 2,
  [TypeId.LargeBinary]: 3,
  [TypeId.LargeUtf8]: 3,
  [TypeId.LargeList]: 2,
};

function layoutOf(field: FlatTable): ArrowField['layout'] {
  if (field.table(Slot.Field.dictionary) !== undefined) return { nodes: 1, buffers: 2 };
  let buffers = OWN_BUFFERS[field.uint8(Slot.Field.typeId)];
  let nodes = 1;
  if (buffers === undefined) return undefined;
  for (const child of field.tables(Slot.Field.children)) {
    const layout = layoutOf(child);
    if (layout === undefined) return undefined;
    nodes += layout.nodes;
    buffers += layout.buffers;
  }
  return { nodes, buffers };
}
