import { readBase64 } from './base64.ts';
import type { OperationTexts } from './cellText.ts';
import { MAX_PLAIN_BYTES, readOfficialMetrics } from './metrics.ts';
import type { Run } from './run.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const INPUT_LABEL = ascii('input,');
const OUTPUT_LABEL = ascii('output');
const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
/** Digits of an epoch number: any more is no official file. */
const MAX_EPOCH_DIGITS = 9;

const HEX_VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) HEX_VALUES[value.toString(16).charCodeAt(0)] = value;

/** Vertices of an adjacency text by its length. */
const VERTICES = new Uint8Array(65);
for (let vertices = 2; vertices <= 8; vertices++) VERTICES[vertices * vertices] = vertices;

/** Bytes of `["hash", `. */
const HASH_TEXT_BYTES = 37;

/**
 * Reads records that are exactly as Python's json.dumps wrote the official ones:
 *
 *     ["00005c142e6f48ac74fdcf73e3439874", 4, "0100110...", "input,conv3x3-bn-relu,...,output", "Ci0JAAAA...\n...=\n"]
 *
 * No object is made for a record. Because only this one form is taken, writing the run again gives the same bytes. Most
 * records are about the cell of the one before: if hash, adjacency and operations are the same bytes, what they mean is known.
 */
export class RecordReader {
  readonly #texts: OperationTexts;
  readonly #metrics = new DataView(new ArrayBuffer(MAX_PLAIN_BYTES + 4));
  /** Of the last record `["hash", `, then `"adjacency", "operations", "`; what it says is in `run` if `#isKnown`. */
  #cell = new Uint8Array(256);
  #cellView = new DataView(this.#cell.buffer);
  #cellBytes = 0;
  #isKnown = false;

  constructor(texts: OperationTexts) {
    this.#texts = texts;
  }

  /**
   * False if the record, the bytes start .. end - 1, has another form or a value out of range; `run` is then undefined.
   * It must be the `run` of the call before, as that left it if it was true.
   */
  read(bytes: Uint8Array, view: DataView, start: number, end: number, run: Run): boolean {
    this.#isKnown = this.#read(bytes, view, start, end, run);
    if (!this.#isKnown) run.isSameCell = false;
    return this.#isKnown;
  }

  #read(bytes: Uint8Array, view: DataView, start: number, end: number, run: Run): boolean {
    if (end - start < 60) return false;
    let at = start + HASH_TEXT_BYTES;
    // epochs,
    const digits = at;
    let epochs = 0;
    while (bytes[at] >= ZERO && bytes[at] <= NINE) epochs = epochs * 10 + bytes[at++] - ZERO;
    if (at === digits || at > digits + MAX_EPOCH_DIGITS || bytes[digits] === ZERO) return false;
    run.epochs = epochs;
    if (bytes[at] !== COMMA || bytes[at + 1] !== SPACE) return false;
    at += 2;

    const graphBytes = this.#cellBytes - HASH_TEXT_BYTES;
    run.isSameCell =
      this.#isKnown &&
      at + graphBytes <= end &&
      isSame(view, start, this.#cellView, 0, HASH_TEXT_BYTES) &&
      isSame(view, at, this.#cellView, HASH_TEXT_BYTES, graphBytes);
    at = run.isSameCell ? at + graphBytes : this.#readCell(bytes, start, at, run);
    if (at < 0) return false;

    // metrics"]
    const close = end - 2;
    if (bytes[close] !== QUOTE || bytes[close + 1] !== 0x5d || close < at + 2) return false;
    run.mime = bytes[close - 2] === BACKSLASH;
    const length = readBase64(view, at, close, this.#metrics, run.mime);
    return length > 0 && readOfficialMetrics(this.#metrics, length, run);
  }

  /** Reads `["hash", ` at `start` and `"adjacency", "operations", "` at `graph`; returns the position after that, or -1. */
  #readCell(bytes: Uint8Array, start: number, graph: number, run: Run): number {
    if (bytes[start] !== 0x5b || bytes[start + 1] !== QUOTE) return -1;
    let at = start + 2;
    for (let i = 0; i < 16; i++) {
      const byte = (HEX_VALUES[bytes[at]] << 4) | HEX_VALUES[bytes[at + 1]];
      if (byte < 0) return -1;
      run.hash[i] = byte;
      at += 2;
    }
    if (bytes[at] !== QUOTE || bytes[at + 1] !== COMMA || bytes[at + 2] !== SPACE) return -1;
    if (bytes[graph] !== QUOTE) return -1;
    at = this.#readAdjacency(bytes, graph + 1, run);
    if (at < 0 || bytes[at] !== QUOTE || !isSeparator(bytes, at + 1)) return -1;
    at = this.#readOperations(bytes, at + 4, run);
    if (at < 0 || bytes[at] !== QUOTE || !isSeparator(bytes, at + 1)) return -1;
    at += 4;
    this.#keepCell(bytes, start, graph, at);
    return at;
  }

  #keepCell(bytes: Uint8Array, start: number, graph: number, end: number): void {
    this.#cellBytes = HASH_TEXT_BYTES + end - graph;
    if (this.#cellBytes > this.#cell.length) {
      this.#cell = new Uint8Array(this.#cellBytes);
      this.#cellView = new DataView(this.#cell.buffer);
    }
    this.#cell.set(bytes.subarray(start, start + HASH_TEXT_BYTES));
    this.#cell.set(bytes.subarray(graph, end), HASH_TEXT_BYTES);
  }

  /** Position after the last character, or -1. */
  #readAdjacency(bytes: Uint8Array, start: number, run: Run): number {
    let size = 0;
    while (bytes[start + size] === ZERO || bytes[start + size] === ZERO + 1) size++;
    const vertices = size < VERTICES.length ? VERTICES[size] : 0;
    if (vertices === 0) return -1;
    let edges = 0;
    let at = start;
    for (let x = 0; x < vertices; x++) {
      for (let y = 0; y < vertices; y++, at++) {
        if (bytes[at] === ZERO) continue;
        if (y <= x) return -1;
        edges |= 1 << (x + ((y * (y - 1)) >> 1));
      }
    }
    run.vertices = vertices;
    run.edges = edges;
    return at;
  }

  #readOperations(bytes: Uint8Array, start: number, run: Run): number {
    if (!matches(bytes, start, INPUT_LABEL)) return -1;
    const names = this.#texts.bytes;
    let at = start + INPUT_LABEL.length;
    let code = 0;
    for (let v = 2; v < run.vertices; v++) {
      let operation = 0;
      while (!matches(bytes, at, names[operation])) {
        if (++operation === names.length) return -1;
      }
      code = code * names.length + operation;
      at += names[operation].length;
    }
    run.operations = code;
    return matches(bytes, at, OUTPUT_LABEL) ? at + OUTPUT_LABEL.length : -1;
  }
}

/** Whether `length` bytes at two positions are the same. */
function isSame(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(atA + i) !== b.getInt32(atB + i)) return false;
  for (; i < length; i++) if (a.getUint8(atA + i) !== b.getUint8(atB + i)) return false;
  return true;
}

function matches(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

const isSeparator = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === COMMA && bytes[at + 1] === SPACE && bytes[at + 2] === QUOTE;
