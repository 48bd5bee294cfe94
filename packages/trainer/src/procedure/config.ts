import { UsageError } from '@nasbench/foundation/errors';
import type { Augmentation } from '../batches/pixels.ts';
import type { RmsPropConfig } from './rmsProp.ts';
import { SCHEDULE_NAMES, type ScheduleName } from './schedule.ts';

/** How a network is trained; plain data that is written into a table's metadata. */
export interface TrainingConfig {
  /** images per step, for training and evaluation */
  readonly batchSize: number;
  /**
   * Equal parts that a batch is cut into: batch normalisation uses the statistics of each part, gradients are averaged
   * over the parts, and the first part moves the moving averages that evaluation uses. The parts are computed one after
   * the other, so memory is needed for one of them. 1: the whole batch.
   */
  readonly shards: number;
  /** `train-and-validation` trains on both splits (the reference's augmented training): steps are counted from their sum */
  readonly trainOn: 'train' | 'train-and-validation';
  /**
   * After every evaluation the stream of training images starts again in another order, as the reference's does; false:
   * it runs on, so that no image comes twice before all have come once.
   */
  readonly restartStream: boolean;
  /** initial learning rate */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /**
   * What normalises evaluated images. null: the moving averages, as the reference. N: means over N training batches of
   * the weights as they are, computed before each evaluation; the moving averages are left as they were.
   */
  readonly statisticsBatches: number | null;
  /** epochs between further evaluations of the test images alone; null: none */
  readonly evaluateEvery: number | null;
  /** factor on half the sum of squares of all trainable values, added to the loss */
  readonly weightDecay: number;
  readonly optimizer: RmsPropConfig;
  readonly augmentation: Augmentation;
  /** a run that diverges starts again from another seed, so many times in all */
  readonly attempts: number;
  /** seconds of training steps after which a run stops early and is evaluated as usual; null: no limit */
  readonly trainingTimeLimit: number | null;
}

/** What a value has to be, in words and as a test. */
interface Rule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/** A rule for every key, so that no key can be forgotten or be unknown. */
type Rules<T> = { readonly [K in keyof T]-?: T[K] extends object ? Rules<T[K]> : Rule };
type RuleTree = { readonly [key: string]: Rule | RuleTree };

const POSITIVE_INTEGER = numbers('a positive integer', (value) => Number.isInteger(value) && value > 0);
const FROM_ZERO = numbers('a number of at least 0', (value) => Number.isFinite(value) && value >= 0);
const TRUE_OR_FALSE: Rule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' };

const RULES = {
  batchSize: POSITIVE_INTEGER,
  shards: POSITIVE_INTEGER,
  trainOn: {
    expected: 'train or train-and-validation',
    holds: (value) => value === 'train' || value === 'train-and-validation',
  },
  restartStream: TRUE_OR_FALSE,
  learningRate: FROM_ZERO,
  schedule: {
    expected: SCHEDULE_NAMES.join(' or '),
    holds: (value) => (SCHEDULE_NAMES as readonly unknown[]).includes(value),
  },
  statisticsBatches: {
    expected: 'a positive integer, or null',
    holds: (value) => value === null || POSITIVE_INTEGER.holds(value),
  },
  evaluateEvery: {
    expected: 'epochs above 0, or null',
    holds: (value) => value === null || (typeof value === 'number' && Number.isFinite(value) && value > 0),
  },
  weightDecay: FROM_ZERO,
  optimizer: {
    decay: numbers('a number of 0 to 1', (value) => value >= 0 && value <= 1),
    momentum: numbers('a number of 0 to below 1', (value) => value >= 0 && value < 1),
    epsilon: FROM_ZERO,
  },
  augmentation: {
    padding: numbers('an integer of at least 0', (value) => Number.isInteger(value) && value >= 0),
    flip: TRUE_OR_FALSE,
  },
  attempts: POSITIVE_INTEGER,
  trainingTimeLimit: {
    expected: 'seconds above 0, or null',
    holds: (value) => value === null || (typeof value === 'number' && value > 0),
  },
} satisfies Rules<TrainingConfig>;

/** Refuses a configuration with a key that is absent or unknown, or with values out of range or at odds. */
export function assertTrainingConfig(config: TrainingConfig): void {
  assertRules('', config, RULES);
  const { batchSize, shards, schedule, trainingTimeLimit } = config;
  if (batchSize % shards !== 0)
    throw new UsageError(
      `training config: shards are ${shards}, expected a divisor of batchSize, which is ${batchSize}`,
    );
  if (schedule === 'cosine-by-time' && trainingTimeLimit === null)
    throw new UsageError('training config: schedule cosine-by-time needs a trainingTimeLimit, found null');
}

function numbers(expected: string, holds: (value: number) => boolean): Rule {
  return { expected, holds: (value) => typeof value === 'number' && holds(value) };
}

/** @param path where the value is in the configuration, e.g. `optimizer.decay` */
function assertRules(path: string, value: unknown, rules: Rule | RuleTree): void {
  if (isRule(rules)) return check(path, value, rules.holds(value), rules.expected);
  check(path, value, isObject(value), 'an object');
  const below = (key: string) => (path === '' ? key : `${path}.${key}`);
  const keys = Object.keys(rules);
  const unknown = Object.keys(value as object).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw new UsageError(`training config: unknown key ${below(unknown)}, expected ${keys.join(', ')}`);
  for (const key of keys) assertRules(below(key), (value as Record<string, unknown>)[key], rules[key]);
}

function isRule(rules: Rule | RuleTree): rules is Rule {
  return typeof rules.holds === 'function';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function check(path: string, value: unknown, valid: boolean, expected: string): void {
  if (valid) return;
  // NaN and infinities are null in JSON.
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  throw new UsageError(`training config${path === '' ? '' : `: ${path}`} is ${shown}, expected ${expected}`);
}
