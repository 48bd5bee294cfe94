import type { WeightValues } from '@nasbench/model/tfjs';
import type { RmsPropSlots } from './rmsProp.ts';
import type { SampleMetrics } from './sampleMetrics.ts';

/** What is known about the network at one moment of its training. */
export interface EvaluationPoint {
  /** epochs trained: 0, half and all of the budget, or fewer where the time limit stopped the run */
  readonly epochs: number;
  /** seconds spent in training steps so far, evaluation and the start step excluded; single precision */
  readonly trainingTime: number;
  /** share of images classified correctly, in single precision */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
}

/** What a run has found out so far. */
export interface RunHistory {
  /** start, half, end */
  readonly points: readonly EvaluationPoint[];
  /** the further evaluations of `evaluateEvery` */
  readonly testPoints: readonly Pick<EvaluationPoint, 'epochs' | 'trainingTime' | 'testAccuracy'>[];
  /** at the same moments as `points`; none unless asked for */
  readonly sampleMetrics: readonly SampleMetrics[];
  /** of every step, weight decay included */
  readonly losses: readonly number[];
  readonly learningRates: readonly number[];
}

/** Where an attempt stands between two steps: all that the rest of it depends on, besides what decides every run. */
export interface RunState {
  /** steps done */
  readonly step: number;
  /** of training so far */
  readonly seconds: number;
  readonly history: RunHistory;
  readonly weights: ReadonlyMap<string, WeightValues>;
  readonly slots: RmsPropSlots;
}
