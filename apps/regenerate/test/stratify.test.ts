import { expect, it } from 'vitest';
import { stratifiedSample } from '../src/units/stratify.ts';

it('takes the middle of equal strata in order of cost', () => {
  const items = [90, 10, 50, 30, 70, 20, 40, 60, 80, 100];
  expect(stratifiedSample(items, 5, (item) => item)).toEqual([20, 40, 60, 80, 100]);
  expect(stratifiedSample(items, 2, (item) => item)).toEqual([30, 80]);
});

it('gives everything when asked for more than there is', () => {
  expect(stratifiedSample([3, 1], 5, (item) => item)).toEqual([3, 1]);
});
