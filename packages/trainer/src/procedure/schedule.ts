import { cos } from '@nasbench/foundation/math';

/** How far a run is when a step starts. */
export interface Progress {
  /** steps done */
  readonly step: number;
  /** steps of the whole run */
  readonly steps: number;
  /** seconds of training so far */
  readonly seconds: number;
  /** `trainingTimeLimit` in seconds; Infinity: none */
  readonly timeLimit: number;
}

/** The factor on the initial learning rate. */
type Schedule = (progress: Progress) => number;

/**
 * Learning rate schedules by name (reference: `lib/model_builder.py`).
 * `cosine-by-step`: from 1 down to 0 along half a cosine over the steps of the run (paper, section 2.4).
 * `cosine-by-time`: the same over the training-time limit; results depend on the machine.
 * `stepwise`: 1, then 0.1, 0.01 and 0.0001 from steps floor(0.5 T), floor(0.667 T) and floor(0.833 T) of T.
 */
const SCHEDULES = {
  'cosine-by-step': ({ step, steps }) => halfCosine(step / steps),
  'cosine-by-time': ({ seconds, timeLimit }) => halfCosine(Math.min(seconds / timeLimit, 1)),
  stepwise: ({ step, steps }) => {
    if (step < Math.floor(0.5 * steps)) return 1;
    if (step < Math.floor(0.667 * steps)) return 0.1;
    return step < Math.floor(0.833 * steps) ? 0.01 : 0.0001;
  },
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

function halfCosine(fraction: number): number {
  return 0.5 * (1 + cos(Math.PI * fraction));
}
