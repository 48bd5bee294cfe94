import { copyFloats } from './lanes';

/*
 * Images are convolved in groups. A group is copied into the middle of zeros, so that no tap needs to look where the
 * image ends, and the taps of one row lie side by side: kernel x channels floats.
 */

/** Images a group has: so many that there are some 512 pixels to work on, and all of it stays in the cache. */
export function groupSize(images: i32, height: i32, width: i32): i32 {
  return min(images, max(1, 512 / (height * width)));
}

export function paddedFloats(images: i32, height: i32, width: i32, channels: i32, kernel: i32): i32 {
  return images * (height + kernel - 1) * (width + kernel - 1) * channels;
}

/** Writes for each pixel of a group the distance in bytes to the first tap of its window. */
export function writeOffsets(table: usize, images: i32, height: i32, width: i32, channels: i32, kernel: i32): void {
  const pixelBytes = channels << 2;
  const rowBytes = (width + kernel - 1) * pixelBytes;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < height; i++) {
      const offset = (n * (height + kernel - 1) + i) * rowBytes;
      for (let j = 0; j < width; j++) {
        i32.store(table, offset + j * pixelBytes);
        table += 4;
      }
    }
  }
}

/** Repeats the last of `pixels` offsets 8 times: blocks of pixels may go beyond the end. */
export function closeOffsets(table: usize, pixels: i32): void {
  const end = table + (<usize>pixels << 2);
  const last = i32.load(end - 4);
  for (let i = 0; i < 8; i++) i32.store(end + (<usize>i << 2), last);
}

/** Copies a group's pixels behind `before` rows and columns of its padded form, whose borders are zero already. */
export function copyIntoPadding(
  from: usize, padded: usize, images: i32, height: i32, width: i32, channels: i32, kernel: i32, before: i32,
): void {
  const pixelBytes = <usize>(channels << 2);
  const rowBytes = <usize>(width + kernel - 1) * pixelBytes;
  const row = width * channels;
  for (let n = 0; n < images; n++) {
    let to = padded + <usize>(n * (height + kernel - 1) + before) * rowBytes + <usize>before * pixelBytes;
    for (let i = 0; i < height; i++) {
      copyFloats(from, to, row);
      from += <usize>(row << 2);
      to += rowBytes;
    }
  }
}
