// All 423 624 cells with their module hashes in one thread, beside the reference's way: hash every labelled graph (with the
// platform's md5) and keep the first of each hash. The reference loop runs on the 6-vertex space only.
//   node benchmarks/enumerate.js        (after `npm run build`)
import { hash as hashOnce } from 'node:crypto';
import { enumerateCells, hashCells, hashText, NASBENCH_101 } from '@nasbench/graph';

/** Seconds of CPU time and megabytes of memory for enumeration with hashes, both steps. */
const LIMITS = { seconds: 3, megabytes: 1000 };
const RUNS = 3;

const runs = Array.from({ length: RUNS }, () => {
  const enumerating = timed(() => enumerateCells());
  const hashing = timed(() => hashCells(enumerating.result));
  return { cells: enumerating.result, hashes: hashing.result, enumerating, hashing };
});
const best = runs.toSorted((a, b) => total(a) - total(b))[0];
const megabytes = process.resourceUsage().maxRSS / 1000;
const isMet = total(best) <= LIMITS.seconds && megabytes < LIMITS.megabytes;
if (!isMet) process.exitCode = 1;
const ours = best.cells.count / total(best);
print(
  `${best.cells.count} cells in ${total(best).toFixed(2)} s of user CPU time, best of ${RUNS} (first ${total(runs[0]).toFixed(2)} s):`,
);
print(`  enumeration ${best.enumerating.seconds.toFixed(2)} s, hashes ${best.hashing.seconds.toFixed(2)} s`);
print(
  `  ${Math.round(ours)} cells/s, ${megabytes.toFixed(0)} MB at most (limits ${LIMITS.seconds} s, ${LIMITS.megabytes} MB${isMet ? '' : ', MISSED'})`,
);

const reference = timed(() => referenceLoop({ ...NASBENCH_101, maxVertices: 6 }));
const theirs = reference.result.size / reference.seconds;
const known = new Set(Array.from({ length: best.cells.byVertices[4] }, (_, i) => hashText(best.hashes, i)));
if (known.size !== reference.result.size || [...reference.result].some((hash) => !known.has(hash))) {
  throw new Error('the reference loop found other cells');
}
print(
  `reference loop, up to 6 vertices: ${reference.result.size} cells in ${reference.seconds.toFixed(2)} s, ${Math.round(theirs)} cells/s`,
);
print(`ratio: ${(ours / theirs).toFixed(0)} (the whole space would take the reference loop longer still per cell)`);

/** @param {{ enumerating: { seconds: number }, hashing: { seconds: number } }} run */
function total(run) {
  return run.enumerating.seconds + run.hashing.seconds;
}

/** @template T @param {() => T} run @returns {{ result: T, seconds: number }} */
function timed(run) {
  const before = process.cpuUsage();
  const result = run();
  return { result, seconds: process.cpuUsage(before).user / 1e6 };
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * `generate_graphs.py` of google-research/nasbench without its optional check for isomorphism.
 * @param {import('@nasbench/graph').CellSpace} space
 * @returns {Set<string>} the hashes
 */
function referenceLoop({ maxVertices, maxEdges, operations }) {
  const seen = new Set();
  for (let vertices = 2; vertices <= maxVertices; vertices++) {
    const all = Array.from({ length: vertices }, (_, v) => v);
    for (let bits = 0; bits < 2 ** ((vertices * (vertices - 1)) / 2); bits++) {
      const matrix = all.map((x) => all.map((y) => (x < y ? (bits >> (x + (y * (y - 1)) / 2)) & 1 : 0)));
      if (!isFullDag(matrix) || sum(matrix.flat()) > maxEdges) continue;
      for (let code = 0; code < operations.length ** (vertices - 2); code++) {
        const labels = [];
        for (let v = vertices - 2, rest = code; v >= 1; v--) {
          labels.unshift(rest % operations.length);
          rest = Math.floor(rest / operations.length);
        }
        seen.add(hashModule(matrix, [-1, ...labels, -2]));
      }
    }
  }
  return seen;
}

/** @param {number[][]} matrix */
function isFullDag(matrix) {
  const rows = matrix.slice(0, -1).every((row) => row.includes(1));
  return rows && matrix.slice(1).every((_, y) => matrix.some((row) => row[y + 1] === 1));
}

/** @param {number[][]} matrix @param {number[]} labels */
function hashModule(matrix, labels) {
  const all = labels.map((_, v) => v);
  let hashes = all.map((v) => md5(`(${sum(matrix[v])}, ${sum(matrix.map((row) => row[v]))}, ${labels[v]})`));
  for (const _ of all) {
    hashes = all.map((v) => {
      const inputs = hashes.filter((__, w) => matrix[w][v] === 1).toSorted();
      const outputs = hashes.filter((__, w) => matrix[v][w] === 1).toSorted();
      return md5(`${inputs.join('')}|${outputs.join('')}|${hashes[v]}`);
    });
  }
  return md5(`['${hashes.toSorted().join("', '")}']`);
}

/** @param {string} text */
function md5(text) {
  return hashOnce('md5', text);
}

/** @param {number[]} values */
function sum(values) {
  let result = 0;
  for (const value of values) result += value;
  return result;
}
