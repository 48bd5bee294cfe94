import type { TrainingProgress } from '@nasbench/trainer';

/** A training's state in one line. */
export function describeProgress(report: TrainingProgress): string {
  const { phase, attempt, step, steps, loss, learningRate, imagesPerSecond } = report;
  if (phase === 'evaluating') return `step ${step}/${steps} · evaluating`;
  const again = attempt > 1 ? ` · attempt ${attempt}` : '';
  return `step ${step}/${steps} · loss ${loss.toFixed(3)} · rate ${learningRate.toPrecision(3)} · ${imagesPerSecond.toFixed(0)} images/s${again}`;
}
