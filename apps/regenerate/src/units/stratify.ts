/**
 * `count` items that stand for all: the items sorted by `cost`, cut into as many equal strata, the middle one of each.
 * Ties keep their order, so the choice is the same every time.
 */
export function stratifiedSample<T>(items: readonly T[], count: number, cost: (item: T) => number): T[] {
  if (count >= items.length) return [...items];
  const sorted = items.map((item) => ({ item, cost: cost(item) })).toSorted((a, b) => a.cost - b.cost);
  return Array.from(
    { length: count },
    (_, stratum) => sorted[Math.floor(((stratum + 0.5) * items.length) / count)].item,
  );
}
