import { TableFormatError } from './errors.ts';
import { compareHashes, HASH_BYTES, readHash, writeHash } from './hashBytes.ts';
import { type LazyArray, wholeArray } from './lazyArray.ts';

/** Guesses before halving takes over: real hashes need about four, made-up ones may lead guesses astray. */
const MAX_GUESSES = 12;
/** Then all hashes are read once, and most questions cost one look into distant memory instead of four. */
const QUESTIONS_BEFORE_BUCKETS = 256;
const ROWS_PER_BUCKET = 4;

/**
 * Finds the row of a module hash. Rows are sorted by hash and md5 spreads evenly, so the value of a hash says nearly where
 * it is (interpolation search): the first questions need no index, and of a file only a few blocks. Those who ask more get
 * the first row of each range of hashes noted (0.5 MB for 423 624 rows, made in 15 ms).
 */
export class HashSearch {
  readonly #hashes: LazyArray<Uint8Array>;
  readonly #rowCount: number;
  readonly #source: string;
  readonly #wanted = new Uint8Array(HASH_BYTES);
  #isChecked = false;
  #questions = 0;
  #buckets: Buckets | undefined;

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
    if (this.#buckets === undefined && ++this.#questions === QUESTIONS_BEFORE_BUCKETS) this.#makeBuckets();
    if (this.#buckets !== undefined) {
      const { starts, shift } = this.#buckets;
      const bucket = wanted >>> shift;
      low = starts[bucket];
      high = starts[bucket + 1] - 1;
      lowWord = bucket * 2 ** shift;
      highWord = lowWord + 2 ** shift;
    }
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

  #makeBuckets(): void {
    const bits = Math.min(24, Math.ceil(Math.log2(this.#rowCount / ROWS_PER_BUCKET)));
    if (!(bits > 0)) return;
    const hashes = wholeArray(this.#hashes);
    const shift = 32 - bits;
    const starts = new Uint32Array(2 ** bits + 1);
    let bucket = 0;
    for (let row = 0; row < this.#rowCount; row++) {
      const next = leadingWord(hashes, row) >>> shift;
      // Rows that do not ascend: a miss will say so.
      if (next < bucket) return;
      while (bucket < next) starts[++bucket] = row;
    }
    starts.fill(this.#rowCount, bucket + 1);
    this.#buckets = { starts, shift };
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

/** Rows starts[b] .. starts[b + 1] - 1 are those whose leading word, shifted right, is b. */
interface Buckets {
  readonly starts: Uint32Array;
  readonly shift: number;
}

function leadingWord(bytes: Uint8Array, index: number): number {
  const at = index * HASH_BYTES;
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
