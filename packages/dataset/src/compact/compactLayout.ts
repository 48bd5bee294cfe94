import type { NetworkConfig } from '@nasbench/model';
import { TableFormatError } from '../errors.ts';

/**
 * How a compact file differs from a plain one; nothing of it is lost, and reading it gives the same table. In the schema's
 * metadata as JSON text under `nasbench.compact`; a plain file has no such key.
 */
export interface CompactLayout {
  /** Columns of counts (named as `countColumn` says) and the number of images that they count. */
  readonly counts: Readonly<Record<string, number>>;
  /** Columns of the cells that are absent, because they follow from the cell. */
  readonly computed: readonly ('module_hash' | 'trainable_parameters')[];
  /** The network whose parameters are counted, if `trainable_parameters` is among `computed`. */
  readonly network: NetworkConfig | null;
}

const KEY = 'nasbench.compact';

/** `test_accuracy_108` as counts is `test_correct_108`: correctly classified images. */
export const countColumn = (accuracyColumn: string): string => accuracyColumn.replace('_accuracy_', '_correct_');

export const layoutToPair = (layout: CompactLayout): [string, string] => [KEY, JSON.stringify(layout)];

/** The layout of a file, or undefined of a plain one. Throws TableFormatError. */
export function layoutFromPairs(pairs: ReadonlyMap<string, string>, source: string): CompactLayout | undefined {
  const text = pairs.get(KEY);
  if (text === undefined) return undefined;
  const value = parsed(text);
  if (!isLayout(value)) {
    throw new TableFormatError(
      `${source}: schema metadata ${KEY}: expected {counts, computed, network}, found ${text.slice(0, 60)}`,
    );
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isLayout(value: unknown): value is CompactLayout {
  if (!isObject(value)) return false;
  const { counts, computed, network } = value;
  return (
    isObject(counts) &&
    Object.values(counts).every((images) => Number.isSafeInteger(images) && (images as number) > 0) &&
    Array.isArray(computed) &&
    computed.every((name) => name === 'module_hash' || name === 'trainable_parameters') &&
    (computed.includes('trainable_parameters') ? isObject(network) : network === null)
  );
}
