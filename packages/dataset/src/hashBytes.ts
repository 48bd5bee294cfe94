/** Module hashes as 16 bytes each, one after the other, and as 32 lower-case hexadecimal digits. */

export const HASH_BYTES = 16;

const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const codes = Array.from({ length: 2 * HASH_BYTES }, () => 0);

/** Value of `0` .. `9`, `a` .. `f` by character code, -1 of all others. */
const DIGIT_VALUES = new Int8Array(128).fill(-1);
for (const [value, code] of DIGITS.entries()) DIGIT_VALUES[code] = value;

/**
 * Writes a hash as four numbers of 32 bits, the first digits in the first. Returns whether the text is 32 lower-case
 * hexadecimal digits; if not, `words` are undefined.
 */
export function parseHash(text: string, words: Uint32Array): boolean {
  if (text.length !== 2 * HASH_BYTES) return false;
  // Looked at once, at the end: a test of each digit would take as long as its value.
  let codesSeen = 0;
  let valuesSeen = 0;
  for (let word = 0; word < 4; word++) {
    let value = 0;
    for (let i = 8 * word; i < 8 * word + 8; i++) {
      const code = text.charCodeAt(i);
      const digit = DIGIT_VALUES[code & 127];
      codesSeen |= code;
      valuesSeen |= digit;
      value = (value << 4) | digit;
    }
    words[word] = value;
  }
  return codesSeen < 128 && valuesSeen >= 0;
}

/** Whether a text is 32 lower-case hexadecimal digits; a loop takes half the time of a regular expression. */
export function isModuleHash(text: string): boolean {
  if (text.length !== 2 * HASH_BYTES) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

/** Writes a hash of 32 digits at entry `index` of `bytes`. */
export function writeHash(bytes: Uint8Array, index: number, hash: string): void {
  const start = index * HASH_BYTES;
  for (let i = 0; i < HASH_BYTES; i++) {
    bytes[start + i] = (digitValue(hash.charCodeAt(2 * i)) << 4) | digitValue(hash.charCodeAt(2 * i + 1));
  }
}

/** Value of `0` .. `9`, `a` .. `f` given as character codes: eight times as fast as parseInt of a slice. */
const digitValue = (code: number): number => (code < 58 ? code - 48 : code - 87);

/** The hash at entry `index` of `bytes`; in one piece: a text joined of bytes would be put together when it is first read. */
export function readHash(bytes: Uint8Array, index: number): string {
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = bytes[index * HASH_BYTES + i];
    codes[2 * i] = DIGITS[byte >> 4];
    codes[2 * i + 1] = DIGITS[byte & 15];
  }
  return String.fromCharCode.apply(null, codes);
}

/** Order of two entries: negative, 0 or positive. */
export function compareHashes(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  for (let k = 0; k < HASH_BYTES; k++) {
    const difference = a[i * HASH_BYTES + k] - b[j * HASH_BYTES + k];
    if (difference !== 0) return difference;
  }
  return 0;
}
