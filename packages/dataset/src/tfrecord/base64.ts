/** Base64 as it stands in the records' JSON: in MIME form a line break, written `\n`, after every 76 characters and at the end. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const INVALID = 64;
const VALUES = new Uint8Array(256).fill(INVALID);
for (const [value, code] of DIGITS.entries()) VALUES[code] = value;

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
 * anything else than that, or more than `target` holds.
 */
export function readBase64(bytes: Uint8Array, start: number, end: number, target: Uint8Array, mime: boolean): number {
  let at = start;
  let length = 0;
  let groups = 0;
  const last = mime ? end - 2 : end;
  while (at < last) {
    if (mime && groups === GROUPS_OF_LINE) {
      if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_N) return -1;
      at += 2;
      groups = 0;
    }
    if (at + 4 > last || length + 3 > target.length) return -1;
    const a = VALUES[bytes[at]];
    const b = VALUES[bytes[at + 1]];
    const c = VALUES[bytes[at + 2]];
    const d = VALUES[bytes[at + 3]];
    at += 4;
    groups++;
    if (((a | b | c | d) & INVALID) !== 0) {
      const tail = at === last ? readPadded(bytes, at - 4, target, length) : -1;
      if (tail < 0) return -1;
      length = tail;
      break;
    }
    target[length] = (a << 2) | (b >>> 4);
    target[length + 1] = (b << 4) | (c >>> 2);
    target[length + 2] = (c << 6) | d;
    length += 3;
  }
  if (mime && (length === 0 || bytes[end - 2] !== BACKSLASH || bytes[end - 1] !== LETTER_N)) return -1;
  return length;
}

/** The last group with one or two `=`, whose unused bits must be zeros. */
function readPadded(bytes: Uint8Array, at: number, target: Uint8Array, length: number): number {
  const [a, b] = [VALUES[bytes[at]], VALUES[bytes[at + 1]]];
  if (((a | b) & INVALID) !== 0 || bytes[at + 3] !== EQUALS) return -1;
  target[length] = (a << 2) | (b >>> 4);
  if (bytes[at + 2] === EQUALS) return (b & 15) === 0 ? length + 1 : -1;
  const c = VALUES[bytes[at + 2]];
  if (c === INVALID || (c & 3) !== 0) return -1;
  target[length + 1] = (b << 4) | (c >>> 2);
  return length + 2;
}

/** Base64 with line breaks anywhere or nowhere; undefined if it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/\r?\n/g, '');
  const ascii = new TextEncoder().encode(plain);
  const target = new Uint8Array((ascii.length / 4) * 3 + 3);
  const length = readBase64(ascii, 0, ascii.length, target, false);
  return length < 0 ? undefined : target.subarray(0, length);
}
