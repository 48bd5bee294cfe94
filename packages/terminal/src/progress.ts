import { cleanUpOnExit } from '@nasbench/foundation/cleanUp';
import { formatDuration } from './text.ts';

/** Shows how far a long piece of work is. All of it goes to stderr. */
export interface ProgressReporter {
  /**
   * `done` of the total given at the start, in any unit that grows with the time spent; `text` says it in people's units.
   * The first call is where the work of this session begins: what was done by then took none of its time.
   *
   * @param details further lines, for a terminal alone; with them the text has a line of its own below the bar
   */
  update(done: number, text: string, details?: readonly string[]): void;
  /** Prints a line that stays, above the bar. */
  note(line: string): void;
  stop(): void;
}

/** Not on a terminal, a line appears at most this often. */
const SECONDS_BETWEEN_LINES = 5;

/** A bar with time left on a terminal, else a line every few seconds. `now` gives milliseconds. */
export function createProgress(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): ProgressReporter {
  const clock = createClock(total, now);
  return stream.isTTY ? createBar(label, total, stream, now, clock) : createLines(label, total, stream, now, clock);
}

/** Says how long the rest takes, or all of it took, at the rate since its first call. */
function createClock(total: number, now: () => number): (done: number) => string {
  const started = now();
  let base: { readonly done: number; readonly at: number } | undefined;
  return (done) => {
    base ??= { done, at: now() };
    if (done >= total) return `took ${formatDuration((now() - started) / 1000)}`;
    if (done <= base.done) return '';
    const seconds = (now() - base.at) / 1000;
    return `${formatDuration((seconds * (total - done)) / (done - base.done))} left`;
  };
}

const MILLISECONDS_BETWEEN_DRAWINGS = 100;
const BAR_WIDTH = 24;
/** Control sequences of ECMA-48. */
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_BELOW = '\u001B[J';
const up = (lines: number): string => (lines === 0 ? '' : `\u001B[${lines}A`);

/** The bar and its details are the last lines of the screen, erased and drawn again in place. */
function createBar(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  now: () => number,
  clock: (done: number) => string,
): ProgressReporter {
  let lines: readonly string[] = [barOf(label, 0)];
  /** lines on the screen, the cursor being at the start of the last one */
  let height = 0;
  let drawnAt = -Infinity;
  let isStopped = false;
  const erase = (): string => `\r${up(Math.max(0, height - 1))}${ERASE_BELOW}`;
  const draw = (above = ''): void => {
    drawnAt = now();
    // A line that wraps, or one above the screen, could not be erased.
    const shown = fit(lines, stream);
    stream.write(`${erase()}${above}${shown.join('\n')}\r`);
    height = shown.length;
  };
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    draw();
    stream.write(`\n${SHOW_CURSOR}`);
  };
  stream.write(HIDE_CURSOR);
  draw();
  // The cursor comes back however the process ends.
  const stopped = cleanUpOnExit(stop);
  return {
    update(done, text, details) {
      const bar = barOf(label, done / total);
      lines = details === undefined ? [joined(bar, text, clock(done))] : [joined(bar, clock(done)), text, ...details];
      if (now() - drawnAt >= MILLISECONDS_BETWEEN_DRAWINGS) draw();
    },
    note(line) {
      if (isStopped) stream.write(`${line}\n`);
      else draw(`${line}\n`);
    },
    stop() {
      stop();
      stopped();
    },
  };
}

/** `training ██████░░░░░░░░░░░░░░░░░░ 25%` */
function barOf(label: string, fraction: number): string {
  const part = Math.min(1, Math.max(0, fraction));
  const full = Math.floor(part * BAR_WIDTH);
  return `${label} ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${Math.floor(100 * part)}%`;
}

/** At most a screen of lines, each of which leaves the last column free. A terminal that says no size, or 0, has 80 x 24. */
function fit(lines: readonly string[], { columns, rows }: Pick<NodeJS.WriteStream, 'columns' | 'rows'>): string[] {
  return lines.slice(0, (rows || 24) - 1).map((line) => line.slice(0, (columns || 80) - 1));
}

function createLines(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  now: () => number,
  clock: (done: number) => string,
): ProgressReporter {
  let printed = now();
  let last = '';
  return {
    update(done, text) {
      last = joined(`${label} ${Math.floor((100 * done) / total)}%`, text, clock(done));
      if (now() - printed < SECONDS_BETWEEN_LINES * 1000) return;
      printed = now();
      stream.write(`${last}\n`);
      last = '';
    },
    note: (line) => void stream.write(`${line}\n`),
    stop() {
      if (last) stream.write(`${last}\n`);
      last = '';
    },
  };
}

const joined = (head: string, ...parts: readonly string[]): string => [head, ...parts.filter(Boolean)].join(' · ');
