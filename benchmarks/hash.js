// From a matrix to its module hash: checks, pruning, hash.
//   node benchmarks/hash.js        (after `npm run build`)
import { createRandom } from '@nasbench/foundation/random';
import { cellAt, cellFromMatrix, enumerateCells, moduleHash, randomValidCell } from '@nasbench/graph';

const QUERIES = 10_000;
/** Microseconds, median of random valid matrices. */
const LIMIT = 30;

const random = createRandom(1, 'benchmark');
report(
  'random valid 7-vertex matrices',
  Array.from({ length: QUERIES }, () => randomValidCell(random).original),
  LIMIT,
);
// The worst case: nearly all of them have 7 vertices, and none comes twice.
const cells = enumerateCells();
const indices = new Set(Array.from({ length: QUERIES }, () => random.int(cells.count)));
report(
  'random unique cells',
  Array.from(indices, (index) => cellAt(cells, index).original),
);

/**
 * The first round meets every matrix for the first time, the second once more.
 * @param {string} name
 * @param {import('@nasbench/graph').CellGraph[]} graphs
 * @param {number} [limit]
 */
function report(name, graphs, limit) {
  for (const round of ['first time', 'again']) {
    const times = graphs.map(({ matrix, operations }) => {
      const before = performance.now();
      moduleHash(cellFromMatrix(matrix, operations));
      return 1000 * (performance.now() - before);
    });
    const sorted = times.toSorted((a, b) => a - b);
    const at = (/** @type {number} */ share) => sorted[Math.floor(share * sorted.length)].toFixed(2);
    const isMissed = limit !== undefined && sorted[sorted.length >> 1] >= limit;
    if (isMissed) process.exitCode = 1;
    const verdict = limit === undefined ? '' : ` (limit ${limit} us${isMissed ? ', MISSED' : ''})`;
    process.stdout.write(`${name}, ${round}: median ${at(0.5)} us, 90 % ${at(0.9)} us${verdict}\n`);
  }
}
