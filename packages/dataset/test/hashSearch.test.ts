import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readHash, writeHash } from '../src/hashBytes.ts';
import { HashSearch } from '../src/hashSearch.ts';
import { presentArray } from '../src/lazyArray.ts';

const BEFORE_BUCKETS = 256;
const digits = fc.constantFrom('0', '1', '8', 'f');
// Hashes that share long beginnings, unlike real ones: buckets get crowded.
const hash = fc.array(digits, { minLength: 32, maxLength: 32 }).map((list) => list.join(''));
const crowded = fc
  .tuple(fc.constantFrom('', '0'.repeat(28), 'f'.repeat(28)), hash)
  .map(([head, tail]) => (head + tail).slice(0, 32));

it('finds exactly the hashes that are there', () => {
  fc.assert(
    fc.property(fc.uniqueArray(crowded, { maxLength: 60 }), crowded, (list, other) => {
      const sorted = list.toSorted();
      const bytes = hashBytes(sorted);
      const index = new HashSearch(presentArray(bytes), 'test');
      expect(sorted.map((text) => index.find(text))).toEqual(sorted.map((_, row) => row));
      expect(sorted.map((_, row) => readHash(bytes, row))).toEqual(sorted);
      expect(index.find(other)).toBe(sorted.indexOf(other));
    }),
    { seed: 105, numRuns: 300 },
  );
});

it('finds the same once it has been asked often, in crowded ranges too', () => {
  fc.assert(
    fc.property(fc.uniqueArray(crowded, { minLength: 1, maxLength: 300 }), crowded, (list, other) => {
      const sorted = list.toSorted();
      const index = new HashSearch(presentArray(hashBytes(sorted)), 'test');
      for (let question = 0; question < BEFORE_BUCKETS; question++) index.find(sorted[0]);
      expect(sorted.map((text) => index.find(text))).toEqual(sorted.map((_, row) => row));
      expect(index.find(other)).toBe(sorted.indexOf(other));
    }),
    { seed: 106, numRuns: 50 },
  );
});

it('finds no row for what is no hash', () => {
  const zeros = '0'.repeat(32);
  const index = new HashSearch(presentArray(hashBytes([zeros])), 'test');
  const wrong = [
    '',
    zeros.slice(1),
    `${zeros}0`,
    `${zeros.slice(1)}g`,
    `A${zeros.slice(1)}`,
    `\u0130${zeros.slice(1)}`,
  ];
  expect(wrong.map((text) => index.find(text))).toEqual(wrong.map(() => -1));
  expect(index.find(zeros)).toBe(0);
});

function hashBytes(sorted: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(16 * sorted.length);
  for (const [i, text] of sorted.entries()) writeHash(bytes, i, text);
  return bytes;
}
