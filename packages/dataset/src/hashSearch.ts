import { TableFormatError } from './errors.ts';
import { compareHashes, HASH_BYTES, readHash, writeHash } from './hashBytes.ts';

/**
 * Finds the row of a module hash. Rows are sorted by hash and md5 is uniform, so a directory over the leading bits
 * leaves about one row to compare; within a crowded bucket the search is binary, so any hashes are found correctly.
 *
 *   leading bits    0     1     2     3   ...
 *   firstRow      [ 0,    2,    2,    3,  ..., rows ]     bucket b = rows firstRow[b] .. firstRow[b + 1] - 1
 */
export class HashIndex {
  readonly #hashes: Uint8Array;
  readonly #shift: number;
  readonly #firstRow: Uint32Array;
  readonly #wanted = new Uint8Array(HASH_BYTES);

  /** `hashes`: 16 bytes a row, ascending; one pass over them. Throws TableFormatError if they are not. */
  constructor(hashes: Uint8Array, source: string) {
    const rows = hashes.length / HASH_BYTES;
    const bits = Math.min(24, Math.max(1, Math.ceil(Math.log2(rows + 1))));
    this.#hashes = hashes;
    this.#shift = 32 - bits;
    this.#firstRow = new Uint32Array(2 ** bits + 1);
    let bucket = 0;
    for (let row = 0; row < rows; row++) {
      if (row > 0 && compareHashes(hashes, row - 1, hashes, row) >= 0) {
        throw new TableFormatError(
          `${source}: module_hash must ascend, but row ${row} has ${readHash(hashes, row)} after ${readHash(hashes, row - 1)}`,
        );
      }
      const rowBucket = leadingWord(hashes, row) >>> this.#shift;
      while (bucket < rowBucket) this.#firstRow[++bucket] = row;
    }
    this.#firstRow.fill(rows, bucket + 1);
  }

  /** Row of a hash given as 32 lower-case hexadecimal digits, or -1. */
  find(hash: string): number {
    writeHash(this.#wanted, 0, hash);
    const bucket = leadingWord(this.#wanted, 0) >>> this.#shift;
    let low = this.#firstRow[bucket];
    let high = this.#firstRow[bucket + 1] - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareHashes(this.#hashes, middle, this.#wanted, 0);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function leadingWord(bytes: Uint8Array, index: number): number {
  const at = index * HASH_BYTES;
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
