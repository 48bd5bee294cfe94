import { cleanUpOnExit } from '@nasbench/foundation/cleanUp';
import { Presets, SingleBar } from 'cli-progress';
import { formatDuration } from './text.ts';

/** Shows how far a long piece of work is. All of it goes to stderr. */
export interface ProgressReporter {
  /**
   * `done` of the total given at the start, in any unit that grows with the time spent; `text` says it in people's units.
   * The first call is where the work of this session begins: what was done by then took none of its time.
   */
  update(done: number, text: string): void;
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
  return stream.isTTY ? createBar(label, total, stream, clock) : createLines(label, total, stream, now, clock);
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

function createBar(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  clock: (done: number) => string,
): ProgressReporter {
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}%{text}`,
      stream,
      hideCursor: true,
      barsize: 24,
      linewrap: false,
      // Its own answer to signals swallows them.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { text: '' });
  // The cursor comes back however the process ends.
  const stopped = cleanUpOnExit(() => bar.stop());
  return {
    update: (done, text) => bar.update(done, { text: joined('', text, clock(done)) }),
    stop() {
      bar.stop();
      stopped();
    },
  };
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
    stop() {
      if (last) stream.write(`${last}\n`);
      last = '';
    },
  };
}

const joined = (head: string, ...parts: readonly string[]): string => [head, ...parts.filter(Boolean)].join(' · ');
