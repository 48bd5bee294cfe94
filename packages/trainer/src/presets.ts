import { NETWORK_PRESETS } from '@nasbench/model';
import type { ImageOptions } from './images/imageSet.ts';
import type { TrainingConfig } from './procedure/config.ts';
import type { TrainingSetup } from './procedure/trainCell.ts';

/** A setup that fits together: images to load, network, procedure, budget. */
export interface Preset extends TrainingSetup {
  /** for {@link loadImages} */
  readonly images: ImageOptions;
  /** budgets of the preset's table, ascending; the last is the one to train when none is asked for */
  readonly epochs: readonly number[];
}

/** Ying et al. 2019, section 2.4 and supplement S1; reference: `lib/config.py`. */
const PAPER_TRAINING: TrainingConfig = {
  batchSize: 256,
  // 0.1 for each of the paper's two TPU shards
  learningRate: 0.2,
  schedule: 'cosine-by-step',
  weightDecay: 1e-4,
  optimizer: { decay: 0.9, momentum: 0.9, epsilon: 1 },
  augmentation: { padding: 4, flip: true },
  attempts: 5,
  // 4 hours
  trainingTimeLimit: 14_400,
};

export const PRESETS: Readonly<Record<'paper' | 'small' | 'tiny', Preset>> = {
  paper: { images: {}, network: NETWORK_PRESETS.paper, training: PAPER_TRAINING, epochs: [4, 12, 36, 108] },
  small: {
    images: { limits: { train: 10_000, trainEvaluation: 1_024, validation: 2_048, test: 2_048 } },
    network: { ...NETWORK_PRESETS.small, batchNormMomentum: 0.9 },
    training: { ...PAPER_TRAINING, batchSize: 32, learningRate: 0.1 },
    epochs: [1],
  },
  tiny: {
    images: { size: 14, limits: { train: 4_000, trainEvaluation: 1_024, validation: 1_024, test: 1_024 } },
    network: NETWORK_PRESETS.tiny,
    training: { ...PAPER_TRAINING, batchSize: 32, learningRate: 0.1, augmentation: { padding: 1, flip: true } },
    epochs: [1],
  },
};
