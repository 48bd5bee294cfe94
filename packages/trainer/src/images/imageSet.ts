/** Labelled 8-bit images, one after another, each in rows of pixels with the channels of a pixel side by side. */
export interface ImageSplit {
  /** count x size x size x channels values of 0 .. 255 */
  readonly images: Uint8Array;
  /** one label per image, 0 .. labels - 1 */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** The splits that one benchmark trains and evaluates on. */
export interface ImageSet {
  /** the name that {@link loadImages} was called with */
  readonly name: string;
  /**
   * where the images come from, how many, what is missing or different from the official files, whether training may
   * mirror them, and what they are normalised by
   */
  readonly description: string;
  /** height and width in pixels */
  readonly size: number;
  readonly channels: number;
  /** number of classes */
  readonly labels: number;
  /** per channel, of raw values 0 .. 255: training and evaluation use (value - mean) / std */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** whether the mirror image of a picture is as good a picture: digits are not, photographs are */
  readonly mirrorable: boolean;
  readonly train: ImageSplit;
  /** the images that train accuracy is measured on: those of `train` that are among the first of the stored ones */
  readonly trainEvaluation: ImageSplit;
  readonly validation: ImageSplit;
  readonly test: ImageSplit;
}

export const SPLITS = ['train', 'trainEvaluation', 'validation', 'test'] as const;
export type SplitName = (typeof SPLITS)[number];

/** What may be changed about a set of images when it is loaded. */
export interface ImageOptions {
  /**
   * Height and width wanted, in pixels. Stored images are shrunk by averaging whole blocks of pixels, so it must divide
   * their own size (MNIST: 28, 14, 7, ..; CIFAR-10: 32, 16, 8, ..); `synthetic` images are drawn in any size from 4.
   */
  readonly size?: number;
  /**
   * At most so many images of a split, spread evenly over it (of N images number i is image floor(i N / limit)).
   * `trainEvaluation` is taken from those of its images that are left in `train`, so that it stays images that were
   * trained on: of 10 000 in 50 000 a limit of 4 000 on `train` leaves 800.
   */
  readonly limits?: Partial<Record<SplitName, number | undefined>>;
  /**
   * Whether a mirrored picture is as good a picture, if the set's own answer is not the right one. `folder` and `idx` sets
   * say no, which is always safe; for photographs say yes.
   */
  readonly mirrorable?: boolean | undefined;
}

/** Splits as stored: `trainEvaluation` is the first `trainEvaluationCount` images of `train`. */
export interface StoredImages extends Omit<ImageSet, 'trainEvaluation'> {
  readonly trainEvaluationCount: number;
}

export function headOf(split: ImageSplit, count: number): ImageSplit {
  const pixels = split.images.length / split.count;
  return { images: split.images.subarray(0, count * pixels), labels: split.labels.subarray(0, count), count };
}

/** How many of `limit` images spread evenly over `count` are among the first `head` of these: they come first. */
export function countWithin(head: number, limit: number, count: number): number {
  return Math.ceil((head * limit) / count);
}

/** `limit` images spread evenly over the split; the split itself if it has no more than that. */
export function spreadOver(split: ImageSplit, limit: number): ImageSplit {
  if (limit >= split.count) return split;
  const pixels = split.images.length / split.count;
  const images = new Uint8Array(limit * pixels);
  const labels = new Uint8Array(limit);
  for (let i = 0; i < limit; i++) {
    const source = Math.floor((i * split.count) / limit);
    images.set(split.images.subarray(source * pixels, (source + 1) * pixels), i * pixels);
    labels[i] = split.labels[source];
  }
  return { images, labels, count: limit };
}
