import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Option parsers for commander: what they throw becomes one line with the option's name. */

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`expected a whole number from 1`);
  return value;
}

export function nonNegativeInteger(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('expected a whole number from 0');
  }
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

/** A comma-separated list without repetitions: `listOf(positiveInteger)('4,12')` is `[4, 12]`. */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const items = text.split(',').map((item) => parse(item.trim()));
    if (new Set(items).size !== items.length) throw new InvalidArgumentError(`${text} names one value twice`);
    return items;
  };
}
