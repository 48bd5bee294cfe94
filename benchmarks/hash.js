// From a matrix to its module hash: checks, pruning, hash.
//   node benchmarks/hash.js        (after `npm run build`)
import { createRandom } from '@nasbench/foundation/random';
import { cellFromMatrix, enumerateCells, moduleHash, randomUniqueCell, randomValidCell } from '@nasbench/graph';

const QUERIES = 10_000;
/** Microseconds, median. */
const LIMIT = 30;

const random = createRandom(1, 'benchmark');
report(
  'random valid 7-vertex matrices',
  Array.from({ length: QUERIES }, () => randomValidCell(random).original),
);
const cells = enumerateCells();
report(
  'random unique cells, no two alike (nothing remembered helps)',
  Array.from(new Set(Array.from({ length: QUERIES }, () => randomUniqueCell(random, cells))), (cell) => cell.original),
);

/**
 * The first round meets every matrix for the first time, the second once more.
 * @param {string} name
 * @param {import('@nasbench/graph').CellGraph[]} graphs
 */
function report(name, graphs) {
  for (const round of ['first time', 'again']) {
    const times = graphs.map(({ matrix, operations }) => {
      const before = performance.now();
      moduleHash(cellFromMatrix(matrix, operations));
      return 1000 * (performance.now() - before);
    });
    const sorted = times.toSorted((a, b) => a - b);
    const at = (/** @type {number} */ share) => sorted[Math.floor(share * sorted.length)].toFixed(2);
    const isMet = sorted[sorted.length >> 1] < LIMIT;
    if (!isMet) process.exitCode = 1;
    process.stdout.write(
      `${name}, ${round}: median ${at(0.5)} us, 90 % ${at(0.9)} us (limit ${LIMIT} us${isMet ? '' : ', MISSED'})\n`,
    );
  }
}
