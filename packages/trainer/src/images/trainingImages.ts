import { UsageError } from '@nasbench/foundation/errors';
import { type ImageSet, type ImageSplit, SPLITS } from './imageSet.ts';

/** How many images are trained on; `train-and-validation` is the reference's augmented training (CIFAR-10: 50 000). */
export function trainingCount(images: ImageSet, { trainOn }: { readonly trainOn: string }): number {
  return images.train.count + (trainOn === 'train' ? 0 : images.validation.count);
}

/** The set with the images trained on as its training split; those of the validation split come after the others. */
export function withTrainingSplit(images: ImageSet, config: { readonly trainOn: string }): ImageSet {
  if (config.trainOn === 'train') return images;
  const { train, validation } = images;
  const count = trainingCount(images, config);
  const joined = {
    images: new Uint8Array(train.images.length + validation.images.length),
    labels: new Uint8Array(count),
  };
  joined.images.set(train.images);
  joined.images.set(validation.images, train.images.length);
  joined.labels.set(train.labels);
  joined.labels.set(validation.labels, train.count);
  return { ...images, train: { ...joined, count } };
}

/** Images per class in the fixed sample. */
const PER_CLASS = 10;

/**
 * The fixed images that sample metrics are computed on: the first 10 of each class of the validation split (all, where
 * there are fewer), ordered by class. CIFAR-10: 100 images of batch 5, the reference's `sample`.
 */
export function sampleOf({ validation, labels, size, channels }: ImageSet): ImageSplit {
  const chosen = Array.from({ length: labels }, (_, label) => {
    const places: number[] = [];
    for (let i = 0; i < validation.count && places.length < PER_CLASS; i++)
      if (validation.labels[i] === label) places.push(i);
    return places;
  }).flat();
  const values = size * size * channels;
  const images = new Uint8Array(chosen.length * values);
  for (const [i, place] of chosen.entries())
    images.set(validation.images.subarray(place * values, (place + 1) * values), i * values);
  return { images, labels: Uint8Array.from(chosen, (place) => validation.labels[place]), count: chosen.length };
}

/** Refuses a set whose arrays are not what its numbers say, or with a label out of range; loaded ones are as they should be. */
export function assertImageSet(images: ImageSet): void {
  const values = images.size * images.size * images.channels;
  for (const name of SPLITS) {
    const split = images[name];
    const what = `${name} split of ${images.name}`;
    if (split.images.length !== split.count * values)
      throw new UsageError(
        `${what} has ${split.images.length} pixel values, expected ${split.count * values} for ${split.count} images ` +
          `of ${images.size} x ${images.size} x ${images.channels}`,
      );
    if (split.labels.length !== split.count)
      throw new UsageError(`${what} has ${split.labels.length} labels, expected ${split.count}`);
    const wrong = split.labels.findIndex((label) => label >= images.labels);
    if (wrong >= 0)
      throw new UsageError(`${what}, image ${wrong}: label ${split.labels[wrong]}, expected 0 to ${images.labels - 1}`);
  }
}
