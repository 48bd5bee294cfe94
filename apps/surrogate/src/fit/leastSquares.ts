/**
 * Coefficients that minimise sum of weight * (sum_k coefficient_k * term_k - target)^2, by the normal equations with a small
 * ridge, so that terms which depend on one another have a solution.
 *
 * @param terms term k of row i at `i * count + k`
 */
export function leastSquares(
  terms: Float64Array,
  count: number,
  targets: Float64Array,
  weights: Float64Array,
): number[] {
  const matrix = Array.from({ length: count }, () => new Float64Array(count + 1));
  for (let row = 0; row < targets.length; row++) {
    const at = row * count;
    for (let a = 0; a < count; a++) {
      const weighted = weights[row] * terms[at + a];
      for (let b = 0; b < count; b++) matrix[a][b] += weighted * terms[at + b];
      matrix[a][count] += weighted * targets[row];
    }
  }
  for (let k = 0; k < count; k++) matrix[k][k] += 1e-9 * matrix[k][k] + 1e-12;
  for (let k = 0; k < count; k++) eliminate(matrix, k);
  return matrix.map((row, k) => row[count] / row[k]);
}

/** One step of Gauss-Jordan elimination; the matrix is positive definite, but rounding is less with the largest pivot. */
function eliminate(matrix: Float64Array[], k: number): void {
  let pivot = k;
  for (let i = k + 1; i < matrix.length; i++) if (Math.abs(matrix[i][k]) > Math.abs(matrix[pivot][k])) pivot = i;
  [matrix[k], matrix[pivot]] = [matrix[pivot], matrix[k]];
  for (let i = 0; i < matrix.length; i++) {
    if (i === k) continue;
    const factor = matrix[i][k] / matrix[k][k];
    for (let j = k; j < matrix[k].length; j++) matrix[i][j] -= factor * matrix[k][j];
  }
}

/** Straight line through points, each of the same weight, and the deviation around it: robust, 1.4826 times the median of its size. */
export function fitLine(
  x: Float64Array,
  y: Float64Array,
): { readonly intercept: number; readonly slope: number; readonly deviation: number } {
  const terms = new Float64Array(2 * x.length);
  x.forEach((value, i) => {
    terms[2 * i] = 1;
    terms[2 * i + 1] = value;
  });
  const [intercept, slope] = leastSquares(terms, 2, y, new Float64Array(x.length).fill(1));
  const sizes = x.map((value, i) => Math.abs(y[i] - intercept - slope * value)).toSorted();
  return { intercept, slope, deviation: 1.4826 * sizes[sizes.length >> 1] };
}
