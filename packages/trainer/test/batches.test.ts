import { describe, expect, it } from 'vitest';
import { batcher } from '../src/batches/pixels.ts';
import { shuffledStream } from '../src/batches/shuffledStream.ts';
import type { ImageSet, ImageSplit } from '../src/images/imageSet.ts';

const NO_VARIATION = { padding: 0, flip: false };

/** One-channel images of which number i has value 10 i + place at each place; mean 0 and std 1 keep values readable. */
function images(size: number, count: number, overrides: Partial<ImageSet> = {}): ImageSet {
  const pixels = size * size;
  const split: ImageSplit = {
    images: Uint8Array.from({ length: count * pixels }, (_, i) => 10 * Math.floor(i / pixels) + (i % pixels) + 1),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
    count,
  };
  return {
    name: 'numbers',
    description: '',
    size,
    channels: 1,
    labels: 10,
    mean: [0],
    std: [1],
    mirrorable: true,
    train: split,
    trainEvaluation: split,
    validation: split,
    test: split,
    ...overrides,
  };
}

describe('shuffled stream', () => {
  it('cuts whole shuffles into batches across their borders', () => {
    const stream = shuffledStream('seed', 10, 4);
    const places = Array.from({ length: 15 }, (_, step) => [...stream.batch(step)]).flat();
    for (let epoch = 0; epoch < 6; epoch++) {
      const order = places.slice(epoch * 10, (epoch + 1) * 10);
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(places.slice(0, 10)).not.toEqual(places.slice(10, 20));
  });

  it('gives any step alone, in any order', () => {
    const inOrder = shuffledStream(5, 100, 7);
    const batches = Array.from({ length: 60 }, (_, step) => inOrder.batch(step));
    const backwards = shuffledStream(5, 100, 7);
    for (let step = 59; step >= 0; step--) expect(backwards.batch(step)).toEqual(batches[step]);
    expect(shuffledStream(6, 100, 7).batch(0)).not.toEqual(batches[0]);
  });

  it('serves a batch as large as the set', () => {
    expect([...shuffledStream(1, 5, 5).batch(3)].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('training batches', () => {
  it('are the images themselves without variation', () => {
    const set = images(3, 3);
    const { pixels, labels } = batcher(set, NO_VARIATION).training(Uint32Array.of(2, 0), 1, 0);
    expect([...pixels]).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...labels]).toEqual([2, 0]);
  });

  it('are crops of the image padded with black, each equally often', () => {
    const set = images(2, 1);
    // [1 2; 3 4] in a border of one: nine crops.
    const crops = ['0001', '0012', '0020', '0103', '1234', '2040', '0300', '3400', '4000'];
    const seen = new Map<string, number>();
    const { pixels } = batcher(set, { padding: 1, flip: false }).training(new Uint32Array(9000), 3, 0);
    for (let i = 0; i < 9000; i++) {
      const crop = pixels.subarray(4 * i, 4 * i + 4).join('');
      seen.set(crop, (seen.get(crop) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual(crops.toSorted());
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('are mirrored every second time where the images allow it', () => {
    const mirrored = (set: ImageSet) => {
      const { pixels } = batcher(set, { padding: 0, flip: true }).training(new Uint32Array(4000), 3, 0);
      const found = Array.from({ length: 4000 }, (_, i) => pixels.subarray(4 * i, 4 * i + 4).join(''));
      expect(found.filter((image) => image !== '1234' && image !== '2143')).toEqual([]);
      return found.filter((image) => image === '2143').length;
    };
    expect(Math.abs(mirrored(images(2, 1)) - 2000)).toBeLessThan(150);
    expect(mirrored(images(2, 1, { mirrorable: false }))).toBe(0);
  });

  it('vary by seed and step, and repeat', () => {
    const batches = batcher(images(8, 4), { padding: 2, flip: true });
    const indices = Uint32Array.of(0, 1, 2, 3);
    const first = batches.training(indices, 'a', 5);
    expect(batches.training(indices, 'a', 5)).toEqual(first);
    expect(batches.training(indices, 'a', 6)).not.toEqual(first);
    expect(batches.training(indices, 'b', 5)).not.toEqual(first);
  });
});

it('normalises each channel, the black border included, as padding comes before', () => {
  const split = { images: Uint8Array.of(10, 200), labels: Uint8Array.of(4), count: 1 };
  const set = images(1, 1, { channels: 2, mean: [20, 100], std: [5, 50], train: split, test: split });
  expect([...batcher(set, NO_VARIATION).evaluation(set.test, 0, 1).pixels]).toEqual([-2, 2]);
  const { pixels } = batcher(set, { padding: 1, flip: false }).training(new Uint32Array(50), 0, 0);
  const values = new Set(Array.from({ length: 50 }, (_, i) => pixels.subarray(2 * i, 2 * i + 2).join(' ')));
  expect(values).toEqual(new Set(['-2 2', '-4 -2']));
});
