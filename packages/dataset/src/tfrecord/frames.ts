import { maskedCrc32c } from './crc32c.ts';
import { TfrecordError } from './errors.ts';

/** uint64 length and its CRC before the data, the CRC of the data after it; all little-endian. */
export const HEADER_BYTES = 12;
export const FOOTER_BYTES = 4;

/** An official record has about 410 bytes. Longer ones are refused before memory is asked for. */
const MAX_DATA_BYTES = 2 ** 20;

/** Called with the bytes `start` .. `end` - 1 of `buffer`, which are valid during the call only. */
export type OnData = (buffer: Uint8Array, start: number, end: number) => void;

/** Takes a TFRecord file apart, piece by piece as it comes, and checks both CRCs of every record. */
export class FrameReader {
  /** The record being read and where its frame begins in the file. */
  record = 0;
  frameOffset = 0;
  readonly #source: string;
  /** Bytes of a record that has begun but not ended: `#buffer[0 .. #left - 1]`. */
  #buffer = new Uint8Array(0);
  #left = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The next piece of the file. Throws TfrecordError. */
  push(chunk: Uint8Array, onData: OnData): void {
    const bytes = this.#left === 0 ? chunk : this.#append(chunk);
    let start = 0;
    for (;;) {
      const length = this.#dataLength(bytes, start);
      if (length === undefined) break;
      const data = start + HEADER_BYTES;
      const end = data + length;
      if (end + FOOTER_BYTES > bytes.length) break;
      const expected = maskedCrc32c(bytes, data, end);
      const found = readUint32(bytes, end);
      if (found !== expected) {
        this.#fail(
          HEADER_BYTES + length,
          `expected the masked CRC-32C ${hex(expected)} after the data, found ${hex(found)}: the record is damaged`,
        );
      }
      onData(bytes, data, end);
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
    const length = this.#dataLength(this.#buffer.subarray(0, this.#left), 0);
    const expected = length === undefined ? HEADER_BYTES : HEADER_BYTES + length + FOOTER_BYTES;
    const part = length === undefined ? 'the length and its CRC' : 'the record';
    this.#fail(0, `expected ${expected} bytes of ${part}, found ${this.#left}: the file is truncated`);
  }

  /** Length of the data of the record at `start`; undefined if its header is not there yet. */
  #dataLength(bytes: Uint8Array, start: number): number | undefined {
    if (start + HEADER_BYTES > bytes.length) return undefined;
    const found = readUint32(bytes, start + 8);
    const expected = maskedCrc32c(bytes, start, start + 8);
    if (found !== expected) {
      const what = this.record === 0 ? kindOf(bytes) : 'the length is damaged';
      this.#fail(8, `expected the masked CRC-32C ${hex(expected)} after the length, found ${hex(found)}: ${what}`);
    }
    const length = readUint32(bytes, start) + readUint32(bytes, start + 4) * 2 ** 32;
    if (length > MAX_DATA_BYTES) {
      this.#fail(0, `expected a record of at most ${MAX_DATA_BYTES} bytes, found a length of ${length}`);
    }
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
export function writeFrame(bytes: Uint8Array, start: number, end: number): number {
  writeUint32(bytes, start, end - start - HEADER_BYTES);
  writeUint32(bytes, start + 4, 0);
  writeUint32(bytes, start + 8, maskedCrc32c(bytes, start, start + 8));
  writeUint32(bytes, end, maskedCrc32c(bytes, start + HEADER_BYTES, end));
  return end + FOOTER_BYTES;
}

function kindOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'the file is compressed with gzip, decompress it first';
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic === 'ARROW1') return 'this is an Arrow file, not a TFRecord';
  return 'this is not a TFRecord file, or its first record is damaged';
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
