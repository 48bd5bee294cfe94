import { bitmapBytes, getBit, setBit } from '../bits.ts';
import { type ByteSource, readBytes } from '../byteSource.ts';
import { TableFormatError } from '../errors.ts';
import { type LazyArray, presentArray, wholeArray } from '../lazyArray.ts';
import type { ArrowField } from './fields.ts';
import type { ArrowBatch, ArrowFile, Region } from './readFile.ts';

type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
interface TypedArrayConstructor<T extends TypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

interface Place {
  readonly field: ArrowField;
  readonly node: number;
  readonly buffer: number;
}

/** Gives single columns of an Arrow file as typed arrays: where the file is one batch read on demand, else joined at once. */
export class ColumnReader {
  readonly rowCount: number;
  readonly #source: ByteSource;
  readonly #file: ArrowFile;
  readonly #places = new Map<string, Place>();

  constructor(source: ByteSource, file: ArrowFile) {
    this.#source = source;
    this.#file = file;
    this.rowCount = file.batches.reduce((rows, batch) => rows + batch.length, 0);
    let node = 0;
    let buffer = 0;
    for (const field of file.fields) {
      this.#places.set(field.name, { field, node, buffer });
      if (field.layout === undefined)
        this.#fail(`column ${field.name} has type ${field.type}, which cannot be skipped`);
      node += field.layout?.nodes ?? 0;
      buffer += field.layout?.buffers ?? 0;
    }
    for (const { length, nodes, buffers } of file.batches) {
      if (length < 0 || nodes.length !== node || buffers.length !== buffer) {
        this.#fail('damaged: a batch does not have the columns of the schema');
      }
    }
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** The column's type if it is one of `allowed`. Throws TableFormatError if not, or if there is no such column. */
  checkType<T extends string>(name: string, ...allowed: readonly T[]): T {
    const found = this.#places.get(name)?.field.type;
    const type = allowed.find((candidate) => candidate === found);
    if (type === undefined) {
      return this.#fail(`column ${name}: expected ${allowed.join(' or ')}, found ${found ?? 'no such column'}`);
    }
    return type;
  }

  /** Values of a column without nulls, `width` elements a row. */
  values<T extends TypedArray>(name: string, constructor: TypedArrayConstructor<T>, width = 1): LazyArray<T> {
    const { node, buffer } = this.#place(name);
    for (const batch of this.#file.batches) {
      if (batch.nodes[node][1] !== 0) this.#fail(`column ${name} has nulls, which only per-run columns may have`);
    }
    return this.#join(name, constructor, width, buffer + 1);
  }

  /** Values of a fixed-size list column, `size` elements a row, and which of them are present. */
  lists<T extends TypedArray>(
    name: string,
    constructor: TypedArrayConstructor<T>,
    size: number,
  ): { values: LazyArray<T>; validity: Uint8Array | null } {
    const { buffer } = this.#place(name);
    return { values: this.#join(name, constructor, size, buffer + 2), validity: this.#listValidity(name, size) };
  }

  /** The texts of a dictionary-encoded column. */
  dictionary(name: string): string[] {
    const batch = this.#file.dictionaries.get(this.#place(name).field.dictionaryId ?? -1);
    if (batch === undefined || batch.buffers.length !== 3) {
      return this.#fail(`column ${name}: damaged: its dictionary is absent or not utf8`);
    }
    if (batch.length === 0) return [];
    const offsets = wholeArray(this.#elements(name, batch.buffers[1], Int32Array, batch.length + 1));
    const text = readBytes(this.#source, batch.buffers[2].offset, batch.buffers[2].length);
    const decoder = new TextDecoder();
    return Array.from({ length: batch.length }, (_, i) => decoder.decode(text.subarray(offsets[i], offsets[i + 1])));
  }

  #place(name: string): Place {
    return this.#places.get(name) ?? this.#fail(`no column ${name}`);
  }

  #join<T extends TypedArray>(
    name: string,
    constructor: TypedArrayConstructor<T>,
    width: number,
    buffer: number,
  ): LazyArray<T> {
    const { batches } = this.#file;
    const part = (batch: ArrowBatch): LazyArray<T> =>
      this.#elements(name, batch.buffers[buffer], constructor, batch.length * width);
    if (batches.length === 1) return part(batches[0]);
    // All parts before their sum, so that a damaged length is noticed before memory is taken for it.
    const parts = batches.map((batch) => wholeArray(part(batch)));
    const joined = new constructor(parts.reduce((length, values) => length + values.length, 0));
    let position = 0;
    for (const values of parts) {
      joined.set(values, position);
      position += values.length;
    }
    return presentArray(joined);
  }

  #elements<T extends TypedArray>(
    name: string,
    region: Region,
    constructor: TypedArrayConstructor<T>,
    length: number,
  ): LazyArray<T> {
    const bytes = length * constructor.BYTES_PER_ELEMENT;
    if (region.length < bytes) {
      this.#fail(`column ${name}: damaged: expected ${bytes} bytes of values, found ${region.length}`);
    }
    const size = constructor.BYTES_PER_ELEMENT;
    const part = this.#source.region(region.offset, bytes);
    if (part.bytes.byteOffset % size !== 0) {
      part.ensure(0, bytes);
      return presentArray(new constructor(part.bytes.slice().buffer, 0, length));
    }
    return {
      array: new constructor(part.bytes.buffer, part.bytes.byteOffset, length),
      ensure: (start, end) => part.ensure(start * size, end * size),
    };
  }

  /** One bit a list element, false where the element or its whole list is null; null if all are present. */
  #listValidity(name: string, size: number): Uint8Array | null {
    const { batches } = this.#file;
    const { node, buffer } = this.#place(name);
    if (batches.every(({ nodes }) => nodes[node][1] === 0 && nodes[node + 1][1] === 0)) return null;
    const bitmapOf = (batch: ArrowBatch, which: 0 | 1, length: number): Uint8Array | null =>
      batch.nodes[node + which][1] === 0
        ? null
        : wholeArray(this.#elements(name, batch.buffers[buffer + which], Uint8Array, bitmapBytes(length)));
    if (batches.length === 1 && batches[0].nodes[node][1] === 0) return bitmapOf(batches[0], 1, this.rowCount * size);
    const joined = new Uint8Array(bitmapBytes(this.rowCount * size));
    let position = 0;
    for (const batch of batches) {
      const lists = bitmapOf(batch, 0, batch.length);
      const elements = bitmapOf(batch, 1, batch.length * size);
      for (let i = 0; i < batch.length * size; i++, position++) {
        const isListPresent = lists === null || getBit(lists, Math.floor(i / size));
        if (isListPresent && (elements === null || getBit(elements, i))) setBit(joined, position);
      }
    }
    return joined;
  }

  #fail(problem: string): never {
    throw new TableFormatError(`${this.#source.name}: ${problem}`);
  }
}
