import { TableFormatError } from './errors.ts';
import { compareHashes, HASH_BYTES, readHash, writeHash } from './hashBytes.ts';
import { type LazyArray, wholeArray } from './lazyArray.ts';

/** Guesses before halving takes over: real hashes need about four, made-up ones may lead guesses astray. */
const MAX_GUESSES = 12;

/**
 * Finds the row of a module hash. Rows are sorted by hash and md5 spreads evenly, so the value of a hash says nearly where
 * it is (interpolation search); there is no index to build, and a file needs only a few blocks read.
 */
export class HashSearch {
  readonly #hashes: LazyArray<Uint8Array>;
  readonly #rowCount: number;
  readonly #source: string;
  readonly #wanted = new Uint8Array(HASH_BYTES);
  #isChecked = false;

  /** `hashes`: 16 bytes a row, ascending. */
  constructor(hashes: LazyArray<Uint8Array>, source: string) {
    this.#hashes = hashes;
    this.#rowCount = hashes.array.length / HASH_BYTES;
    this.#source = source;
  }

  /**
   * Row of a hash given as 32 lower-case hexadecimal digits, or -1. The first miss checks the order of all rows: throws
   * TableFormatError if they do not ascend, since then a miss means nothing.
   */
  find(hash: string): number {
    writeHash(this.#wanted, 0, hash);
    const wanted = leadingWord(this.#wanted, 0);
    const { array } = this.#hashes;
    let low = 0;
    let high = this.#rowCount - 1;
    let lowWord = 0;
    let highWord = 2 ** 32;
    for (let guesses = 0; low <= high; guesses++) {
      const share = guesses < MAX_GUESSES ? (wanted - lowWord) / Math.max(1, highWord - lowWord) : 0.5;
      const row = low + Math.floor(Math.min(Math.max(share, 0), 1) * (high - low));
      this.#hashes.ensure(row * HASH_BYTES, (row + 1) * HASH_BYTES);
      const word = leadingWord(array, row);
      const order = word === wanted ? compareHashes(array, row, this.#wanted, 0) : word - wanted;
      if (order === 0) return row;
      if (order < 0) {
        low = row + 1;
        lowWord = word;
      } else {
        high = row - 1;
        highWord = word;
      }
    }
    if (!this.#isChecked) this.#checkOrder();
    return -1;
  }

  #checkOrder(): void {
    const hashes = wholeArray(this.#hashes);
    let previous = -1;
    for (let row = 0; row < this.#rowCount; row++) {
      const word = leadingWord(hashes, row);
      if (word < previous || (word === previous && compareHashes(hashes, row - 1, hashes, row) >= 0)) {
        throw new TableFormatError(
          `${this.#source}: module_hash must ascend, but row ${row} has ${readHash(hashes, row)} after ${readHash(hashes, row - 1)}`,
        );
      }
      previous = word;
    }
    this.#isChecked = true;
  }
}

function leadingWord(bytes: Uint8Array, index: number): number {
  const at = index * HASH_BYTES;
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
