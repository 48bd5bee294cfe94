import type { LazyArray } from '../lazyArray.ts';

/** An array whose elements `compute(start, end)` fills in when they are first asked for, `block` of them together at least. */
export function computedArray<T extends { readonly length: number }>(
  array: T,
  block: number,
  compute: (start: number, end: number) => void,
): LazyArray<T> {
  const blocks = Math.ceil(array.length / block);
  const isDone = new Uint8Array(blocks);
  let isAllDone = blocks === 0;
  return {
    array,
    ensure(start, end) {
      if (isAllDone || start >= end) return;
      // All at once even if some are done: computing many together may be quicker than between the gaps.
      if (start === 0 && end === array.length) {
        compute(0, end);
        isAllDone = true;
        return;
      }
      const last = Math.ceil(end / block);
      for (let first = Math.floor(start / block); first < last; first++) {
        if (isDone[first] === 1) continue;
        let next = first + 1;
        while (next < last && isDone[next] === 0) next++;
        compute(first * block, Math.min(next * block, array.length));
        isDone.fill(1, first, next);
        first = next;
      }
    },
  };
}
