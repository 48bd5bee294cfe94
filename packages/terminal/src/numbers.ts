import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Option parsers for commander: what they throw becomes one line with the option's name. */

/** Nothing here is counted in more: a larger number is a slip, and would fail much later, for want of memory. */
const MOST = 1e9;

/** `integerBetween(0, 65_535)('8080')` is 8080. */
export function integerBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

export const positiveInteger = integerBetween(1, MOST);

export const nonNegativeInteger = integerBetween(0, MOST);

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isNaN(value) || value <= 0 || value > MOST) {
    throw new InvalidArgumentError(`expected a number above 0, ${MOST} at most`);
  }
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
