import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../src/journal/journal.ts';
import { RegenerationState } from '../src/regenerationState.ts';
import { LocalSource } from '../src/units/localSource.ts';
import { isInShard, parseShard, type Shard } from '../src/units/shard.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';
import { itKeepsTheContract } from './unitSourceContract.ts';

const units = new UnitList(WORK, CONFIGURATION);

function open(finished: readonly JournalEntry[], shard?: Shard): { source: LocalSource; entries: JournalEntry[] } {
  const state = new RegenerationState(units, shard, () => 1);
  for (const entry of finished) state.finished(entry);
  const entries: JournalEntry[] = [];
  const keep = async (entry: JournalEntry) => {
    entries.push(entry);
    state.finished(entry);
  };
  return { source: new LocalSource(units, (index) => state.isOpen(index), keep), entries };
}

describe('local', () => {
  itKeepsTheContract(async (finished) => {
    const { source, entries } = open(finished);
    return { source: async () => source, kept: async () => entries, end: () => source.close() };
  });
});

/** The shards of one regeneration, one after the other. */
describe('shards', () => {
  it('give out every unit once among them, whatever their number', async () => {
    for (const of of [1, 2, 3, 28, 40]) {
      const hashes: string[] = [];
      for (let number = 1; number <= of; number++) {
        const { source, entries } = open([], { number, of });
        const { signal } = new AbortController();
        for (let claim = await source.take(signal); claim !== undefined; claim = await source.take(signal))
          await claim.finish(entryOf(claim.unit));
        hashes.push(...entries.map((entry) => `${entry.moduleHash} ${entry.epochs} ${entry.repeat}`));
        expect(Math.abs(entries.length - units.length / of)).toBeLessThan(1);
      }
      expect(new Set(hashes).size).toBe(units.length);
      expect(hashes).toHaveLength(units.length);
    }
  });

  it('are given as I/N', () => {
    expect(parseShard('3/8')).toEqual({ number: 3, of: 8 });
    expect(isInShard(10, { number: 3, of: 8 })).toBe(true);
    for (const wrong of ['0/8', '9/8', '1', '1/0', '-1/2', '1/2/3', '1.5/2'])
      expect(() => parseShard(wrong)).toThrow(`shard "${wrong}", expected I/N with I of 1 to N`);
  });
});
