/**
 * The indices of the values in ascending order of the values, equal ones in the order given; no value is NaN. A radix sort, byte
 * by byte from the least significant: several times faster than sorting indices with a comparator, and exact.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const count = values.length;
  const keys = orderedBits(values);
  let order = new Uint32Array(count).map((_, i) => i);
  let spare = new Uint32Array(count);
  const starts = new Uint32Array(256);
  for (const words of keys) {
    for (let shift = 0; shift < 32; shift += 8) {
      starts.fill(0);
      for (let i = 0; i < count; i++) starts[(words[i] >>> shift) & 255]++;
      // Float32 values have low bytes that are all zero.
      if (starts.includes(count)) continue;
      let start = 0;
      for (let digit = 0; digit < 256; digit++) {
        const size = starts[digit];
        starts[digit] = start;
        start += size;
      }
      for (let i = 0; i < count; i++) spare[starts[(words[order[i]] >>> shift) & 255]++] = order[i];
      [order, spare] = [spare, order];
    }
  }
  return order;
}

/** Low and high words of integers that are ordered like the values: the sign bit flipped, negative numbers complemented. */
function orderedBits(values: Float64Array): [low: Uint32Array, high: Uint32Array] {
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < values.length; i++) {
    // Adding 0 makes -0 equal to 0.
    view.setFloat64(0, values[i] + 0);
    const top = view.getUint32(0);
    const flip = top >>> 31 === 1 ? 0xffff_ffff : 0;
    high[i] = top ^ (flip | 0x8000_0000);
    low[i] = view.getUint32(4) ^ flip;
  }
  return [low, high];
}
