/** Bitmaps as Arrow stores them: bit i is bit i % 8 of byte i / 8. */

export const bitmapBytes = (length: number): number => Math.ceil(length / 8);

export const getBit = (bitmap: Uint8Array, index: number): boolean => ((bitmap[index >>> 3] >>> (index & 7)) & 1) === 1;

export function setBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >>> 3] |= 1 << (index & 7);
}

export function clearBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >>> 3] &= ~(1 << (index & 7));
}

/** Set bits among the first `length`. */
export function countBits(bitmap: Uint8Array, length: number): number {
  let count = 0;
  for (let index = 0; index < length; index++) if (getBit(bitmap, index)) count++;
  return count;
}
