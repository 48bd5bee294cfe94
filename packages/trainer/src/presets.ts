import { NETWORK_PRESETS } from '@nasbench/model';
import type { ImageOptions } from './images/imageSet.ts';
import type { TrainingConfig } from './procedure/config.ts';
import type { TrainingSetup } from './procedure/trainCell.ts';

/** Images, network, procedure and budgets that fit one another. */
export interface Preset extends TrainingSetup {
  /** for {@link loadImages} */
  readonly images: ImageOptions;
  /** budgets of a table made with the preset, ascending; the last one is trained when none is asked for */
  readonly epochs: readonly number[];
}

/** Ying et al. 2019, section 2.4 and the reference's `lib/config.py`: all values are the paper's. */
const PAPER_TRAINING: TrainingConfig = {
  batchSize: 256,
  // A TPU's two cores take 128 images each.
  shards: 2,
  trainOn: 'train',
  restartStream: true,
  // 0.1 for each of the two TPU shards.
  learningRate: 0.2,
  schedule: 'cosine-by-step',
  statisticsBatches: null,
  evaluateEvery: null,
  weightDecay: 1e-4,
  optimizer: { decay: 0.9, momentum: 0.9, epsilon: 1 },
  augmentation: { padding: 4, flip: true },
  attempts: 5,
  // Four hours.
  trainingTimeLimit: 14_400,
};

const PAPER: Preset = {
  // All images in their own size.
  images: {},
  network: NETWORK_PRESETS.paper,
  training: PAPER_TRAINING,
  epochs: [4, 12, 36, 108],
};

/** The larger network of the reference's augmented training is not published: the paper's with half as many channels again and 4 cells a stack. */
const AUGMENTED: Preset = {
  images: {},
  network: { ...NETWORK_PRESETS.paper, stemFilters: 192, cellsPerStack: 4 },
  training: {
    ...PAPER_TRAINING,
    trainOn: 'train-and-validation',
    schedule: 'stepwise',
    evaluateEvery: 5,
    trainingTimeLimit: null,
  },
  epochs: [200],
};

/** Short runs of one machine: statistics over the whole batch, and a stream that shows every image once an epoch. */
const ONE_STREAM = { shards: 1, restartStream: false } as const;

/** One run in one to three minutes of one thread: MNIST to about 98 %, a part of CIFAR-10 well above chance. */
const SMALL: Preset = {
  images: {
    // A fifth of MNIST is enough for 98 %. Evaluating 3 x 10 000 images at three points would take about as long as
    // training; 2 048 are 64 whole batches and keep the standard error of 98 % at 0.3 %.
    limits: { train: 10_000, trainEvaluation: 1_024, validation: 2_048, test: 2_048 },
  },
  // 0.9 forgets the initial moving statistics in 45 steps (0.9^45 = 0.01). The paper's 0.997 takes 1 500 steps; the
  // shortest run has 312 and at half of it weights still move so fast that old statistics are wrong ones.
  network: { ...NETWORK_PRESETS.small, batchNormMomentum: 0.9 },
  training: {
    ...PAPER_TRAINING,
    // As many updates as a short budget allows: 312 an epoch; the paper's 256 would leave 39.
    batchSize: 32,
    ...ONE_STREAM,
    // Minutes need no limit, and where seconds decide when to stop, results depend on the machine.
    trainingTimeLimit: null,
  },
  epochs: [1, 2],
};

/** One run in seconds of one thread, for demonstrations: good cells beat 90 % on MNIST, pools alone do not. */
const TINY: Preset = {
  images: {
    // A quarter of the pixels is a quarter of the time, and digits stay readable.
    size: 14,
    // 125 steps an epoch; 32 whole batches for each evaluation, and 25 of the images of MNIST's first 10 000, which
    // train accuracy is measured on, that are left among 4 000 of 50 000.
    limits: { train: 4_000, trainEvaluation: 800, validation: 1_024, test: 1_024 },
  },
  // Its batch-norm momentum of 0.9 suits 125 steps, see above.
  network: NETWORK_PRESETS.tiny,
  training: {
    ...PAPER_TRAINING,
    batchSize: 32,
    ...ONE_STREAM,
    // The paper's 4 of 32 pixels would be 2 of 14; 1 is a choice for short runs, against 0 it costs weak cells some
    // points and the ResNet-like cell none (one seed), so that cells differ more.
    augmentation: { padding: 1, flip: true },
    trainingTimeLimit: null,
  },
  epochs: [1, 2],
};

/**
 * `paper`: the procedure of NAS-Bench-101, for a GPU. `augmented`: its longer training of one cell in a larger network. `small`: minutes per cell on one thread. `tiny`: seconds.
 * All keep the paper's learning rate. On `tiny`, one seed, validation accuracy of the ResNet-like cell after 1 epoch was
 * 76, 90, 90 and 93 % for 0.02, 0.05, 0.1 and 0.2, and 0.4 was behind 0.2 after 2; a lone max-pool did best with 0.1.
 */
export const PRESETS: Readonly<Record<'paper' | 'augmented' | 'small' | 'tiny', Preset>> = {
  paper: PAPER,
  augmented: AUGMENTED,
  small: SMALL,
  tiny: TINY,
};
