import type { TableMetadata } from './metadata.ts';

/** Where a table's numbers come from, in words for a line of output: its provenance and, for a surrogate, how far it was off. */
export function describeProvenance(metadata: TableMetadata): string {
  const error = surrogateError(metadata);
  return error === undefined ? metadata.provenance : `${metadata.provenance} (${error})`;
}

/** How far a surrogate was off at its largest budget: `rank correlation 0.973 with rows left out of its fit`; else undefined. */
export function surrogateError({ surrogate }: TableMetadata): string | undefined {
  if (typeof surrogate !== 'object' || surrogate === null || !('budgets' in surrogate)) return undefined;
  const last: unknown = Array.isArray(surrogate.budgets) ? surrogate.budgets.at(-1) : undefined;
  if (typeof last !== 'object' || last === null || !('spearman' in last)) return undefined;
  const { spearman } = last;
  return typeof spearman === 'number'
    ? `rank correlation ${spearman.toFixed(3)} with rows left out of its fit`
    : undefined;
}
