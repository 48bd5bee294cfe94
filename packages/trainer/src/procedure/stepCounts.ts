/** Steps after which a run is evaluated. */
export interface StepCounts {
  /** after the first step, whose learning rate is 0 */
  readonly start: number;
  readonly half: number;
  readonly end: number;
}

/**
 * floor(epochs images / batchSize) steps to the end and floor(epochs / 2 images / batchSize) to half
 * (40 000 images, batch 256: 312 and 625 for 4 epochs, 8 437 and 16 875 for 108). Half is never before the start.
 */
export function stepCounts(epochs: number, images: number, batchSize: number): StepCounts {
  const end = Math.floor((epochs * images) / batchSize);
  const half = Math.max(1, Math.floor(((epochs / 2) * images) / batchSize));
  return { start: 1, half, end };
}
