import { Presets, SingleBar } from 'cli-progress';
import { formatDuration } from './text.ts';

/** Shows how far a long piece of work is. All of it goes to stderr. */
export interface ProgressReporter {
  /** `done` of the total given at the start, in any unit that grows with the time spent; `text` says it in people's units. */
  update(done: number, text: string): void;
  stop(): void;
}

/** Not on a terminal, a line appears at most this often. */
const SECONDS_BETWEEN_LINES = 5;

/** A bar with time left on a terminal, else a line every few seconds. */
export function createProgress(label: string, total: number, stream: NodeJS.WriteStream): ProgressReporter {
  const started = performance.now();
  const timeLeft = (done: number): string => {
    if (done <= 0) return '';
    if (done >= total) return `took ${formatDuration((performance.now() - started) / 1000)}`;
    return `${formatDuration(((performance.now() - started) / 1000) * (total / done - 1))} left`;
  };
  if (!stream.isTTY) return createLines(label, total, stream, timeLeft);
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}% · {text} · {left}`,
      stream,
      hideCursor: true,
      barsize: 24,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { text: '', left: '' });
  return {
    update: (done, text) => bar.update(done, { text, left: timeLeft(done) }),
    stop: () => bar.stop(),
  };
}

function createLines(
  label: string,
  total: number,
  stream: NodeJS.WriteStream,
  timeLeft: (done: number) => string,
): ProgressReporter {
  let printed = performance.now();
  let last = '';
  const line = (done: number, text: string): string =>
    `${label} ${Math.floor((100 * done) / total)}% · ${text} · ${timeLeft(done)}`;
  return {
    update(done, text) {
      last = line(done, text);
      if (performance.now() - printed < SECONDS_BETWEEN_LINES * 1000) return;
      printed = performance.now();
      stream.write(`${last}\n`);
      last = '';
    },
    stop() {
      if (last) stream.write(`${last}\n`);
    },
  };
}
