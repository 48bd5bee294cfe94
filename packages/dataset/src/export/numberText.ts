const POWERS = Array.from({ length: 10 }, (_, digits) => Number(`1e${digits}`));
/** Wider than the error of a division of doubles, far narrower than half a step of float32. */
const MARGIN = 2 ** -50;

/**
 * A number as the shortest text that reads back to the same bits: as float32 if `isSingle` (its value
 * must be one), else as double. Readers that parse a double first and round it to float32 get the same bits, too.
 */
export function numberText(value: number, isSingle: boolean): string {
  if (Object.is(value, -0)) return '-0';
  if (!isSingle) return String(value);
  for (const power of POWERS) {
    const scaled = Math.round(value * power);
    // Past 2^53 the quotient below would no longer be the decimal's nearest double.
    if (Math.abs(scaled) > Number.MAX_SAFE_INTEGER) break;
    const decimal = scaled / power;
    const margin = decimal * MARGIN;
    if (Math.fround(decimal - margin) === value && Math.fround(decimal + margin) === value) return String(decimal);
  }
  // Below 1e-4, or too large: nine digits always suffice.
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return String(decimal);
  }
  return String(Number(value.toPrecision(9)));
}
