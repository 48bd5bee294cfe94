import { ImageFileError } from './imageFile.node.ts';
import type { ImageSplit } from './imageSet.ts';

/** Rules for images of the user's own, whatever files they come in. */

/** Train accuracy is measured on so many of the first training images, as with MNIST and CIFAR-10; on all if there are fewer. */
export const TRAIN_EVALUATION = 10_000;

/** Labels are bytes. */
export const MOST_CLASSES = 256;

/** Height and width of the largest image that a network takes. */
export const MOST_PIXELS = 1024;

/** All images of a split are in memory at once, one byte a value. */
const MOST_BYTES = 2 ** 31;

/** @throws ImageFileError if the images of a split would not fit into memory */
export function assertFits(what: string, count: number, size: number, channels: number): void {
  const bytes = count * size * size * channels;
  if (bytes > MOST_BYTES)
    throw new ImageFileError(
      `${what} holds ${count} images of ${size} x ${size} x ${channels}, ${(bytes / 2 ** 30).toFixed(1)} GiB in memory, ` +
        `expected at most ${MOST_BYTES / 2 ** 30} GiB; use smaller images or fewer`,
    );
}

/**
 * Mean and standard deviation of every channel over all images, rounded to four decimals so that they can be quoted.
 * Sums are of integers below 2^53, so they are exact. A channel with one value everywhere has deviation 1: it becomes 0.
 */
export function measureNormalisation(
  { images }: ImageSplit,
  channels: number,
): { readonly mean: readonly number[]; readonly std: readonly number[] } {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < images.length; i += channels)
    for (let c = 0; c < channels; c++) {
      const value = images[i + c];
      sums[c] += value;
      squares[c] += value * value;
    }
  const count = images.length / channels;
  const variance = (sum: number, c: number) => Math.max(0, squares[c] / count - (sum / count) ** 2);
  return {
    mean: Array.from(sums, (sum) => rounded(sum / count)),
    std: Array.from(sums, (sum, c) => rounded(Math.sqrt(variance(sum, c))) || 1),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
