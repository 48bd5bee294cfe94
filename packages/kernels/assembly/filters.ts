/*
 * Filters as convolutions read them: blocks of 8 filters (the last of 4 if no more are left), in each block all weights
 * of the block one tap and channel after the other.
 */

export function packedFloats(taps: i32, channels: i32, filters: i32): i32 {
  return taps * channels * ((filters + 3) & ~3);
}

/** How many filters the block has that starts at `first`. */
export function blockWidth(filters: i32, first: i32): i32 {
  return filters - first > 4 ? 8 : 4;
}

/** From taps x channels x filters. */
export function packFilter(filter: usize, packed: usize, taps: i32, channels: i32, filters: i32): void {
  const rows = taps * channels;
  for (let first = 0; first < filters; first += 8) {
    const block = blockWidth(filters, first);
    const count = min(block, filters - first);
    for (let row = 0; row < rows; row++) {
      const from = filter + (<usize>(row * filters + first) << 2);
      if (count == 8) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
      } else {
        for (let f = 0; f < block; f++) {
          f32.store(packed + (<usize>f << 2), f < count ? f32.load(from + (<usize>f << 2)) : 0);
        }
      }
      packed += <usize>block << 2;
    }
  }
}

/** The filter of the input gradient: taps in reverse order, channels and filters exchanged. */
export function packReversedFilter(filter: usize, packed: usize, taps: i32, channels: i32, filters: i32): void {
  for (let first = 0; first < channels; first += 8) {
    const block = blockWidth(channels, first);
    const count = min(block, channels - first);
    for (let tap = taps - 1; tap >= 0; tap--) {
      for (let f = 0; f < filters; f++) {
        const from = filter + (<usize>((tap * channels + first) * filters + f) << 2);
        for (let c = 0; c < block; c++) {
          f32.store(packed + (<usize>c << 2), c < count ? f32.load(from + (<usize>(c * filters) << 2)) : 0);
        }
        packed += <usize>block << 2;
      }
    }
  }
}
