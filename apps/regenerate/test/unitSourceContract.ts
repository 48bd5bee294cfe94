import { createRandom } from '@nasbench/foundation/random';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../src/journal/journal.ts';
import type { Claim, UnitSource } from '../src/units/unitSource.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';

/** Sources that give out the same units, as several coordinators would use them, and what they have kept. */
export interface SourceUnderTest {
  /** of one process; a source that only one process can use is given out once, and again */
  readonly source: () => Promise<UnitSource>;
  /** every run handed in so far, in any order */
  readonly kept: () => Promise<readonly JournalEntry[]>;
  readonly end: () => Promise<void>;
}

/**
 * What every source of units keeps to.
 * @param open a source of the units of WORK that are not in `finished`
 */
export function itKeepsTheContract(open: (finished: readonly JournalEntry[]) => Promise<SourceUnderTest>): void {
  const units = new UnitList(WORK, CONFIGURATION);
  const all = Array.from({ length: units.length }, (_, index) => units.at(index));
  const never = new AbortController().signal;
  const names = (entries: readonly { moduleHash: string; epochs: number; repeat: number }[]) =>
    entries.map(({ moduleHash, epochs, repeat }) => `${moduleHash} ${epochs} ${repeat}`).toSorted();

  async function withSource<T>(
    finished: readonly JournalEntry[],
    body: (test: SourceUnderTest) => Promise<T>,
  ): Promise<T> {
    const test = await open(finished);
    try {
      return await body(test);
    } finally {
      await test.end();
    }
  }

  /** A worker that finishes what it gets and gives some of it back first. */
  async function work(source: UnitSource, gives: () => boolean, out: Set<string>): Promise<number> {
    let count = 0;
    for (let claim = await source.take(never); claim !== undefined; claim = await source.take(never)) {
      const [name] = names([claim.unit]);
      expect(out, 'a unit is with one worker at a time').not.toContain(name);
      out.add(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
      out.delete(name);
      if (gives()) await claim.release();
      else {
        await claim.finish(entryOf(claim.unit));
        count++;
      }
    }
    return count;
  }

  describe('the contract of unit sources', () => {
    it('gives out every unit once and keeps every run', () =>
      withSource([], async ({ source, kept }) => {
        expect(await work(await source(), () => false, new Set())).toBe(all.length);
        expect(names(await kept())).toEqual(names(all));
      }));

    it('gives no unit to two workers, gives out again what came back, and ends for all of them', () =>
      withSource([], async ({ source, kept }) => {
        const random = createRandom('returns');
        const out = new Set<string>();
        const workers = Array.from({ length: 4 }, async () => work(await source(), () => random.float() < 0.3, out));
        const counts = await Promise.all(workers);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
        expect(names(await kept())).toEqual(names(all));
        expect((await kept()).find(({ moduleHash }) => moduleHash === all[3].moduleHash)).toEqual(
          expect.objectContaining({ moduleHash: all[3].moduleHash, seed: expect.any(String) }),
        );
      }));

    it('leaves out what is finished', () =>
      withSource(all.slice(0, 20).map(entryOf), async ({ source, kept }) => {
        expect(await work(await source(), () => false, new Set())).toBe(all.length - 20);
        expect(names(await kept())).toEqual(names(all.slice(20)));
      }));

    it('has nothing to give when all is finished', () =>
      withSource(all.map(entryOf), async ({ source }) => {
        expect(await (await source()).take(never)).toBeUndefined();
      }));

    it('lets a worker wait for a unit that may come back, and gives it to that one', () =>
      withSource(all.slice(1).map(entryOf), async ({ source, kept }) => {
        const [one, other] = [await source(), await source()];
        const first = (await one.take(never)) as Claim;
        const waiting = other.take(never);
        expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))])).toBe('waits');
        await first.release();
        const second = await waiting;
        expect(second?.unit).toEqual(first.unit);
        const third = one.take(never);
        await second?.finish(entryOf(first.unit));
        expect(await third).toBeUndefined();
        expect(await kept()).toHaveLength(1);
      }));

    it('ends a wait with the reason of the signal', () =>
      withSource(all.slice(1).map(entryOf), async ({ source }) => {
        const opened = await source();
        const claim = await opened.take(never);
        const stop = new AbortController();
        const waiting = (await source()).take(stop.signal);
        stop.abort(new Error('enough'));
        await expect(waiting).rejects.toThrow('enough');
        await expect(opened.take(stop.signal)).rejects.toThrow('enough');
        await claim?.release();
      }));
  });
}
