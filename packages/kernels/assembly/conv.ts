import { blockWidth } from './filters';
import { storeLanes } from './lanes';

/**
 * Convolves a padded group. Each result is the sum over taps and channels in their order, whatever block it is in.
 *
 * @param offsets see `writeOffsets`
 * @param rowFloats kernel x channels: what the windows have side by side
 * @param rowBytes from one row of the padded image to the next
 * @param target pixels x filters
 */
export function convolveGroup(
  padded: usize, offsets: usize, packed: usize, target: usize,
  pixels: i32, kernel: i32, rowFloats: i32, rowBytes: usize, filters: i32,
): void {
  const pitch = <usize>filters << 2;
  for (let first = 0; first < filters; first += 8) {
    const to = target + (<usize>first << 2);
    if (blockWidth(filters, first) == 8) {
      const lanes = min(8, filters - first);
      for (let pixel = 0; pixel < pixels; pixel += 4) {
        const at = offsets + (<usize>pixel << 2);
        convolve4x8(
          padded + <usize>i32.load(at), padded + <usize>i32.load(at, 4),
          padded + <usize>i32.load(at, 8), padded + <usize>i32.load(at, 12),
          packed, to + <usize>pixel * pitch, kernel, rowFloats, rowBytes, pitch, pixels - pixel, lanes,
        );
      }
      packed += <usize>(kernel * rowFloats) << 5;
    } else {
      for (let pixel = 0; pixel < pixels; pixel += 6) {
        convolve6x4(
          padded, offsets + (<usize>pixel << 2), packed, to + <usize>pixel * pitch,
          kernel, rowFloats, rowBytes, pitch, pixels - pixel, filters - first,
        );
      }
      packed += <usize>(kernel * rowFloats) << 4;
    }
  }
}

function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** 4 pixels x 8 filters. */
function convolve4x8(
  a0: usize, a1: usize, a2: usize, a3: usize, b: usize, to: usize,
  kernel: i32, rowFloats: i32, rowBytes: usize, pitch: usize, pixels: i32, lanes: i32,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  const skip = rowBytes - (<usize>rowFloats << 2);
  for (let p = 0; p < kernel; p++) {
    const end = a0 + (<usize>rowFloats << 2);
    while (a0 < end) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      s00 = madd(s00, x, b0); s01 = madd(s01, x, b1);
      x = v128.load32_splat(a1);
      s10 = madd(s10, x, b0); s11 = madd(s11, x, b1);
      x = v128.load32_splat(a2);
      s20 = madd(s20, x, b0); s21 = madd(s21, x, b1);
      x = v128.load32_splat(a3);
      s30 = madd(s30, x, b0); s31 = madd(s31, x, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; b += 32;
    }
    a0 += skip; a1 += skip; a2 += skip; a3 += skip;
  }
  store8(to, s00, s01, lanes);
  if (pixels > 1) store8(to + pitch, s10, s11, lanes);
  if (pixels > 2) store8(to + 2 * pitch, s20, s21, lanes);
  if (pixels > 3) store8(to + 3 * pitch, s30, s31, lanes);
}

function store8(to: usize, low: v128, high: v128, lanes: i32): void {
  v128.store(to, low);
  storeLanes(to + 16, high, lanes - 4);
}

/** 6 pixels x 4 filters. */
function convolve6x4(
  padded: usize, offsets: usize, b: usize, to: usize,
  kernel: i32, rowFloats: i32, rowBytes: usize, pitch: usize, pixels: i32, lanes: i32,
): void {
  let a0 = padded + <usize>i32.load(offsets, 0);
  let a1 = padded + <usize>i32.load(offsets, 4);
  let a2 = padded + <usize>i32.load(offsets, 8);
  let a3 = padded + <usize>i32.load(offsets, 12);
  let a4 = padded + <usize>i32.load(offsets, 16);
  let a5 = padded + <usize>i32.load(offsets, 20);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let s4 = f32x4.splat(0);
  let s5 = f32x4.splat(0);
  const skip = rowBytes - (<usize>rowFloats << 2);
  for (let p = 0; p < kernel; p++) {
    const end = b + (<usize>rowFloats << 4);
    while (b < end) {
      const b0 = v128.load(b);
      s0 = madd(s0, v128.load32_splat(a0), b0);
      s1 = madd(s1, v128.load32_splat(a1), b0);
      s2 = madd(s2, v128.load32_splat(a2), b0);
      s3 = madd(s3, v128.load32_splat(a3), b0);
      s4 = madd(s4, v128.load32_splat(a4), b0);
      s5 = madd(s5, v128.load32_splat(a5), b0);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4; b += 16;
    }
    a0 += skip; a1 += skip; a2 += skip; a3 += skip; a4 += skip; a5 += skip;
  }
  storeLanes(to, s0, lanes);
  if (pixels > 1) storeLanes(to + 1 * pitch, s1, lanes);
  if (pixels > 2) storeLanes(to + 2 * pitch, s2, lanes);
  if (pixels > 3) storeLanes(to + 3 * pitch, s3, lanes);
  if (pixels > 4) storeLanes(to + 4 * pitch, s4, lanes);
  if (pixels > 5) storeLanes(to + 5 * pitch, s5, lanes);
}
