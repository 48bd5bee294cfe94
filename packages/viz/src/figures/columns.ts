import { NasbenchError } from '@nasbench/foundation/errors';

/** A column of numbers: an array, a typed array, what an Arrow vector's `toArray()` returns. */
export type Column = ArrayLike<number>;

/** Checks one column of a figure: long enough, every value a finite number in [minimum, maximum]. */
export function checkColumn(
  figure: string,
  name: string,
  values: Column,
  { atLeast = 2, minimum = -Infinity, maximum = Infinity } = {},
): void {
  const count: unknown = values?.length;
  if (typeof count !== 'number')
    throw new NasbenchError(`figure ${figure} needs an array of numbers as ${name}, got ${typeof values}`);
  if (count < atLeast)
    throw new NasbenchError(
      `figure ${figure} needs at least ${atLeast} value${atLeast === 1 ? '' : 's'} in ${name}, got ${count}`,
    );
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (!Number.isFinite(value))
      throw new NasbenchError(`figure ${figure} needs finite numbers in ${name}, but value ${i} is ${String(value)}`);
    if (value < minimum || value > maximum)
      throw new NasbenchError(
        `figure ${figure} needs ${name} in ${range(minimum, maximum)}, but value ${i} is ${String(value)}`,
      );
  }
}

/** Checks that the columns of a figure, one value a cell, are equally long. */
export function checkLengths(figure: string, columns: Readonly<Record<string, Column>>): void {
  const [first, ...others] = Object.entries(columns);
  if (!first) return;
  for (const [name, values] of others)
    if (values.length !== first[1].length)
      throw new NasbenchError(
        `figure ${figure} needs columns of one length, got ${first[1].length} ${first[0]} but ${values.length} ${name}`,
      );
}

function range(minimum: number, maximum: number): string {
  if (maximum === Infinity) return minimum === Number.MIN_VALUE ? 'numbers above 0' : `numbers from ${minimum} on`;
  return `[${minimum}, ${maximum}]`;
}
