import { blockWidth } from './filters';
import { copyFloats } from './lanes';

/*
 * Gradient of a filter: per tap row p, the matrix (kernel x channels) x filters that sums x (window, row p) times dy over
 * all pixels. It is kept with rows and columns rounded up to whole blocks; what is there too many is garbage.
 */

export function gradientFloats(kernel: i32, channels: i32, filters: i32): i32 {
  return kernel * ((kernel * channels + 3) & ~3) * ((filters + 3) & ~3);
}

/**
 * Adds what a group contributes. Works on bands of pixel rows that stay in the first cache; each band is summed from
 * zero, which also keeps the rounding error small.
 *
 * @param offsetsX, offsetsDy of the windows, see `writeOffsets`
 * @param dy points to the pixel that belongs to the first window
 * @param rows of pixels, over all images of the group
 */
export function addFilterGradient(
  sums: usize, x: usize, offsetsX: usize, dy: usize, offsetsDy: usize,
  rows: i32, width: i32, channels: i32, filters: i32, kernel: i32, rowBytes: usize,
): void {
  const height = kernel * channels;
  const pitch = <usize>((filters + 3) & ~3) << 2;
  const band = max(1, 4096 / (width * (channels + filters)));
  for (let row = 0; row < rows; row += band) {
    const last = min(rows, row + band);
    for (let p = 0; p < kernel; p++) {
      const source = x + <usize>p * rowBytes;
      const target = sums + <usize>(p * ((height + 3) & ~3)) * pitch;
      for (let f = 0; f < filters; f += 8) {
        const from = dy + (<usize>f << 2);
        const to = target + (<usize>f << 2);
        const wide = blockWidth(filters, f) == 8;
        for (let t = 0; t < height; t += 4) {
          const a = source + (<usize>t << 2);
          const sum = to + <usize>t * pitch;
          if (wide) add4x8(a, offsetsX, from, offsetsDy, sum, pitch, row, last, width, channels, filters);
          else add4x4(a, offsetsX, from, offsetsDy, sum, pitch, row, last, width, channels, filters);
        }
      }
    }
  }
}

export function writeFilterGradient(sums: usize, gradient: usize, kernel: i32, channels: i32, filters: i32): void {
  const height = kernel * channels;
  const pitch = (filters + 3) & ~3;
  for (let p = 0; p < kernel; p++) {
    for (let t = 0; t < height; t++) {
      copyFloats(sums + (<usize>((p * ((height + 3) & ~3) + t) * pitch) << 2), gradient, filters);
      gradient += <usize>filters << 2;
    }
  }
}

function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

function increase(to: usize, sum: v128): void {
  v128.store(to, f32x4.add(v128.load(to), sum));
}

function add4x8(
  x: usize, offsetsX: usize, dy: usize, offsetsDy: usize, to: usize, pitch: usize,
  row: i32, last: i32, width: i32, channels: i32, filters: i32,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  const stepX = <usize>channels << 2;
  const stepDy = <usize>filters << 2;
  for (; row < last; row++) {
    const at = <usize>(row * width) << 2;
    let a = x + <usize>i32.load(offsetsX + at);
    let b = dy + <usize>i32.load(offsetsDy + at);
    const end = a + <usize>width * stepX;
    while (a < end) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let value = v128.load32_splat(a);
      s00 = madd(s00, value, b0); s01 = madd(s01, value, b1);
      value = v128.load32_splat(a, 4);
      s10 = madd(s10, value, b0); s11 = madd(s11, value, b1);
      value = v128.load32_splat(a, 8);
      s20 = madd(s20, value, b0); s21 = madd(s21, value, b1);
      value = v128.load32_splat(a, 12);
      s30 = madd(s30, value, b0); s31 = madd(s31, value, b1);
      a += stepX;
      b += stepDy;
    }
  }
  increase(to, s00); increase(to + 16, s01);
  to += pitch;
  increase(to, s10); increase(to + 16, s11);
  to += pitch;
  increase(to, s20); increase(to + 16, s21);
  to += pitch;
  increase(to, s30); increase(to + 16, s31);
}

function add4x4(
  x: usize, offsetsX: usize, dy: usize, offsetsDy: usize, to: usize, pitch: usize,
  row: i32, last: i32, width: i32, channels: i32, filters: i32,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const stepX = <usize>channels << 2;
  const stepDy = <usize>filters << 2;
  for (; row < last; row++) {
    const at = <usize>(row * width) << 2;
    let a = x + <usize>i32.load(offsetsX + at);
    let b = dy + <usize>i32.load(offsetsDy + at);
    const end = a + <usize>width * stepX;
    while (a < end) {
      const b0 = v128.load(b);
      s0 = madd(s0, v128.load32_splat(a, 0), b0);
      s1 = madd(s1, v128.load32_splat(a, 4), b0);
      s2 = madd(s2, v128.load32_splat(a, 8), b0);
      s3 = madd(s3, v128.load32_splat(a, 12), b0);
      a += stepX;
      b += stepDy;
    }
  }
  increase(to + 0 * pitch, s0);
  increase(to + 1 * pitch, s1);
  increase(to + 2 * pitch, s2);
  increase(to + 3 * pitch, s3);
}
