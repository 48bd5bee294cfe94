import { type MetricColumn, rankRows } from '@nasbench/dataset';
import { expect, it } from 'vitest';

it('orders rows by the mean of the runs that are there, and leaves out rows without', () => {
  const column: MetricColumn = {
    name: 'test_accuracy_4',
    repeats: 2,
    values: Float32Array.of(0.5, 0.25, 0.75, 0.5, 9, 9, 0.25, 1, 0.875, 9),
    // Both runs of rows 0, 1 and 3, none of row 2, the first of row 4.
    validity: Uint8Array.of(0b11001111, 0b1),
  };
  expect(rankRows(column)).toEqual([4, 1, 3, 0]);
});
