import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createProgress } from '../src/progress.ts';

/** A stream that keeps what is written, and a clock that is set by hand. */
function setUp({ isTTY = false } = {}) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  const clock = { seconds: 0 };
  const terminal = Object.assign(stream, { isTTY, columns: 200 }) as unknown as NodeJS.WriteStream;
  return { clock, written, bar: createProgress('work', 1000, terminal, () => 1000 * clock.seconds) };
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
