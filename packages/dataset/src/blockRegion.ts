import type { ByteRegion } from './byteSource.ts';

/** Small enough that a single look-up is quick on machines where fresh memory is dear (10 ms a MB has been seen). */
const BLOCK_BYTES = 2 ** 14;
/** After so many single blocks the rest is read at once. */
const MAX_SINGLE_BLOCKS = 64;

/**
 * A region of a file that is read in blocks as they are needed. Its memory is reserved whole, but a system gives pages
 * only to what is written: blocks that nobody reads cost nothing.
 *
 * `read(target, offset)` fills `target` from the region's byte `offset`.
 */
export function blockRegion(length: number, read: (target: Uint8Array, offset: number) => void): ByteRegion {
  const bytes = new Uint8Array(length);
  const isRead = new Uint8Array(Math.ceil(length / BLOCK_BYTES));
  let blocksLeft = isRead.length;
  let singleBlocks = 0;

  const readBlocks = (first: number, end: number): void => {
    const start = first * BLOCK_BYTES;
    read(bytes.subarray(start, Math.min(end * BLOCK_BYTES, length)), start);
    isRead.fill(1, first, end);
    blocksLeft -= end - first;
  };
  const readMissing = (first: number, end: number): void => {
    for (let block = first; block < end; block++) {
      if (isRead[block] === 1) continue;
      let next = block + 1;
      while (next < end && isRead[next] === 0) next++;
      readBlocks(block, next);
    }
  };
  return {
    bytes,
    ensure(start, end) {
      if (blocksLeft === 0 || start >= end) return;
      const first = Math.floor(start / BLOCK_BYTES);
      const last = Math.floor((end - 1) / BLOCK_BYTES);
      if (first === last && isRead[first] === 1) return;
      if (first === last && ++singleBlocks <= MAX_SINGLE_BLOCKS) readBlocks(first, first + 1);
      else if (first === last) readMissing(0, isRead.length);
      else readMissing(first, last + 1);
    },
  };
}
