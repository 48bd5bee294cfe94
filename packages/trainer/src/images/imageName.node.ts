import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';

/** Sets that are read from a folder of the user's; `mnist` alone is that of a package. */
const FOLDER_SETS = ['mnist', 'cifar10', 'folder', 'idx'] as const;
type FolderSet = (typeof FOLDER_SETS)[number];

const ACCEPTED = 'mnist, mnist:DIR, cifar10:DIR, folder:DIR, idx:DIR, synthetic or synthetic:SEED';

/** A name of images, as {@link loadImages} takes it, in its parts. */
export type ImageName = (
  | { readonly kind: FolderSet; readonly folder: string }
  | { readonly kind: 'mnist'; readonly folder?: never }
  | { readonly kind: 'synthetic'; readonly seed: string; readonly folder?: never }
) & {
  /** the name without its folder, which is another on every machine: `cifar10` of `cifar10:DIR`; else the whole name */
  readonly set: string;
  /** the name with its folder made absolute: the same images from every working directory */
  readonly absolute: string;
};

/**
 * Takes a name of images apart; whether the folder exists is for {@link loadImages} to see.
 *
 * @param base folder that a relative path starts from
 * @throws UsageError for a name that is not accepted
 */
export function parseImageName(name: string, base: string = process.cwd()): ImageName {
  const colon = name.indexOf(':');
  const kind = colon < 0 ? name : name.slice(0, colon);
  const detail = colon < 0 ? undefined : name.slice(colon + 1);
  if (kind !== 'synthetic' && !isFolderSet(kind))
    throw new UsageError(`unknown images ${JSON.stringify(name)}, expected ${ACCEPTED}`);
  if (detail === '') throw new UsageError(`images ${name}: nothing after the colon, expected ${ACCEPTED}`);
  if (kind === 'synthetic') return { kind, seed: detail ?? '0', set: name, absolute: name };
  if (detail !== undefined) {
    const folder = path.resolve(base, detail);
    return { kind, folder, set: kind, absolute: `${kind}:${folder}` };
  }
  if (kind !== 'mnist') throw new UsageError(`images ${kind} need the folder that they are in: ${kind}:DIR`);
  return { kind, set: name, absolute: name };
}

function isFolderSet(text: string): text is FolderSet {
  return (FOLDER_SETS as readonly string[]).includes(text);
}
