import { expect, it } from 'vitest';
import { describeProvenance } from '../src/index.ts';
import { METADATA } from './samples.ts';

it('a surrogate says how far it was off, other tables only what they are', () => {
  expect(describeProvenance(METADATA)).toBe('synthetic');
  expect(describeProvenance({ ...METADATA, provenance: 'surrogate' })).toBe('surrogate');
  const surrogate = {
    budgets: [
      { epochs: 4, spearman: 0.8 },
      { epochs: 108, spearman: 0.97349 },
    ],
  };
  expect(describeProvenance({ ...METADATA, provenance: 'surrogate', surrogate })).toBe(
    'surrogate (rank correlation 0.973 with rows left out of its fit)',
  );
});
