import type { Countable, Passes } from './countWork.ts';

/** What a calibration measured of one cell. */
export interface Measurement {
  /** of one forward pass of one image */
  readonly multiplyAdds: number;
  /** images of a step; smaller than those of the training where these would take too long */
  readonly batchSize: number;
  readonly steps: number;
  /** of a training step, for one image */
  readonly secondsPerImage: number;
  /** of an evaluation, for one image */
  readonly secondsPerEvaluatedImage: number;
  /** until the first step is done, without that step */
  readonly setUpSeconds: number;
  /** share of the time by the clock that the process computed; under 1, other programs took the rest */
  readonly computing: number;
  readonly peakBytes: number;
}

/** seconds of a training step = images x (secondsPerImage + multiply-adds x secondsPerMultiplyAdd) */
export interface Speed {
  readonly secondsPerImage: number;
  /** of a forward pass; the step's other passes are in the time */
  readonly secondsPerMultiplyAdd: number;
  readonly setUpSeconds: number;
  /** time of an evaluated image, as a share of that of a trained one */
  readonly evaluationShare: number;
  /** largest relative difference between a measured cell and the fit */
  readonly spread: number;
}

/** How long some work takes, and from what. */
export interface Estimate {
  readonly measurements: readonly Measurement[];
  readonly speed: Speed;
  /** of one worker for all runs */
  readonly seconds: number;
}

/**
 * Least squares of the relative differences, so that small cells count as much as large ones. Neither coefficient is
 * negative.
 *
 * @param measurements one or more
 */
export function fitSpeed(measurements: readonly Measurement[]): Speed {
  // Each cell's equation, divided by its time: 1 = offset x a + slope x b.
  const points = measurements.map(({ multiplyAdds, secondsPerImage }) => ({
    a: 1 / secondsPerImage,
    b: multiplyAdds / secondsPerImage,
  }));
  const sum = (value: (point: { readonly a: number; readonly b: number }) => number): number =>
    points.reduce((total, point) => total + value(point), 0);
  const [aa, ab, bb] = [sum(({ a }) => a * a), sum(({ a, b }) => a * b), sum(({ b }) => b * b)];
  const [a1, b1] = [sum(({ a }) => a), sum(({ b }) => b)];
  const determinant = aa * bb - ab * ab;
  let offset = (a1 * bb - b1 * ab) / determinant;
  let slope = (aa * b1 - ab * a1) / determinant;
  // One cell, or cells that cost the same, tell nothing apart: then all is for the multiply-adds.
  if (!(determinant > 1e-9 * aa * bb) || offset < 0) [offset, slope] = [0, b1 / bb];
  else if (slope < 0) [offset, slope] = [a1 / aa, 0];
  return {
    secondsPerImage: offset,
    secondsPerMultiplyAdd: slope,
    setUpSeconds: mean(measurements.map(({ setUpSeconds }) => setUpSeconds)),
    evaluationShare: mean(measurements.map((cell) => cell.secondsPerEvaluatedImage / cell.secondsPerImage)),
    spread: Math.max(...points.map(({ a, b }) => Math.abs(offset * a + slope * b - 1))),
  };
}

/** Seconds of one worker for all of the work, evaluation and set-up included. */
export function secondsOf({ units, passes, multiplyAdds }: Countable, speed: Speed): number {
  const { secondsPerImage, secondsPerMultiplyAdd, setUpSeconds, evaluationShare } = speed;
  const images = passes.trained + passes.evaluated * evaluationShare;
  return (
    images * (units.cellCount * secondsPerImage + multiplyAdds.sum * secondsPerMultiplyAdd) +
    units.length * setUpSeconds
  );
}

/** Seconds of the training steps of one run. */
export function trainingSecondsOf(passes: Passes, multiplyAdds: number, speed: Speed): number {
  return passes.trained * (speed.secondsPerImage + multiplyAdds * speed.secondsPerMultiplyAdd);
}

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;
