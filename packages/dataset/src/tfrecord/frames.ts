import { maskedCrc32c } from './crc32c.ts';
import { TfrecordError } from './errors.ts';

/** uint64 length and its CRC before the data, the CRC of the data after it; all little-endian. */
export const HEADER_BYTES = 12;
export const FOOTER_BYTES = 4;

/** An official record has about 410 bytes. Longer ones are refused before memory is asked for. */
const MAX_DATA_BYTES = 2 ** 20;

/** Called with the bytes `start` .. `end` - 1 of `buffer`, which `view` shows too; they are valid during the call only. */
export type OnData = (buffer: Uint8Array, view: DataView, start: number, end: number) => void;

/** Takes a TFRecord file apart, piece by piece as it comes, and checks both CRCs of every record. */
export class FrameReader {
  /** The record being read and where its frame begins in the file. */
  record = 0;
  frameOffset = 0;
  readonly #source: string;
  /** Bytes of a record that has begun but not ended: `#buffer[0 .. #left - 1]`. */
  #buffer = new Uint8Array(0);
  #left = 0;
  /** The last length that was read, and its CRC. */
  #length = 0;
  #lengthCrc = -1;

  constructor(source: string) {
    this.#source = source;
  }

  /** The next piece of the file. Throws TfrecordError. */
  push(chunk: Uint8Array, onData: OnData): void {
    const bytes = this.#left === 0 ? chunk : this.#append(chunk);
    const view = viewOf(bytes);
    let start = 0;
    for (;;) {
      const length = this.#dataLength(bytes, view, start);
      if (length === undefined) break;
      const data = start + HEADER_BYTES;
      const end = data + length;
      if (end + FOOTER_BYTES > bytes.length) break;
      const expected = maskedCrc32c(view, data, end);
      const found = view.getUint32(end, true);
      if (found !== expected) {
        this.#fail(
          HEADER_BYTES + length,
          `expected the masked CRC-32C ${hex(expected)} after the data, found ${hex(found)}: the record is damaged`,
        );
      }
      onData(bytes, view, data, end);
      start = end + FOOTER_BYTES;
      this.record++;
      this.frameOffset += HEADER_BYTES + length + FOOTER_BYTES;
    }
    this.#keep(bytes, start);
  }

  /** To be called after the last piece. Throws TfrecordError if a record has not ended, or there was none. */
  finish(): void {
    if (this.record === 0 && this.#left === 0) this.#fail(0, 'expected TFRecords, found an empty file');
    if (this.#left === 0) return;
    const left = this.#buffer.subarray(0, this.#left);
    const length = this.#dataLength(left, viewOf(left), 0);
    const expected = length === undefined ? HEADER_BYTES : HEADER_BYTES + length + FOOTER_BYTES;
    const part = length === undefined ? 'the length and its CRC' : 'the record';
    this.#fail(0, `expected ${expected} bytes of ${part}, found ${this.#left}: the file is truncated`);
  }

  /** Length of the data of the record at `start`; undefined if its header is not there yet. */
  #dataLength(bytes: Uint8Array, view: DataView, start: number): number | undefined {
    if (start + HEADER_BYTES > bytes.length) return undefined;
    const low = view.getUint32(start, true);
    const high = view.getUint32(start + 4, true);
    const found = view.getUint32(start + 8, true);
    // Most records are as long as the one before.
    if (high === 0 && low === this.#length && found === this.#lengthCrc) return low;
    const expected = maskedCrc32c(view, start, start + 8);
    if (found !== expected) {
      const what = this.record === 0 ? kindOf(bytes) : 'the length is damaged';
      this.#fail(8, `expected the masked CRC-32C ${hex(expected)} after the length, found ${hex(found)}: ${what}`);
    }
    const length = low + high * 2 ** 32;
    if (length > MAX_DATA_BYTES) {
      this.#fail(0, `expected a record of at most ${MAX_DATA_BYTES} bytes, found a length of ${length}`);
    }
    this.#length = length;
    this.#lengthCrc = found;
    return length;
  }

  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#left + chunk.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(length);
      larger.set(this.#buffer.subarray(0, this.#left));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#left);
    return this.#buffer.subarray(0, length);
  }

  #keep(bytes: Uint8Array, start: number): void {
    this.#left = bytes.length - start;
    if (bytes.buffer === this.#buffer.buffer) this.#buffer.copyWithin(0, start, bytes.length);
    else {
      if (this.#left > this.#buffer.length) this.#buffer = new Uint8Array(this.#left);
      this.#buffer.set(bytes.subarray(start));
    }
  }

  #fail(offset: number, problem: string): never {
    throw new TfrecordError(this.#source, this.record, this.frameOffset + offset, problem);
  }
}

/** Surrounds the data at `start + HEADER_BYTES` .. `end` - 1 with header and footer; returns the end of the record. */
export function writeFrame(view: DataView, start: number, end: number): number {
  view.setUint32(start, end - start - HEADER_BYTES, true);
  view.setUint32(start + 4, 0, true);
  view.setUint32(start + 8, maskedCrc32c(view, start, start + 8), true);
  view.setUint32(end, maskedCrc32c(view, start + HEADER_BYTES, end), true);
  return end + FOOTER_BYTES;
}

function kindOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'the file is compressed with gzip, decompress it first';
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic === 'ARROW1') return 'this is an Arrow file, not a TFRecord';
  return 'this is not a TFRecord file, or its first record is damaged';
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
