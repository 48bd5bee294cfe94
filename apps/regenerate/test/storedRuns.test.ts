import { buildTable, type RunRecord, type TableMetadata } from '@nasbench/dataset';
import { describe, expect, it } from 'vitest';
import { UnitList } from '../src/units/units.ts';
import { chooseRuns } from '../src/verify/storedRuns.ts';
import { CONFIGURATION, entryOf, WORK } from './runs.ts';

const units = new UnitList(WORK, CONFIGURATION);
const ENTRIES = Array.from({ length: units.length }, (_, i) => entryOf(units.at(i)));
const METADATA: TableMetadata = {
  formatVersion: 1,
  provenance: 'regenerated',
  epochs: [1, 2],
  repeats: 2,
  space: { ...WORK.space, operations: CONFIGURATION.operations },
  images: null,
  network: null,
  training: null,
  codeVersion: '0.1.0',
  seed: '0',
  engine: null,
};
const tableOf = (records: readonly RunRecord[]) => buildTable(records, METADATA);

describe('runs to verify', () => {
  it('are all runs of so many rows, by the seed', () => {
    const table = tableOf(ENTRIES);
    const rowsOf = (seed: string) => chooseRuns(table, { rows: 3, seed }, 'none').map(({ row }) => row);
    expect(rowsOf('0')).toHaveLength(12);
    expect(new Set(rowsOf('0')).size).toBe(3);
    expect(rowsOf('0')).toEqual(rowsOf('0'));
    expect(new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => rowsOf(seed).join())).size).toBeGreaterThan(1);
    expect(chooseRuns(table, { rows: 99, seed: '0' }, 'none')).toHaveLength(28);
    expect(chooseRuns(table, { rows: 99, seed: '0', epochs: [2], repeat: 1 }, 'none')).toHaveLength(7);
  });

  it('are those that the table has, failed ones too', () => {
    const [first, second] = ENTRIES;
    const table = tableOf([first, { ...second, points: null }]);
    const runs = chooseRuns(table, { rows: 9, seed: '0' }, 'none');
    expect(runs.map(({ points, seconds }) => [points, seconds])).toEqual([
      [first.points, 2],
      [null, 2],
    ]);
    expect(() => chooseRuns(table, { rows: 9, seed: '0', repeat: 1 }, 'none')).toThrow('the table has no such runs');
    expect(() => chooseRuns(table, { rows: 9, seed: '0', repeat: 2 }, 'none')).toThrow('no repeat 2 in this table');
    expect(() => chooseRuns(table, { rows: 9, seed: '0', epochs: [3] }, 'none')).toThrow('no runs with 3 epochs');
  });

  it('are those of the engine that computes, where there are several', () => {
    const table = tableOf(ENTRIES.map((entry, i) => ({ ...entry, engine: i < 2 ? 'wasm' : 'cpu' })));
    expect(chooseRuns(table, { rows: 9, seed: '0' }, 'wasm')).toHaveLength(2);
    expect(() => chooseRuns(table, { rows: 9, seed: '0' }, 'webgpu')).toThrow(
      'no such runs of webgpu, only of cpu, wasm',
    );
  });
});
