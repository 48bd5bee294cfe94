import type { LazyArray } from '../lazyArray.ts';
import { isPresent, type MetricColumn } from '../tableSource.ts';
import { computedArray } from './computedArray.ts';

/** Counts are uint16. */
const MAX_IMAGES = 2 ** 16 - 1;
/** The official table's accuracies are counts of so many images (39 batches of 256): tried first. */
const OFFICIAL_IMAGES = 9984;
/** So many different values decide which number of images to try on the whole column. */
const PROBES = 64;

/** A column of accuracies as what they were before a division: correctly classified images among `images`. */
export interface CountColumn {
  readonly images: number;
  readonly counts: Uint16Array;
}

/** The accuracy of `count` among `images`, as float32: the official values are exactly this. */
const accuracyOf = (count: number, images: number): number => Math.fround(count / images);

/** The column as counts, if every value of it is exactly fround(count / images) for one number of images below 65 536. */
export function asCounts(column: MetricColumn): CountColumn | undefined {
  if (!(column.values instanceof Float32Array)) return undefined;
  const probes = differentValues(column);
  const fits = (images: number): boolean =>
    probes.every((value) => value >= 0 && value <= 1 && accuracyOf(Math.round(value * images), images) === value);
  let images = OFFICIAL_IMAGES;
  if (!fits(images)) for (images = 1; images <= MAX_IMAGES && !fits(images); images++);
  if (images > MAX_IMAGES) return undefined;
  const counts = new Uint16Array(column.values.length);
  for (let index = 0; index < counts.length; index++) {
    if (!isPresent(column, index)) continue;
    const value = column.values[index];
    const count = Math.round(value * images);
    if (!(count >= 0 && count <= images) || !Object.is(accuracyOf(count, images), value)) return undefined;
    counts[index] = count;
  }
  return { images, counts };
}

function differentValues(column: MetricColumn): number[] {
  const found = new Set<number>();
  for (let index = 0; index < column.values.length && found.size < PROBES; index++) {
    if (isPresent(column, index)) found.add(column.values[index]);
  }
  return [...found];
}

/** The accuracies of a column of counts, divided when they are first asked for. */
export function lazyAccuracies(counts: LazyArray<Uint16Array>, images: number): LazyArray<Float32Array> {
  const accuracies = new Float32Array(counts.array.length);
  return computedArray(accuracies, 1024, (start, end) => {
    counts.ensure(start, end);
    for (let index = start; index < end; index++) accuracies[index] = counts.array[index] / images;
  });
}
