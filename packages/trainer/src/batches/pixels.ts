import { createRandom, type Random, type Seed } from '@nasbench/foundation/random';
import type { ImageSet, ImageSplit } from '../images/imageSet.ts';

/** How training images are varied. */
export interface Augmentation {
  /** black pixels added on each side before a crop of the image's own size is taken at random; 0: no crop */
  readonly padding: number;
  /** mirror every second image left to right, where the images allow it (`ImageSet.mirrorable`) */
  readonly flip: boolean;
}

/** A batch as the network takes it: normalised pixels in NHWC order and the labels of the images. */
export interface Batch {
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

/** Makes batches of one set of images. */
export interface Batcher {
  /** The images `indices` of the training split, varied; what is drawn depends on (seed, step) alone. */
  training(indices: Uint32Array, seed: Seed, step: number): Batch;
  /** Images `start` .. `start + count - 1` of any split as they are. */
  evaluation(split: ImageSplit, start: number, count: number): Batch;
}

export function batcher(images: ImageSet, { padding, flip }: Augmentation): Batcher {
  const { size, channels } = images;
  const values = size * size * channels;
  const normalised = normalisationTable(images);
  const mirrors = flip && images.mirrorable;

  /**
   * Image `index` shifted by (dy, dx) pixels; what comes in at the border is black. Black is a raw value of 0 and is
   * normalised like every other, because the reference pads before it normalises.
   */
  function write(
    out: Float32Array,
    at: number,
    raw: Uint8Array,
    index: number,
    dy: number,
    dx: number,
    mirror: boolean,
  ) {
    const from = index * values;
    for (let y = 0; y < size; y++) {
      const sourceY = y + dy;
      const insideY = sourceY >= 0 && sourceY < size;
      for (let x = 0; x < size; x++) {
        const sourceX = (mirror ? size - 1 - x : x) + dx;
        const inside = insideY && sourceX >= 0 && sourceX < size;
        const source = from + (sourceY * size + sourceX) * channels;
        const target = at + (y * size + x) * channels;
        for (let c = 0; c < channels; c++) out[target + c] = normalised[c * 256 + (inside ? raw[source + c] : 0)];
      }
    }
  }

  return {
    training(indices, seed, step) {
      const random = createRandom(seed, 'augment', step);
      const pixels = new Float32Array(indices.length * values);
      const labels = new Uint8Array(indices.length);
      for (let i = 0; i < indices.length; i++) {
        const [dy, dx, mirror] = drawVariation(random);
        write(pixels, i * values, images.train.images, indices[i], dy, dx, mirror);
        labels[i] = images.train.labels[indices[i]];
      }
      return { pixels, labels };
    },
    evaluation(split, start, count) {
      const pixels = new Float32Array(count * values);
      for (let i = 0; i < count; i++) write(pixels, i * values, split.images, start + i, 0, 0, false);
      return { pixels, labels: split.labels.subarray(start, start + count) };
    },
  };

  function drawVariation(random: Random): [dy: number, dx: number, mirror: boolean] {
    const dy = random.int(2 * padding + 1) - padding;
    const dx = random.int(2 * padding + 1) - padding;
    return [dy, dx, mirrors && random.int(2) === 1];
  }
}

/** Entry 256 c + v is the network's input for raw value v in channel c, in single precision as TensorFlow computes it. */
function normalisationTable({ channels, mean, std }: ImageSet): Float32Array {
  const table = new Float32Array(channels * 256);
  for (let c = 0; c < channels; c++)
    for (let v = 0; v < 256; v++)
      table[c * 256 + v] = Math.fround(Math.fround(v - Math.fround(mean[c])) / Math.fround(std[c]));
  return table;
}
