import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '@nasbench/foundation/errors';
import { type NetworkConfig, type NetworkPlan, OPERATIONS, type Operations } from '@nasbench/model';
import { type ImageSet, SPLITS } from '../images/imageSet.ts';
import type { TrainingConfig } from '../procedure/config.ts';

/** Everything that decides the bits of a run: one that is interrupted can be continued only by the same. */
export interface RunIdentity {
  /** the pruned cell: rows of its matrix, then the operations of its inner vertices */
  readonly cell: string;
  readonly network: NetworkConfig;
  /** of all layers, as sha-256, where an operation of the cell is the user's own: its name does not say what it does */
  readonly layers?: string;
  readonly training: TrainingConfig;
  readonly epochs: number;
  readonly seed: string;
  /** of pixels, labels and normalisation of all splits, as sha-256 */
  readonly images: string;
  /** backend and version */
  readonly engine: string;
  readonly sampleMetrics: boolean;
}

/** A checkpoint was made by another run. */
export class OtherRunError extends UsageError {
  override readonly name: string = 'OtherRunError';
}

/** @throws OtherRunError naming the first difference, found and wanted */
export function assertSameRun(found: RunIdentity, wanted: RunIdentity, source: string): void {
  const difference = firstDifference('', found, wanted);
  if (difference !== undefined) throw new OtherRunError(`${source} is of another run: ${difference}`);
}

function firstDifference(path: string, found: unknown, wanted: unknown): string | undefined {
  if (isDeepStrictEqual(found, wanted)) return undefined;
  if (isObject(found) && isObject(wanted))
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      const difference = firstDifference(path === '' ? key : `${path}.${key}`, found[key], wanted[key]);
      if (difference !== undefined) return difference;
    }
  return `${path} is ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The identity's `layers`; nothing for a cell whose operations are all those of `@nasbench/model`. */
export function fingerprintOfOwnLayers(
  { cell, layers }: NetworkPlan,
  operations: Operations = OPERATIONS,
): Pick<RunIdentity, 'layers'> {
  const isOwn = (name: string) => !Object.hasOwn(OPERATIONS, name) || operations[name] !== OPERATIONS[name];
  if (!cell.pruned?.operations.slice(1, -1).some(isOwn)) return {};
  return { layers: createHash('sha256').update(JSON.stringify(layers)).digest('hex') };
}

const fingerprints = new WeakMap<ImageSet, string>();

/** Of everything about a set of images that reaches a network; remembered, for the pixels are many. */
export function fingerprintOf(images: ImageSet): string {
  let fingerprint = fingerprints.get(images);
  if (fingerprint === undefined) {
    const { size, channels, labels, mean, std, mirrorable } = images;
    const hash = createHash('sha256').update(JSON.stringify([size, channels, labels, mean, std, mirrorable]));
    for (const name of SPLITS) hash.update(images[name].images).update(images[name].labels);
    fingerprint = hash.digest('hex');
    fingerprints.set(images, fingerprint);
  }
  return fingerprint;
}
