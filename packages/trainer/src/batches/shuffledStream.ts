import { createRandom, type Seed, shuffleInPlace } from '@nasbench/foundation/random';

/**
 * Which images a training step sees: an endless stream of shuffles of the whole set, cut into batches across the
 * borders of epochs, so that nothing is dropped. Shuffle e depends on (seed, e) alone and step s takes places
 * s B .. (s + 1) B - 1 of the stream, so the images of any step can be found without running the steps before it.
 */
export interface ShuffledStream {
  /** indices of the images of a step (0, 1, ..), `batchSize` of them */
  batch(step: number): Uint32Array;
}

/** @param count images in the set, at least `batchSize` */
export function shuffledStream(seed: Seed, count: number, batchSize: number): ShuffledStream {
  // A batch reaches into two shuffles at most, because it is no larger than the set.
  const shuffles = new Map<number, Uint32Array>();
  function shuffle(epoch: number): Uint32Array {
    let order = shuffles.get(epoch);
    if (!order) {
      order = Uint32Array.from({ length: count }, (_, i) => i);
      shuffleInPlace(createRandom(seed, 'shuffle', epoch), order);
      for (const old of shuffles.keys()) if (Math.abs(old - epoch) > 1) shuffles.delete(old);
      shuffles.set(epoch, order);
    }
    return order;
  }
  return {
    batch(step) {
      const indices = new Uint32Array(batchSize);
      const start = step * batchSize;
      for (let i = 0; i < batchSize; i++) {
        const place = start + i;
        const epoch = Math.floor(place / count);
        indices[i] = shuffle(epoch)[place - epoch * count];
      }
      return indices;
    },
  };
}
