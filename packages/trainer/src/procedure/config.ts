import { UsageError } from '@nasbench/foundation/errors';
import type { Augmentation } from '../batches/pixels.ts';
import type { RmsPropConfig } from './rmsProp.ts';
import { SCHEDULE_NAMES, type ScheduleName } from './schedule.ts';

/** How a network is trained; plain data that is written into a table's metadata. */
export interface TrainingConfig {
  /** images per step, for training and evaluation */
  readonly batchSize: number;
  /** initial learning rate */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** factor on half the sum of squares of all trainable values, added to the loss */
  readonly weightDecay: number;
  readonly optimizer: RmsPropConfig;
  readonly augmentation: Augmentation;
  /** a run that diverges starts again from another seed, so many times in all */
  readonly attempts: number;
  /** seconds of training steps after which a run stops early and is evaluated as usual; null: no limit */
  readonly trainingTimeLimit: number | null;
}

/** Refuses a configuration with a value out of range. */
export function assertTrainingConfig(config: TrainingConfig): void {
  const { batchSize, learningRate, schedule, weightDecay, optimizer, augmentation, attempts, trainingTimeLimit } =
    config;
  check('batchSize', batchSize, Number.isInteger(batchSize) && batchSize > 0, 'a positive integer');
  check('learningRate', learningRate, isFiniteFrom(0, learningRate), 'a number of at least 0');
  check('schedule', schedule, SCHEDULE_NAMES.includes(schedule), SCHEDULE_NAMES.join(' or '));
  check('weightDecay', weightDecay, isFiniteFrom(0, weightDecay), 'a number of at least 0');
  check(
    'optimizer.decay',
    optimizer.decay,
    isFiniteFrom(0, optimizer.decay) && optimizer.decay <= 1,
    'a number of 0 to 1',
  );
  check(
    'optimizer.momentum',
    optimizer.momentum,
    isFiniteFrom(0, optimizer.momentum) && optimizer.momentum < 1,
    'a number of 0 to below 1',
  );
  check('optimizer.epsilon', optimizer.epsilon, isFiniteFrom(0, optimizer.epsilon), 'a number of at least 0');
  check(
    'augmentation.padding',
    augmentation.padding,
    Number.isInteger(augmentation.padding) && augmentation.padding >= 0,
    'an integer of at least 0',
  );
  check('attempts', attempts, Number.isInteger(attempts) && attempts > 0, 'a positive integer');
  check(
    'trainingTimeLimit',
    trainingTimeLimit,
    trainingTimeLimit === null || trainingTimeLimit > 0,
    'seconds above 0, or null',
  );
}

function isFiniteFrom(least: number, value: number): boolean {
  return Number.isFinite(value) && value >= least;
}

function check(name: string, value: unknown, valid: boolean, expected: string): void {
  if (!valid) throw new UsageError(`training config: ${name} is ${JSON.stringify(value)}, expected ${expected}`);
}
