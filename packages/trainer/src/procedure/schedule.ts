import { cos } from '@nasbench/foundation/math';

/** How far a run is when a step starts. */
export interface Progress {
  /** steps done */
  readonly step: number;
  /** steps of the whole run */
  readonly steps: number;
}

/** The factor on the initial learning rate. */
type Schedule = (progress: Progress) => number;

/**
 * Learning rate schedules by name.
 * `cosine-by-step`: from 1 down to 0 along half a cosine over the steps of the run (paper, section 2.4).
 */
const SCHEDULES = {
  'cosine-by-step': ({ step, steps }) => 0.5 * (1 + cos((Math.PI * step) / steps)),
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof SCHEDULES;
export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as ScheduleName[];

/**
 * The learning rate of a step. Step 0 has 0: it moves the batch-norm statistics and the optimizer's mean square, not
 * the weights, and the start of a run is evaluated after it (reference: `lib/model_builder.py`).
 */
export function learningRateAt(name: ScheduleName, initial: number, progress: Progress): number {
  return progress.step === 0 ? 0 : initial * SCHEDULES[name](progress);
}
