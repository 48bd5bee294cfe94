/** Numbers as the pictures print them. Narrow no-break spaces group thousands, as in the project's texts. */

/** 423624 -> `423 624` (from five digits on, as in 1234 and 12 345). */
export function formatInteger(value: number): string {
  const digits = String(Math.round(value));
  return digits.replace('-', '').length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** At most `digits` significant digits, without trailing zeros; large numbers grouped. */
export function formatNumber(value: number, digits = 4): string {
  if (Math.abs(value) >= 10 ** (digits - 1)) return formatInteger(value);
  return String(Number(value.toPrecision(digits)));
}

/** A fraction as percent: 0.94317 -> `94.32 %`. */
export function formatPercent(fraction: number, decimals = 2): string {
  return `${(fraction * 100).toFixed(decimals)}\u202f%`;
}

/** Short form for axis ticks: 200000 -> `200k`, 5e7 -> `50M`, 0.002 -> `0.002`. */
export function formatTick(value: number): string {
  for (const [size, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ] as const)
    if (Math.abs(value) >= size) {
      const unit = letter === 'k' ? 1e3 : size;
      return `${Number((value / unit).toPrecision(4))}${letter}`;
    }
  return String(Number(value.toPrecision(6)));
}
