import { describe, expect, it } from 'vitest';
import { RegenerationState } from '../src/regenerationState.ts';
import { UnitList } from '../src/units/units.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';

describe('UnitList', () => {
  const units = new UnitList(WORK, CONFIGURATION);

  it('numbers every run of the space, first repeats and small budgets first', () => {
    const all = Array.from({ length: units.length }, (_, index) => units.at(index));
    expect(units.length).toBe(7 * 2 * 2);
    expect(all.map(({ repeat, epochs }) => 2 * repeat + epochs)).toEqual(
      [1, 2, 3, 4].flatMap((group) => Array.from({ length: 7 }, () => group)),
    );
    expect(new Set(all.map(({ moduleHash }) => moduleHash)).size).toBe(7);
    for (const [index, unit] of all.entries()) expect(units.indexOf(unit)).toBe(index);
  });

  it('knows what is not in it', () => {
    const unit = units.at(0);
    expect(units.indexOf({ ...unit, epochs: 3 })).toBe(-1);
    expect(units.indexOf({ ...unit, repeat: 2 })).toBe(-1);
    expect(units.indexOf({ ...unit, moduleHash: '0'.repeat(32) })).toBe(-1);
  });

  it('numbers listed cells as it does those of a space', () => {
    const texts = Array.from({ length: 7 }, (_, row) => units.at(row).cell);
    const listed = new UnitList({ ...WORK, cells: texts.toReversed() }, CONFIGURATION);
    expect(Array.from({ length: listed.length }, (_, index) => listed.at(index))).toEqual(
      Array.from({ length: units.length }, (_, index) => units.at(index)),
    );
  });

  it('refuses a list that nobody could finish', () => {
    expect(() => new UnitList({ ...WORK, repeats: 10_000_000 }, CONFIGURATION)).toThrow(
      '140000000 runs are too many for one folder',
    );
  });
});

describe('RegenerationState', () => {
  const units = new UnitList(WORK, CONFIGURATION);
  const first = entryOf(units.at(0));

  it('counts a run once, however often a journal has it', () => {
    const state = new RegenerationState(units, undefined, (_cell, epochs) => epochs);
    state.finished(first);
    state.finished(first);
    expect(state.now()).toMatchObject({ done: 1, total: 28, failed: 0, work: 1, totalWork: 14 * 1 + 14 * 2 });
  });

  it('counts a failed run that was trained again as what it became', () => {
    const state = new RegenerationState(units, undefined, () => 1);
    state.finished({ ...first, points: null });
    expect(state.now()).toMatchObject({ done: 1, failed: 1 });
    state.finished(first);
    expect(state.now()).toMatchObject({ done: 1, failed: 0 });
  });

  it('adds what is running, until it is finished', () => {
    const state = new RegenerationState(units, undefined, () => 10);
    state.running(0, units.at(0), 0.5, 100);
    state.running(1, units.at(1), 0.2, 50);
    expect(state.now()).toMatchObject({ work: 7, imagesPerSecond: 150 });
    state.finished(first);
    expect(state.now()).toMatchObject({ done: 1, work: 12, imagesPerSecond: 50, running: [{ worker: 1 }] });
  });

  it('passes over runs of other work and of other shards', () => {
    const state = new RegenerationState(units, { number: 2, of: 2 }, () => 1);
    state.finished(first);
    state.finished({ ...first, epochs: 7 });
    expect(state.now()).toMatchObject({ done: 0, total: 14 });
  });
});
