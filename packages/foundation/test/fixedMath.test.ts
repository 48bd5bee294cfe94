import { cos, exp, log } from '@nasbench/foundation/math';
import { createRandom } from '@nasbench/foundation/random';
import { expect, it } from 'vitest';

/** Distance in units of the last place of the larger one. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  return Math.abs(a - b) / 2 ** (Math.floor(Math.log2(Math.max(Math.abs(a), Math.abs(b)))) - 52);
}

const random = createRandom('fixed math');

it.each([
  ['log', log, Math.log, () => Math.exp(1400 * random.float() - 700)],
  ['log near 1', log, Math.log, () => 0.5 + random.float()],
  ['exp', exp, Math.exp, () => 1400 * random.float() - 700],
  ['exp near 0', exp, Math.exp, () => random.float() - 0.5],
] as const)('%s agrees with the engine within 1 unit in the last place', (_, ours, engines, draw) => {
  for (let i = 0; i < 50_000; i++) {
    const x = draw();
    expect(ulps(ours(x), engines(x)), String(x)).toBeLessThanOrEqual(1);
  }
});

it('cos agrees with the engine within 1e-16 of its range', () => {
  for (let i = 0; i < 50_000; i++) {
    const x = (random.float() - 0.5) * (i % 2 ? 8 : 2000);
    expect(Math.abs(cos(x) - Math.cos(x)), String(x)).toBeLessThanOrEqual(2.3e-16);
  }
});

it('meets the ends of the ranges', () => {
  expect([log(0), log(-1), log(Infinity), log(1)]).toEqual([-Infinity, Number.NaN, Infinity, 0]);
  expect(ulps(log(5e-324), Math.log(5e-324))).toBeLessThanOrEqual(1);
  expect([exp(0), exp(-800), exp(800), exp(Number.NaN)]).toEqual([1, 0, Infinity, Number.NaN]);
  expect(exp(-745)).toBe(5e-324);
  expect([cos(0), cos(Math.PI)]).toEqual([1, -1]);
  expect(() => cos(1e6)).toThrow(RangeError);
});
