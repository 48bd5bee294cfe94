import { exp, log } from '@nasbench/foundation/math';

type AxisScale = 'linear' | 'log' | 'sqrt';

/** One axis of a panel, its domain and ticks fixed before anything is drawn. */
export interface Axis {
  /** with its unit, e.g. `training time (s)` */
  readonly label: string;
  readonly scale: AxisScale;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly format?: (value: number) => string;
}

const TRANSFORMS: Readonly<Record<AxisScale, (value: number) => number>> = {
  linear: (value) => value,
  log: Math.log,
  sqrt: Math.sqrt,
};

/** Where a value lies between the ends of the axis: 0 at the low end, 1 at the high end. */
export function positionOnAxis({ scale, domain }: Axis, value: number): number {
  const transform = TRANSFORMS[scale];
  const low = transform(domain[0]);
  return (transform(value) - low) / (transform(domain[1]) - low);
}

/** A linear axis over [low, high] with some air; a single value gets an interval around it. */
export function linearAxis(
  label: string,
  low: number,
  high: number,
  { count = 6, air = 0.03, floor = -Infinity, ceiling = Infinity } = {},
): Axis {
  // Values that differ in the last bits only are one value: no ticks would fit between them.
  const spread = high - low > Math.abs(high) * 1e-9 ? high - low : Math.abs(high) * 0.1 || 1;
  const domain = [Math.max(low - spread * air, floor), Math.min(high + spread * air, ceiling)] as const;
  return { label, scale: 'linear', domain, ticks: linearTicks(domain, count) };
}

/** A logarithmic axis over [low, high], both above 0. */
export function logAxis(label: string, low: number, high: number, { count = 6, air = 0.03 } = {}): Axis {
  // Not `** air`: roots are not the same number on every engine.
  const factor = exp(air * log(Math.max(high / low, 1.2)));
  const domain = [low / factor, high * factor] as const;
  return { label, scale: 'log', domain, ticks: logTicks(domain, count) };
}

/** Multiples of 1, 2 or 5 times a power of ten inside the domain, about `count` of them. */
export function linearTicks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / Math.max(count, 1);
  const exponent = Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((s) => s * power10(exponent) >= rough * 0.999) ?? 10) * power10(exponent);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-12) + step * 1e-9; k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** As many of the usual round numbers as fit. */
function logTicks(domain: readonly [number, number], count: number): number[] {
  const [low, high] = domain;
  const choices = [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 5], [1, 3], [1]].map((mantissas) => {
    const ticks: number[] = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const m of mantissas) {
        const tick = Number((m * power10(e)).toPrecision(12));
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    return ticks;
  });
  const fitting = choices.find((ticks) => ticks.length <= count) ?? choices[3];
  return fitting.length >= 2 ? fitting : linearTicks(domain, Math.min(count, 4)).filter((tick) => tick > 0);
}

/** Exact powers of ten: `10 ** -3` is not the same number on every V8. */
function power10(exponent: number): number {
  return Number(`1e${exponent}`);
}
