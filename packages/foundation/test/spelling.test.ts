import { expect, it } from 'vitest';
import { spellingDistance } from '../src/spelling.ts';

it.each([
  ['epochs', 'epochs', 0],
  ['epoch', 'epochs', 1],
  ['ephocs', 'epochs', 2],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['abc', '', 3],
])('%j is so many letters from %j: %d', (from, to, distance) => {
  expect(spellingDistance(from, to)).toBe(distance);
});

it('counts additions at the end as it is told', () => {
  expect(spellingDistance('test', 'test_108', 0.1)).toBeCloseTo(0.4);
  expect(spellingDistance('test_108', 'test', 0.1)).toBe(4);
});
