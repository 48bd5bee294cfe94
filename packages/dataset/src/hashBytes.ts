/** Module hashes as 16 bytes each, one after the other, and as 32 lower-case hexadecimal digits. */

export const HASH_BYTES = 16;

const HASH_PATTERN = /^[0-9a-f]{32}$/;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const isModuleHash = (text: string): boolean => HASH_PATTERN.test(text);

/** Writes a hash of 32 digits at entry `index` of `bytes`. */
export function writeHash(bytes: Uint8Array, index: number, hash: string): void {
  for (let i = 0; i < HASH_BYTES; i++)
    bytes[index * HASH_BYTES + i] = Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16);
}

/** The hash at entry `index` of `bytes`. */
export function readHash(bytes: Uint8Array, index: number): string {
  let text = '';
  for (let i = index * HASH_BYTES; i < (index + 1) * HASH_BYTES; i++) text += HEX[bytes[i]];
  return text;
}

/** Order of two entries: negative, 0 or positive. */
export function compareHashes(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  for (let k = 0; k < HASH_BYTES; k++) {
    const difference = a[i * HASH_BYTES + k] - b[j * HASH_BYTES + k];
    if (difference !== 0) return difference;
  }
  return 0;
}
