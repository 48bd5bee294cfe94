import { bitmapBytes, clearBit, countBits, getBit, setBit } from './bits.ts';
import type { MetricColumn } from './tableSource.ts';

/** Memory for at least `length` entries: doubled, so that appending is cheap. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array>(
  values: T,
  length: number,
): T {
  if (length <= values.length) return values;
  const larger = new (values.constructor as new (size: number) => T)(Math.max(length, 2 * values.length, 64));
  larger.set(values);
  return larger;
}

/** A metric column under construction: float32 if that holds every value exactly. */
export class GrowingColumn {
  readonly name: string;
  readonly #isWide: boolean;
  #values: Float32Array | Float64Array;
  #validity = new Uint8Array(0);

  constructor(name: string, { wide = false } = {}) {
    this.name = name;
    this.#isWide = wide;
    this.#values = wide ? new Float64Array(0) : new Float32Array(0);
  }

  has(index: number): boolean {
    return index < this.#values.length && getBit(this.#validity, index);
  }

  get(index: number): number {
    return this.#values[index];
  }

  set(index: number, value: number): void {
    if (this.#values instanceof Float32Array && Math.fround(value) !== value) {
      this.#values = Float64Array.from(this.#values);
    }
    if (index >= this.#values.length) {
      this.#values = grown(this.#values, index + 1);
      this.#validity = grown(this.#validity, bitmapBytes(this.#values.length));
    }
    this.#values[index] = value;
    setBit(this.#validity, index);
  }

  /** Makes the entry absent. */
  clear(index: number): void {
    if (this.has(index)) clearBit(this.#validity, index);
  }

  /** The first `length` entries. Absent runs are NaN. */
  finish(length: number, repeats: number): MetricColumn {
    const taken = grown(this.#values, length).slice(0, length);
    // A value that needed a double may have been replaced: the width must not tell in which order values came.
    const values = this.#isWide || !this.#isSingle(taken) ? taken : Float32Array.from(taken);
    const validity = grown(this.#validity, bitmapBytes(length)).slice(0, bitmapBytes(length));
    const isComplete = countBits(validity, length) === length;
    if (!isComplete) {
      for (let index = 0; index < length; index++) if (!getBit(validity, index)) values[index] = Number.NaN;
    }
    return { name: this.name, repeats, values, validity: isComplete ? null : validity };
  }

  #isSingle(values: Float32Array | Float64Array): boolean {
    for (let i = 0; i < values.length; i++) {
      if (Math.fround(values[i]) !== values[i] && this.has(i)) return false;
    }
    return true;
  }
}
