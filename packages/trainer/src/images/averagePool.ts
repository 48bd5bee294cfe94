import type { ImageSplit } from './imageSet.ts';

/** Shrinks size x size images to target x target (target divides size): each pixel is the rounded mean of a block. */
export function averagePool(split: ImageSplit, size: number, channels: number, target: number): ImageSplit {
  const block = size / target;
  const area = block * block;
  const images = new Uint8Array(split.count * target * target * channels);
  let out = 0;
  for (let i = 0; i < split.count; i++)
    for (let y = 0; y < target; y++)
      for (let x = 0; x < target; x++) {
        const corner = ((i * size + y * block) * size + x * block) * channels;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let dy = 0; dy < block; dy++)
            for (let dx = 0; dx < block; dx++) sum += split.images[corner + (dy * size + dx) * channels + c];
          images[out++] = Math.floor(sum / area + 0.5);
        }
      }
  return { images, labels: split.labels, count: split.count };
}
