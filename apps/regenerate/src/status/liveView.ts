import type { RegenerationProgress, RunningUnit } from '../regenerationState.ts';
import { describeRun, type RunName } from '../units/units.ts';

/** Workers that have a line; a screen has few. */
const SHOWN_WORKERS = 16;

/** `120 of 546 runs done · 2 running · 1 failed · 812 images/s`: how a regeneration stands, in a line. */
export function summaryLine({ done, total, failed, imagesPerSecond, running }: RegenerationProgress): string {
  const parts = [`${done - failed} of ${total} runs done`, `${running.length} running`, `${failed} failed`];
  if (imagesPerSecond > 0) parts.push(`${imagesPerSecond.toFixed(0)} images/s`);
  return parts.join(' · ');
}

/** What each worker trains, with the start of its cell's hash so that it fits a terminal, and the last error. */
export function detailLines({ running, lastError }: RegenerationProgress): string[] {
  const lines = running
    .slice(0, SHOWN_WORKERS)
    .map(({ unit, ...worker }) => `  ${workerLine({ ...worker, ...unit, moduleHash: unit.moduleHash.slice(0, 8) })}`);
  if (running.length > SHOWN_WORKERS) lines.push(`  and ${running.length - SHOWN_WORKERS} more workers`);
  if (lastError !== null) lines.push(`last error: ${lastError}`);
  return lines;
}

/** `worker 0: 412 images/s, 37 % of run 28cfc787.., 4 epochs, repeat 0` */
export function workerLine({
  worker,
  fraction,
  imagesPerSecond,
  ...run
}: RunName & Pick<RunningUnit, 'worker' | 'fraction' | 'imagesPerSecond'>): string {
  return `worker ${worker}: ${imagesPerSecond.toFixed(0)} images/s, ${(100 * fraction).toFixed(0)} % of ${describeRun(run)}`;
}
