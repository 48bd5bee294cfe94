/**
 * A table of a FlatBuffer, read in place: Arrow keeps its schema and its message headers in this encoding.
 *
 *   position -> int32 distance back to the vtable, then the fields
 *   vtable   -> uint16 bytes of vtable, uint16 bytes of table, then for each slot uint16 offset from position (0: default)
 *
 * Every access goes through DataView, so damaged bytes end in a RangeError and never outside the buffer.
 * (https://flatbuffers.dev/internals)
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #position: number;

  constructor(view: DataView, position: number) {
    this.#view = view;
    this.#position = position;
  }

  /** The root table of a buffer. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getInt32(0, true));
  }

  uint8(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : this.#view.getUint8(at);
  }

  int16(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : this.#view.getInt16(at, true);
  }

  int32(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : this.#view.getInt32(at, true);
  }

  int64(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : Number(this.#view.getBigInt64(at, true));
  }

  text(slot: number): string | undefined {
    const at = this.#field(slot);
    if (at === 0) return undefined;
    const start = this.#indirect(at);
    const length = this.#view.getUint32(start, true);
    return new TextDecoder().decode(bytesOf(this.#view, start + 4, length));
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#field(slot);
    return at === 0 ? undefined : new FlatTable(this.#view, this.#indirect(at));
  }

  /** Elements of a vector of tables. */
  tables(slot: number): FlatTable[] {
    const { start, length } = this.#vector(slot, 4);
    return Array.from({ length }, (_, i) => new FlatTable(this.#view, this.#indirect(start + 4 * i)));
  }

  /** Elements of a vector of structs of int64s (an int32 and its padding count as one; its upper half is ignored). */
  structs(slot: number, words: number): number[][] {
    const { start, length } = this.#vector(slot, 8 * words);
    return Array.from({ length }, (_, i) =>
      Array.from({ length: words }, (__, word) => Number(this.#view.getBigInt64(start + 8 * (i * words + word), true))),
    );
  }

  #field(slot: number): number {
    const vtable = this.#position - this.#view.getInt32(this.#position, true);
    const entry = 4 + 2 * slot;
    if (entry >= this.#view.getUint16(vtable, true)) return 0;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? 0 : this.#position + offset;
  }

  #indirect(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  #vector(slot: number, elementBytes: number): { start: number; length: number } {
    const at = this.#field(slot);
    if (at === 0) return { start: 0, length: 0 };
    const start = this.#indirect(at);
    const length = this.#view.getUint32(start, true);
    bytesOf(this.#view, start + 4, length * elementBytes);
    return { start: start + 4, length };
  }
}

/** Bytes of a view; RangeError if they lie outside, before anything of their length is allocated. */
function bytesOf(view: DataView, offset: number, length: number): Uint8Array {
  if (offset + length > view.byteLength) throw new RangeError('beyond the end of the buffer');
  return new Uint8Array(view.buffer, view.byteOffset + offset, length);
}
