import { TableFormatError } from './errors.ts';
import { compareHashes, HASH_BYTES, parseHash, readHash } from './hashBytes.ts';
import { type LazyArray, wholeArray } from './lazyArray.ts';

/** Guesses before halving takes over: real hashes need about four, made-up ones may lead guesses astray. */
const MAX_GUESSES = 12;
/** Then all hashes are read once, and most questions cost one look into distant memory instead of four. */
const QUESTIONS_BEFORE_BUCKETS = 256;
const ROWS_PER_BUCKET = 2;
/** Real hashes never fill a bucket like this; made-up ones that do are searched by guesses, not one by one. */
const MAX_SCANNED_ROWS = 64;

/**
 * Finds the row of a module hash. Rows are sorted by hash and md5 spreads evenly, so the value of a hash says nearly where
 * it is (interpolation search): the first questions need no index, and of a file only a few blocks. Those who ask more get
 * the first row of each range of hashes noted (1 MB for 423 624 rows, made in 15 ms).
 */
export class HashSearch {
  readonly #hashes: LazyArray<Uint8Array>;
  readonly #view: DataView;
  readonly #rowCount: number;
  readonly #source: string;
  readonly #wanted = new Uint32Array(4);
  #isChecked = false;
  #questions = 0;
  #buckets: Buckets | undefined;

  /** `hashes`: 16 bytes a row, ascending. */
  constructor(hashes: LazyArray<Uint8Array>, source: string) {
    const { array } = hashes;
    this.#hashes = hashes;
    this.#view = new DataView(array.buffer, array.byteOffset, array.byteLength);
    this.#rowCount = array.length / HASH_BYTES;
    this.#source = source;
  }

  /**
   * Row of a hash given as 32 lower-case hexadecimal digits; -1 if there is none, or the text is no hash. The first miss
   * checks the order of all rows: throws TableFormatError if they do not ascend, since then a miss means nothing.
   */
  find(hash: string): number {
    if (!parseHash(hash, this.#wanted)) return -1;
    if (this.#buckets === undefined && ++this.#questions === QUESTIONS_BEFORE_BUCKETS) this.#makeBuckets();
    const row = this.#buckets === undefined ? this.#guess(0, this.#rowCount, 0, 2 ** 32) : this.#look(this.#buckets);
    if (row < 0 && !this.#isChecked) this.#checkOrder();
    return row;
  }

  #look({ starts, shift }: Buckets): number {
    const view = this.#view;
    const wanted = this.#wanted;
    const first = wanted[0];
    const bucket = first >>> shift;
    const end = starts[bucket + 1];
    if (end - starts[bucket] > MAX_SCANNED_ROWS) {
      return this.#guess(starts[bucket], end, bucket * 2 ** shift, (bucket + 1) * 2 ** shift);
    }
    for (let row = starts[bucket]; row < end; row++) {
      const at = row * HASH_BYTES;
      if (
        view.getUint32(at) === first &&
        view.getUint32(at + 4) === wanted[1] &&
        view.getUint32(at + 8) === wanted[2] &&
        view.getUint32(at + 12) === wanted[3]
      ) {
        return row;
      }
    }
    return -1;
  }

  /** Searches the rows start .. end - 1, whose leading words are lowWord .. highWord - 1. */
  #guess(start: number, end: number, lowWord: number, highWord: number): number {
    const wanted = this.#wanted[0];
    let low = start;
    let high = end - 1;
    for (let guesses = 0; low <= high; guesses++) {
      const share = guesses < MAX_GUESSES ? (wanted - lowWord) / Math.max(1, highWord - lowWord) : 0.5;
      const row = low + Math.floor(Math.min(Math.max(share, 0), 1) * (high - low));
      this.#hashes.ensure(row * HASH_BYTES, (row + 1) * HASH_BYTES);
      const order = this.#compare(row);
      if (order === 0) return row;
      if (order < 0) {
        low = row + 1;
        lowWord = leadingWord(this.#view, row);
      } else {
        high = row - 1;
        highWord = leadingWord(this.#view, row);
      }
    }
    return -1;
  }

  /** Negative, 0 or positive as the hash of the row is less than, equal to or greater than the wanted one. */
  #compare(row: number): number {
    for (let word = 0; word < 4; word++) {
      const difference = this.#view.getUint32(row * HASH_BYTES + 4 * word) - this.#wanted[word];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #makeBuckets(): void {
    const bits = Math.min(24, Math.ceil(Math.log2(this.#rowCount / ROWS_PER_BUCKET)));
    if (!(bits > 0)) return;
    wholeArray(this.#hashes);
    const shift = 32 - bits;
    const starts = new Uint32Array(2 ** bits + 1);
    let bucket = 0;
    for (let row = 0; row < this.#rowCount; row++) {
      const next = leadingWord(this.#view, row) >>> shift;
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
      const word = leadingWord(this.#view, row);
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

const leadingWord = (view: DataView, row: number): number => view.getUint32(row * HASH_BYTES);
