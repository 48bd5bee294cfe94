/**
 * log, exp and cos in one fixed order of + - * /, so that every JavaScript engine gives the same bits.
 * The language leaves the last bits of Math.log, Math.exp and Math.cos to the engine, and engines do differ.
 * Coefficients and argument reductions are those of fdlibm (Sun Microsystems, 1993); error under one unit in the last place.
 */

const LN2_HIGH = 6.93147180369123816e-1;
const LN2_LOW = 1.90821492927058770002e-10;

const words = new DataView(new ArrayBuffer(8));

/** The natural logarithm; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  // Subnormal numbers are scaled up first, so that the exponent field counts.
  const subnormal = x < 2.2250738585072014e-308;
  words.setFloat64(0, subnormal ? x * 18014398509481984 : x);
  const high = words.getUint32(0);
  let exponent = (high >>> 20) - 1023 - (subnormal ? 54 : 0);
  // x = 2^exponent * (1 + f) with sqrt(1/2) < 1 + f < sqrt(2)
  const mantissa = high & 0xfffff;
  const above = (mantissa + 0x95f64) & 0x100000;
  words.setUint32(0, mantissa | (above ^ 0x3ff00000));
  exponent += above >>> 20;
  const f = words.getFloat64(0) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const series =
    z *
    (6.66666666666673513e-1 +
      z *
        (3.999999999940941908e-1 +
          z *
            (2.857142874366239149e-1 +
              z *
                (2.222219843214978396e-1 +
                  z * (1.818357216161805012e-1 + z * (1.531383769920937332e-1 + z * 1.479819860511658591e-1))))));
  const half = 0.5 * f * f;
  return exponent * LN2_HIGH - (half - (s * (half + series) + exponent * LN2_LOW) - f);
}

/** e to the power x; 0 below about -745.13, Infinity above about 709.78. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  // x = k ln 2 + r, |r| <= ln(2) / 2
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t * (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // Two factors: 2^k alone may leave the range of normal numbers although the product does not.
  const first = Math.trunc(k / 2);
  return y * powerOfTwo(first) * powerOfTwo(k - first);
}

/** The cosine of x radians, |x| <= 100 000 (RangeError beyond: the reduction keeps no more digits). */
export function cos(x: number): number {
  if (!(Math.abs(x) <= 100_000)) throw new RangeError(`cos: ${x} is outside -100000 .. 100000`);
  // x = n pi/2 + r, |r| <= pi/4, pi/2 in two pieces
  const n = Math.floor(x * 6.36619772367581382433e-1 + 0.5);
  const head = x - n * 1.57079632673412561417;
  const tail = n * 6.07710050650619224932e-11;
  const r = head - tail;
  const rest = head - r - tail;
  const quadrant = ((n % 4) + 4) % 4;
  if (quadrant === 0) return cosineKernel(r, rest);
  if (quadrant === 1) return -sineKernel(r, rest);
  return quadrant === 2 ? -cosineKernel(r, rest) : sineKernel(r, rest);
}

function cosineKernel(x: number, rest: number): number {
  const z = x * x;
  const series =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const one = 1 - half;
  return one + (1 - one - half + (z * series - x * rest));
}

function sineKernel(x: number, rest: number): number {
  const z = x * x;
  const cube = z * x;
  const series =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  return x - (z * (0.5 * rest - cube * series) - rest - cube * -1.66666666666666324348e-1);
}

/** 2^k for -1022 <= k <= 1023, exactly. */
function powerOfTwo(k: number): number {
  words.setUint32(0, (k + 1023) << 20);
  words.setUint32(4, 0);
  return words.getFloat64(0);
}
