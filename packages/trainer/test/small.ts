import {
  type ImageSet,
  loadImages,
  type TrainingConfig,
  type TrainingOptions,
  type TrainingResult,
  trainCell,
} from '../src/index.ts';
import { RESNET_LIKE } from './shared.ts';

/** A network and a budget that train in well under a second. */
export const SMALL_NETWORK = {
  stemFilters: 4,
  stacks: 2,
  cellsPerStack: 1,
  batchNormMomentum: 0.8,
  batchNormEpsilon: 1e-5,
};

export const SMALL_TRAINING: TrainingConfig = {
  batchSize: 16,
  shards: 1,
  trainOn: 'train',
  restartStream: false,
  learningRate: 0.05,
  schedule: 'cosine-by-step',
  statisticsBatches: null,
  evaluateEvery: null,
  weightDecay: 1e-4,
  optimizer: { decay: 0.9, momentum: 0.9, epsilon: 1 },
  augmentation: { padding: 1, flip: true },
  attempts: 5,
  trainingTimeLimit: null,
};

export function smallImages(): Promise<ImageSet> {
  return loadImages('synthetic', { size: 8, limits: { train: 100, trainEvaluation: 50, validation: 70, test: 64 } });
}

export async function trainSmall(
  seed: string,
  training: Partial<TrainingConfig> = {},
  options: Partial<TrainingOptions> = {},
): Promise<TrainingResult> {
  const setup = { network: SMALL_NETWORK, training: { ...SMALL_TRAINING, ...training } };
  return trainCell(RESNET_LIKE, await smallImages(), setup, { epochs: 2, seed, ...options });
}

/** All of a result that the same seed must repeat: everything but measured times. */
export function bitsOf(result: TrainingResult): string {
  return JSON.stringify(result, (key, value: unknown) =>
    key === 'trainingTime' || key === 'totalTime' ? undefined : value,
  );
}
