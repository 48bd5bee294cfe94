import { loadLanes, storeLanes } from './lanes';

/** What `same` adds before the first pixel; the odd one goes behind. */
function paddingBefore(length: i32, windows: i32, size: i32, stride: i32): i32 {
  return max((windows - 1) * stride + size - length, 0) >> 1;
}

/** Maxima of size x size windows with `same` padding; NaN wins. */
export function maxPool(
  x: usize, value: usize, images: i32, height: i32, width: i32, channels: i32, size: i32, stride: i32,
): void {
  const rows = (height + stride - 1) / stride;
  const columns = (width + stride - 1) / stride;
  const top = paddingBefore(height, rows, size, stride);
  const left = paddingBefore(width, columns, size, stride);
  const pixelBytes = <usize>channels << 2;
  for (let n = 0; n < images; n++) {
    const image = x + <usize>(n * height * width) * pixelBytes;
    for (let i = 0; i < rows; i++) {
      const firstRow = max(0, i * stride - top);
      const lastRow = min(height, i * stride - top + size);
      for (let j = 0; j < columns; j++) {
        const firstColumn = max(0, j * stride - left);
        const lastColumn = min(width, j * stride - left + size);
        for (let c = 0; c < channels; c += 4) {
          const lanes = channels - c;
          let most = f32x4.splat(-Infinity);
          let notNumbers = f32x4.splat(0);
          for (let p = firstRow; p < lastRow; p++) {
            let at = image + <usize>(p * width + firstColumn) * pixelBytes + (<usize>c << 2);
            for (let q = firstColumn; q < lastColumn; q++) {
              const here = loadLanes(at, lanes);
              most = f32x4.pmax(most, here);
              notNumbers = v128.or(notNumbers, f32x4.ne(here, here));
              at += pixelBytes;
            }
          }
          // All ones are a NaN, whatever is combined with them.
          storeLanes(value, v128.or(most, notNumbers), lanes);
          value += <usize>min(lanes, 4) << 2;
        }
      }
    }
  }
}

/** Gives the gradient of each window to its first maximum in reading order. */
export function maxPoolGradient(
  x: usize, value: usize, dy: usize, dx: usize,
  images: i32, height: i32, width: i32, channels: i32, size: i32, stride: i32,
): void {
  const rows = (height + stride - 1) / stride;
  const columns = (width + stride - 1) / stride;
  const top = paddingBefore(height, rows, size, stride);
  const left = paddingBefore(width, columns, size, stride);
  const pixelBytes = <usize>channels << 2;
  memory.fill(dx, 0, <usize>(images * height * width) * pixelBytes);
  for (let n = 0; n < images; n++) {
    const image = <usize>(n * height * width) * pixelBytes;
    for (let i = 0; i < rows; i++) {
      const firstRow = max(0, i * stride - top);
      const lastRow = min(height, i * stride - top + size);
      for (let j = 0; j < columns; j++) {
        const firstColumn = max(0, j * stride - left);
        const lastColumn = min(width, j * stride - left + size);
        for (let c = 0; c < channels; c += 4) {
          const lanes = channels - c;
          const most = loadLanes(value, lanes);
          let open = loadLanes(dy, lanes);
          const bytes = <usize>min(lanes, 4) << 2;
          value += bytes;
          dy += bytes;
          for (let p = firstRow; p < lastRow; p++) {
            let at = image + <usize>(p * width + firstColumn) * pixelBytes + (<usize>c << 2);
            for (let q = firstColumn; q < lastColumn; q++) {
              const below = f32x4.lt(loadLanes(x + at, lanes), most);
              storeLanes(dx + at, f32x4.add(loadLanes(dx + at, lanes), v128.andnot(open, below)), lanes);
              open = v128.and(open, below);
              at += pixelBytes;
            }
          }
        }
      }
    }
  }
}
