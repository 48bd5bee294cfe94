import type { TableMetadata } from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import { describeEngine, type Engine, type ImageSet, loadImages } from '@nasbench/trainer';
import { Configuration, describeImages, imageOptions } from './configuration/configuration.ts';

/**
 * How the rows of a regenerated table were trained: its network, procedure, images and seed, and the images themselves.
 *
 * @param imagesName where the images are, if the table's own name does not say it (`cifar10` for `cifar10:DIR`)
 * @throws UsageError for a table that does not say how it was made, or other images than it was made with
 */
export async function tableTraining(
  { images: described, network, training, seed, space, ownOperations, codeVersion }: TableMetadata,
  imagesName: string | undefined,
): Promise<{ readonly configuration: Configuration; readonly images: ImageSet }> {
  const parsed = Configuration.safeParse({
    seed,
    operations: space.operations,
    network,
    training,
    codeVersion,
    images: described,
    engines: 'any',
    ...(ownOperations === undefined ? {} : { ownOperations }),
  });
  if (!parsed.success)
    throw new UsageError('the table does not say how it was trained; expected one that assemble wrote');
  const configuration = parsed.data;
  const options = imageOptions(configuration.images);
  const images = await loadImages(imagesName ?? configuration.images.name, options);
  const { sha256 } = describeImages(images, options);
  if (sha256 === configuration.images.sha256) return { configuration, images };
  throw new UsageError(
    `images ${images.name} have the checksum ${sha256}, the table was trained on ${configuration.images.sha256}`,
  );
}

/** Why numbers may differ from the table's though everything that decides them is the same; undefined if nothing does. */
export function differenceOf({ codeVersion, engine, engines }: TableMetadata, version: string, running: Engine) {
  const now = describeEngine(running);
  if (codeVersion !== version) return `the table was made by nasbench ${codeVersion}, this is ${version}`;
  const known = engines ?? [engine ?? 'an unknown engine'];
  return known.includes(now) ? undefined : `the table was trained on ${known.join(', ')}, this is ${now}`;
}
