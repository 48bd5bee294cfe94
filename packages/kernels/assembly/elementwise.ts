import { copyFloats, loadLanes, storeLanes } from './lanes';

/** total = a + b; they may be the same memory. */
export function add(a: usize, b: usize, total: usize, floats: i32): void {
  for (let i = 0; i < floats; i += 4) {
    storeLanes(total, f32x4.add(loadLanes(a, floats - i), loadLanes(b, floats - i)), floats - i);
    a += 16;
    b += 16;
    total += 16;
  }
}

/** Copies `count` channels of every pixel from one array to another. */
export function copyChannels(
  from: usize, fromChannels: i32, fromStart: i32, to: usize, toChannels: i32, toStart: i32, count: i32, pixels: i32,
): void {
  from += <usize>fromStart << 2;
  to += <usize>toStart << 2;
  for (let pixel = 0; pixel < pixels; pixel++) {
    copyFloats(from, to, count);
    from += <usize>fromChannels << 2;
    to += <usize>toChannels << 2;
  }
}

/** x as channels start, start + 1, ... of `toChannels`, the others 0. */
export function placeChannels(
  from: usize, count: i32, to: usize, toChannels: i32, start: i32, pixels: i32,
): void {
  memory.fill(to, 0, <usize>(pixels * toChannels) << 2);
  copyChannels(from, count, 0, to, toChannels, start, count, pixels);
}

/** images x channels, times `factor`, to every one of an image's pixels. */
export function spreadPixels(
  from: usize, to: usize, images: i32, pixels: i32, channels: i32, factor: f32,
): void {
  const factors = f32x4.splat(factor);
  for (let n = 0; n < images; n++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        storeLanes(to + at, f32x4.mul(loadLanes(from + at, channels - c), factors), channels - c);
      }
      to += <usize>channels << 2;
    }
    from += <usize>channels << 2;
  }
}
