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
 *
 * @param images those trained on, see `trainingCount`
 */
export function stepCounts(epochs: number, images: number, batchSize: number): StepCounts {
  const end = Math.floor((epochs * images) / batchSize);
  const half = Math.max(1, Math.floor(((epochs / 2) * images) / batchSize));
  return { start: 1, half, end };
}

/** One evaluation of a run. */
export interface Evaluation {
  /** start, half or end, with all three accuracies; `every`: a further one with test accuracy alone */
  readonly moment: 'start' | 'half' | 'end' | 'every';
  /** steps done before it */
  readonly step: number;
  /** epochs trained by then */
  readonly epochs: number;
}

/** All evaluations of a run in their order; the paper's three come before a further one after the same step. */
export function listEvaluations(
  epochs: number,
  images: number,
  batchSize: number,
  evaluateEvery: number | null,
): Evaluation[] {
  const { start, half, end } = stepCounts(epochs, images, batchSize);
  const list: Evaluation[] = [
    { moment: 'start', step: start, epochs: 0 },
    { moment: 'half', step: half, epochs: epochs / 2 },
    { moment: 'end', step: end, epochs },
  ];
  if (evaluateEvery !== null)
    for (let index = 1; index * evaluateEvery <= epochs; index++) {
      const done = index * evaluateEvery;
      const step = Math.floor((done * images) / batchSize);
      if (step > start) list.push({ moment: 'every', step, epochs: done });
    }
  return list.toSorted((a, b) => a.step - b.step);
}
