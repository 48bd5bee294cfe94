import { cos } from '@nasbench/foundation/math';
import { createRandom, type Random } from '@nasbench/foundation/random';
import type { ImageSplit, StoredImages } from './imageSet.ts';

const LABELS = 10;
const CHANNELS = 3;
const STRIPES = 2.5;
const AMPLITUDE = 70;
const NOISE = 60;
const COUNTS = { train: 2000, validation: 500, test: 500 };

interface Counts {
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
  readonly test?: number | undefined;
}

/**
 * Drawn images for tests and examples: the label is the direction of a stripe pattern (label k of 10 at k 18 degrees)
 * of random phase, contrast and tint under noise. The mean of an image says nothing about its label, so a network has
 * to learn edge filters.
 *
 * @param seed chooses all pixels; splits are independent of one another and of each other's size
 * @param size height and width in pixels
 * @param counts images of a split; default 2 000 for training, 500 for validation, 500 for test
 */
export function drawSynthetic(seed: string, size: number, counts: Counts = {}): StoredImages {
  const { train = COUNTS.train, validation = COUNTS.validation, test = COUNTS.test } = counts;
  return {
    name: 'synthetic',
    description: `synthetic stripes, drawn from seed ${seed}: ${train} train, ${validation} validation, ${test} test`,
    size,
    channels: CHANNELS,
    labels: LABELS,
    mean: [127.5, 127.5, 127.5],
    std: [45, 45, 45],
    // A mirrored stripe has the direction of another label.
    mirrorable: false,
    train: drawSplit(seed, 'train', size, train),
    trainEvaluationCount: train,
    validation: drawSplit(seed, 'validation', size, validation),
    test: drawSplit(seed, 'test', size, test),
  };
}

function drawSplit(seed: string, split: string, size: number, count: number): ImageSplit {
  const images = new Uint8Array(count * size * size * CHANNELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const random = createRandom(seed, 'synthetic', split, i);
    labels[i] = random.int(LABELS);
    drawImage(images.subarray(i * size * size * CHANNELS), labels[i], size, random);
  }
  return { images, labels, count };
}

function drawImage(pixels: Uint8Array, label: number, size: number, random: Random): void {
  const direction = (Math.PI * label) / LABELS;
  const frequency = (2 * Math.PI * STRIPES) / size;
  const stepX = frequency * cos(direction);
  const stepY = frequency * cos(direction - Math.PI / 2);
  const phase = 2 * Math.PI * random.float();
  const amplitude = AMPLITUDE * (0.5 + 0.5 * random.float());
  const tint = Array.from({ length: CHANNELS }, () => 0.5 + 0.5 * random.float());
  let out = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const wave = amplitude * cos(stepX * x + stepY * y + phase);
      for (let c = 0; c < CHANNELS; c++) pixels[out++] = 127.5 + tint[c] * wave + NOISE * (random.float() - 0.5);
    }
}
