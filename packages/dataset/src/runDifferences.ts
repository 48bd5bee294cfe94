import { POINTS, type Point } from './columns.ts';
import type { EvaluationPoints } from './records.ts';

/** One thing in which two results of a run are not the same, such as `test accuracy at end`, 0.5 and 0.75. */
export interface RunDifference {
  readonly what: string;
  readonly values: readonly [number | string, number | string];
}

/** What training from the same seed reproduces of a point; measured times are not among it. */
const REPRODUCIBLE = [
  ['epochs', 'epochs'],
  ['trainAccuracy', 'train accuracy'],
  ['validationAccuracy', 'validation accuracy'],
  ['testAccuracy', 'test accuracy'],
] as const;

/** What counts most comes first. */
const LAST_FIRST: readonly Point[] = POINTS.toReversed();

/** Every value in which two results of a run differ, measured times left out. null is the result of a failed run. */
export function runDifferences(
  a: EvaluationPoints | null,
  b: EvaluationPoints | null,
  points: readonly Point[] = LAST_FIRST,
): RunDifference[] {
  if (a === null || b === null) return a === b ? [] : [{ what: 'outcome', values: [outcome(a), outcome(b)] }];
  return points.flatMap((point) => {
    const [first, second] = [a[POINTS.indexOf(point)], b[POINTS.indexOf(point)]];
    return REPRODUCIBLE.filter(([field]) => first[field] !== second[field]).map(
      ([field, name]): RunDifference => ({ what: `${name} at ${point}`, values: [first[field], second[field]] }),
    );
  });
}

const outcome = (points: EvaluationPoints | null): string => (points === null ? 'failed' : 'completed');
