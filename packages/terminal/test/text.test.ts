import {
  formatDuration,
  formatNumber,
  formatPercent,
  formatTable,
  integerBetween,
  listOf,
  nonNegativeInteger,
  positiveInteger,
  positiveNumber,
} from '@nasbench/terminal';
import { describe, expect, it } from 'vitest';

describe('text', () => {
  it('aligns text left and numbers right', () => {
    expect(
      formatTable([
        ['name', 'n'],
        ['a', 5],
        ['bcdef', 123],
      ]),
    ).toBe('name     n\na        5\nbcdef  123');
  });

  it('writes durations in two units', () => {
    expect([4.21, 59.6, 61, 3599, 7265, 200_000].map(formatDuration)).toEqual([
      '4.2 s',
      '1 min 0 s',
      '1 min 1 s',
      '59 min 59 s',
      '2 h 1 min',
      '2 d 7 h',
    ]);
  });

  it('writes numbers and shares', () => {
    expect(formatNumber(1293208)).toBe('1 293 208');
    expect(formatPercent(0.94317)).toBe('94.32 %');
  });
});

describe('option parsers', () => {
  it.each(['0', '-1', '1.5', 'x', '', '1e15', '1000000001', 'Infinity'])('positiveInteger refuses %j', (text) => {
    expect(() => positiveInteger(text)).toThrow('expected a whole number from 1');
  });

  it('nonNegativeInteger takes 0 and refuses nothing written', () => {
    expect(nonNegativeInteger('0')).toBe(0);
    expect(() => nonNegativeInteger(' ')).toThrow('expected a whole number from 0');
  });

  it('bounds are part of the range and of the message', () => {
    const port = integerBetween(0, 65_535);
    expect([port('0'), port('65535')]).toEqual([0, 65_535]);
    expect(() => port('65536')).toThrow('expected a whole number from 0 to 65535');
    // commander hands the default on as a second argument.
    expect(['7'].map(positiveInteger)).toEqual([7]);
  });

  it.each(['0', '-1', 'x', '', '1e15', 'Infinity'])('positiveNumber refuses %j', (text) => {
    expect(() => positiveNumber(text)).toThrow('expected a number above 0, 1000000000 at most');
  });

  it('lists refuse repetitions', () => {
    expect(listOf(positiveInteger)('4, 12')).toEqual([4, 12]);
    expect(() => listOf(positiveInteger)('4,4')).toThrow('4,4 names one value twice');
  });
});
