import type { Network } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Batcher } from '../batches/pixels.ts';
import type { ImageSplit } from '../images/imageSet.ts';
import type { TrainingConfig } from './config.ts';
import { cutBatch, imageTensor, readOnce } from './trainingStep.ts';

/**
 * The share of images classified correctly, over whole batches: a remainder smaller than a batch is dropped, as the
 * reference does, so 10 000 images in batches of 256 give k / 9 984. Computed in pieces of one shard, which changes no
 * number. Rounded to single precision.
 */
export async function accuracy(
  network: Network,
  batches: Batcher,
  split: ImageSplit,
  { batchSize, shards }: TrainingConfig,
  pause: () => Promise<void>,
): Promise<number> {
  const evaluated = split.count - (split.count % batchSize);
  const piece = batchSize / shards;
  let correct = 0;
  for (let start = 0; start < evaluated; start += piece) {
    const batch = batches.evaluation(split, start, piece);
    const logits = await readOnce(tf.tidy(() => network.apply(imageTensor(network, batch), 'evaluate')));
    correct += countCorrect(logits, batch.labels);
    await pause();
  }
  return Math.fround(correct / evaluated);
}

/**
 * Runs `evaluate` with batch-norm statistics that are the means of those of all shards of `statisticsBatches`, of the
 * weights as they are now; then puts the moving averages back. For short runs: moving averages of early weights lag.
 *
 * @param batchAt training batches, 0, 1, ..
 */
export async function withRecomputedStatistics<T>(
  network: Network,
  { statisticsBatches, shards }: TrainingConfig,
  batchAt: (index: number) => Batch,
  pause: () => Promise<void>,
  evaluate: () => Promise<T>,
): Promise<T> {
  if (statisticsBatches === null) return evaluate();
  const kept = network.movingStatistics.map((average) => average.clone());
  try {
    for (let i = 0; i < statisticsBatches * shards; i++) {
      const piece = cutBatch(batchAt(Math.floor(i / shards)), shards, i % shards);
      // 0, 1/2, 2/3, ..: the mean of all pieces so far.
      tf.tidy(() => network.apply(imageTensor(network, piece), 'train', { momentum: i / (i + 1) }));
      await pause();
    }
    return await evaluate();
  } finally {
    for (const [i, average] of network.movingStatistics.entries()) average.assign(kept[i]);
    tf.dispose(kept);
  }
}

/** The largest logit decides, the first of equal ones. */
function countCorrect(logits: ArrayLike<number>, labels: Uint8Array): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[i * classes + c] > logits[i * classes + best]) best = c;
    if (best === labels[i]) correct++;
  }
  return correct;
}
