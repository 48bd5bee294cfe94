import { meanOverRepeats, type NASBench } from '@nasbench/dataset';

/** Rows with a run at the budget, by mean validation accuracy, best first. */
export function rowsByValidation(bench: NASBench, epochs: number): number[] {
  const means = meanOverRepeats(bench.column(`validation_accuracy_${epochs}`));
  return Array.from(means.keys())
    .filter((row) => !Number.isNaN(means[row]))
    .toSorted((a, b) => means[b] - means[a] || a - b);
}
