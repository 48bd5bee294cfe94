import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockRegion } from '../src/blockRegion.ts';

const LENGTH = 3_000_001;
const file = Uint8Array.from({ length: LENGTH }, (_, i) => (i * 2654435761) >>> 24);

function openRegion() {
  const timesRead = new Uint8Array(LENGTH);
  let calls = 0;
  const region = blockRegion(LENGTH, (target, offset) => {
    calls++;
    target.set(file.subarray(offset, offset + target.length));
    for (let i = offset; i < offset + target.length; i++) timesRead[i]++;
  });
  return { region, timesRead, calls: () => calls };
}

describe('blockRegion', () => {
  it('has every byte that was ensured, and reads none twice', () => {
    const ranges = fc.array(fc.tuple(fc.nat(LENGTH), fc.oneof(fc.nat(20), fc.nat(200_000))), { maxLength: 120 });
    fc.assert(
      fc.property(ranges, (list) => {
        const { region, timesRead } = openRegion();
        for (const [start, length] of list) {
          const end = Math.min(start + length, LENGTH);
          region.ensure(start, end);
          expect(Buffer.compare(region.bytes.subarray(start, end), file.subarray(start, end))).toBe(0);
        }
        expect(timesRead.every((times) => times <= 1)).toBe(true);
      }),
      { seed: 106, numRuns: 20 },
    );
  });

  it('reads little for a look-up, and everything at once for many', () => {
    const { region, timesRead, calls } = openRegion();
    region.ensure(1_000_000, 1_000_012);
    expect(calls()).toBe(1);
    expect(timesRead.reduce((sum, times) => sum + times, 0)).toBe(2 ** 14);
    for (let start = 0; start < LENGTH; start += 2 ** 14) region.ensure(start, start + 1);
    expect(timesRead.every((times) => times === 1)).toBe(true);
    expect(calls()).toBeLessThan(70);
  });
});
