/** A typed array whose elements may have to be ensured before they are read. */
export interface LazyArray<T> {
  readonly array: T;
  /** Makes the elements start .. end - 1 present. */
  ensure(start: number, end: number): void;
}

/** An array that is all there. */
export const presentArray = <T>(array: T): LazyArray<T> => ({ array, ensure: () => {} });

/** The whole array. */
export function wholeArray<T extends { readonly length: number }>(lazy: LazyArray<T>): T {
  lazy.ensure(0, lazy.array.length);
  return lazy.array;
}
