/**
 * Keeps the first `capacity` of the rows that are put in, by ascending key, equal keys by row, rows without a key (NaN)
 * last: a heap with the last of those kept on top, so that most rows are turned away after one comparison.
 */
export class TopRows {
  readonly #keys: Float64Array;
  readonly #rows: Uint32Array;
  readonly #capacity: number;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#keys = new Float64Array(capacity);
    this.#rows = new Uint32Array(capacity);
  }

  put(key: number, row: number): void {
    if (this.#size < this.#capacity) {
      this.#rise(this.#size++, key, row);
    } else if (this.#capacity > 0 && isAfter(this.#keys[0], this.#rows[0], key, row)) {
      this.#sink(0, key, row);
    }
  }

  /** The rows kept, in order. Empties the heap. */
  take(): Uint32Array {
    const sorted = this.#rows.subarray(0, this.#size);
    while (this.#size > 0) {
      const last = --this.#size;
      const top = this.#rows[0];
      const [key, row] = [this.#keys[last], this.#rows[last]];
      if (last > 0) this.#sink(0, key, row);
      sorted[last] = top;
    }
    return sorted;
  }

  #rise(from: number, key: number, row: number): void {
    const [keys, rows] = [this.#keys, this.#rows];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isAfter(key, row, keys[parent], rows[parent])) break;
      keys[at] = keys[parent];
      rows[at] = rows[parent];
      at = parent;
    }
    keys[at] = key;
    rows[at] = row;
  }

  #sink(from: number, key: number, row: number): void {
    const [keys, rows, size] = [this.#keys, this.#rows, this.#size];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isAfter(keys[child + 1], rows[child + 1], keys[child], rows[child])) child++;
      if (!isAfter(keys[child], rows[child], key, row)) break;
      keys[at] = keys[child];
      rows[at] = rows[child];
      at = child;
    }
    keys[at] = key;
    rows[at] = row;
  }
}

function isAfter(key: number, row: number, otherKey: number, otherRow: number): boolean {
  if (key > otherKey) return true;
  if (key < otherKey) return false;
  if (key === otherKey) return row > otherRow;
  const isMissing = Number.isNaN(key);
  return isMissing === Number.isNaN(otherKey) ? row > otherRow : isMissing;
}
