/** Base64 as it stands in the records' JSON: in MIME form a line break, written `\n`, after every 76 characters and at the end. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** Value of a character, and of two that are read as a little-endian number; more than six or twelve bits if there is none. */
const INVALID = 64;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [value, code] of DIGITS.entries()) VALUES[code] = value;
const INVALID_PAIR = 4096;
const PAIRS = new Uint16Array(2 ** 16).fill(INVALID_PAIR);
for (const [high, first] of DIGITS.entries()) {
  for (const [low, second] of DIGITS.entries()) PAIRS[first | (second << 8)] = (high << 6) | low;
}

const GROUPS_OF_LINE = 19;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;

/** Room for the base64 of so many bytes with its escaped line breaks. */
export const base64Room = (length: number): number => Math.ceil(length / 3) * 4 + 2 * (Math.ceil(length / 57) + 1);

/** Writes the base64 of the first `length` of `bytes` at `at` of `target`; returns the position after it. */
export function writeBase64(bytes: Uint8Array, length: number, target: Uint8Array, at: number, mime: boolean): number {
  let position = at;
  let groups = 0;
  for (let i = 0; i < length; i += 3) {
    if (mime && groups === GROUPS_OF_LINE) {
      position = writeBreak(target, position);
      groups = 0;
    }
    const word = (bytes[i] << 16) | (i + 1 < length ? bytes[i + 1] << 8 : 0) | (i + 2 < length ? bytes[i + 2] : 0);
    target[position] = DIGITS[word >>> 18];
    target[position + 1] = DIGITS[(word >>> 12) & 63];
    target[position + 2] = i + 1 < length ? DIGITS[(word >>> 6) & 63] : EQUALS;
    target[position + 3] = i + 2 < length ? DIGITS[word & 63] : EQUALS;
    position += 4;
    groups++;
  }
  return mime && length > 0 ? writeBreak(target, position) : position;
}

function writeBreak(target: Uint8Array, at: number): number {
  target[at] = BACKSLASH;
  target[at + 1] = LETTER_N;
  return at + 2;
}

/**
 * Reads what `writeBase64` writes, from the bytes start .. end - 1. Returns the number of bytes decoded, or -1 if there is
 * anything else than that, or more than `target` holds without its last byte, which may be overwritten.
 */
export function readBase64(bytes: DataView, start: number, end: number, target: DataView, mime: boolean): number {
  const last = mime ? end - 2 : end;
  if (mime && (last <= start || !isBreak(bytes, last))) return -1;
  const room = target.byteLength - 4;
  let length = 0;
  for (let at = start; at < last; ) {
    const line = mime ? Math.min(last, at + 4 * GROUPS_OF_LINE) : last;
    for (; at + 4 <= line && length <= room; at += 4, length += 3) {
      const high = PAIRS[bytes.getUint16(at, true)];
      const low = PAIRS[bytes.getUint16(at + 2, true)];
      if ((high | low) >= INVALID_PAIR) return at + 4 === last ? readPadded(bytes, at, target, length) : -1;
      target.setInt32(length, ((high << 12) | low) << 8);
    }
    if (at !== line) return -1;
    if (at === last) break;
    // A break between lines, after which another begins.
    if (!isBreak(bytes, at) || (at += 2) === last) return -1;
  }
  return length;
}

const isBreak = (bytes: DataView, at: number): boolean =>
  bytes.getUint8(at) === BACKSLASH && bytes.getUint8(at + 1) === LETTER_N;

/** The last group with one or two `=`, whose unused bits must be zeros. */
function readPadded(bytes: DataView, at: number, target: DataView, length: number): number {
  const high = PAIRS[bytes.getUint16(at, true)];
  if (high === INVALID_PAIR || bytes.getUint8(at + 3) !== EQUALS) return -1;
  target.setUint8(length, high >>> 4);
  const third = bytes.getUint8(at + 2);
  if (third === EQUALS) return (high & 15) === 0 ? length + 1 : -1;
  const low = VALUES[third];
  if (low === INVALID || (low & 3) !== 0) return -1;
  target.setUint8(length + 1, (high << 4) | (low >>> 2));
  return length + 2;
}

/** Base64 with line breaks anywhere or nowhere; undefined if it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/\r?\n/g, '');
  const ascii = new TextEncoder().encode(plain);
  const target = new Uint8Array((ascii.length / 4) * 3 + 4);
  const length = readBase64(new DataView(ascii.buffer), 0, ascii.length, new DataView(target.buffer), false);
  return length < 0 ? undefined : target.subarray(0, length);
}
