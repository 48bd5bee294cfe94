import { expect, it } from 'vitest';
import { countTests } from '../scripts/testCounts.js';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test, i) => ({ status: test, fullName: `test ${i}` })),
});
const count = (files: Parameters<typeof countTests>[0], status: number) => {
  const { passed, failed } = countTests(files, status, () => false);
  return { passed, failed };
};

it('counts tests and files that could not be loaded', () => {
  expect(count([file('passed', 'passed', 'passed')], 0)).toEqual({ passed: 2, failed: 0 });
  expect(count([file('failed', 'passed', 'failed'), file('failed')], 1)).toEqual({ passed: 1, failed: 2 });
});

it('counts one failure if vitest failed though no test did', () => {
  expect(count([file('passed', 'passed')], 1)).toEqual({ passed: 1, failed: 1 });
  expect(count([], 1)).toEqual({ passed: 0, failed: 1 });
});

it('counts a skipped test as failed unless it may be', () => {
  const files = [file('passed', 'passed', 'skipped', 'pending')];
  const { failed, skipped, allowed } = countTests(files, 0, (name) => name === 'test 1');
  expect({ failed, skipped, allowed }).toEqual({ failed: 1, skipped: ['test 1', 'test 2'], allowed: 1 });
});
