import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createProgress } from '../src/progress.ts';

/** A stream that keeps what is written, and a clock that is set by hand. */
function setUp({ isTTY = false, columns = 200, rows = 24 } = {}) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  const clock = { seconds: 0 };
  const terminal = Object.assign(stream, { isTTY, columns, rows }) as unknown as NodeJS.WriteStream;
  return { clock, written, bar: createProgress('work', 1000, terminal, () => 1000 * clock.seconds) };
}

/** What a terminal shows in the end: it knows what the bar uses, CR, LF, cursor up and erase below. */
function screenOf(written: readonly string[]): string[] {
  const screen = [''];
  let [row, column] = [0, 0];
  for (const [token] of written
    .join('')
    .replaceAll('\u001B[', '␛')
    .matchAll(/␛[?0-9]*[A-Za-z]|[^]/gu)) {
    if (token === '\r') column = 0;
    else if (token === '\n') {
      row++;
      column = 0;
      screen[row] ??= '';
    } else if (token.endsWith('A') && token.length > 1) row -= Number.parseInt(token.slice(1), 10);
    else if (token.endsWith('J') && token.length > 1) {
      screen[row] = screen[row].slice(0, column);
      screen.length = row + 1;
    } else if (token.length === 1) {
      screen[row] = screen[row].slice(0, column) + token + screen[row].slice(column + 1);
      column++;
    }
  }
  return screen;
}

it('reckons with the work of this session only', () => {
  const { clock, written, bar } = setUp();
  clock.seconds = 2;
  bar.update(900, 'begun');
  clock.seconds = 12;
  bar.update(910, 'going on');
  // 90 more at 1 a second; not at 910 in 12 seconds.
  expect(written).toEqual(['work 91% · going on · 1 min 30 s left\n']);
  clock.seconds = 102;
  bar.update(1000, 'done');
  expect(written[1]).toBe('work 100% · done · took 1 min 42 s\n');
});

it('says no time before there is a rate', () => {
  const { clock, written, bar } = setUp();
  clock.seconds = 6;
  bar.update(500, 'begun');
  expect(written).toEqual(['work 50% · begun\n']);
  bar.update(500, 'same');
  bar.stop();
  expect(written[1]).toBe('work 50% · same\n');
});

it('hides the cursor of a terminal while the bar is shown, and listens to signals only then', async () => {
  const listeners = process.listenerCount('SIGINT');
  const { written, bar } = setUp({ isTTY: true });
  expect(process.listenerCount('SIGINT')).toBe(listeners + 1);
  bar.update(10, 'some');
  bar.stop();
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  expect(process.listenerCount('SIGINT')).toBe(listeners);
  const [hidden, shown] = ['\u001B[?25l', '\u001B[?25h'].map((code) => written.join('').lastIndexOf(code));
  expect(hidden).toBeGreaterThanOrEqual(0);
  expect(shown).toBeGreaterThan(hidden);
});

it('draws the bar and the lines below it again in place, and notes above them', () => {
  const { clock, written, bar } = setUp({ isTTY: true });
  const below = ['worker 0', 'worker 1'];
  clock.seconds = 1;
  bar.update(0, 'begun', below);
  clock.seconds = 1.05;
  bar.update(1, 'too soon to be drawn', below);
  clock.seconds = 2;
  bar.update(250, 'on', below);
  bar.note('something happened');
  clock.seconds = 4;
  bar.update(500, 'half', ['worker 1']);
  bar.stop();
  expect(written.join('')).not.toContain('too soon');
  expect(screenOf(written)).toEqual([
    'something happened',
    `work ${'█'.repeat(12)}${'░'.repeat(12)} 50% · 3.0 s left`,
    'half',
    'worker 1',
    '',
  ]);
});

it('cuts lines that would wrap and those that would leave the screen, which could not be erased', () => {
  const { clock, written, bar } = setUp({ isTTY: true, columns: 60, rows: 4 });
  for (clock.seconds = 1; clock.seconds < 9; clock.seconds++)
    bar.update(100 * clock.seconds, 'x'.repeat(100), ['y'.repeat(100), 'three', 'four']);
  bar.stop();
  const lines = screenOf(written);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^work █{19}░{5} 80% · /);
  expect(lines.slice(1)).toEqual(['x'.repeat(59), 'y'.repeat(59), '']);
});
