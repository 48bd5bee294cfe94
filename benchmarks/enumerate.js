// All 423 624 cells with their module hashes in one thread, beside the reference's way: hash every labelled graph (with the
// platform's md5) and keep the first of each hash. The reference loop runs on the 6-vertex space only.
//   node benchmarks/enumerate.js        (after `npm run build`)
import { hash as hashOnce } from 'node:crypto';
import { enumerateCells, hashCells, hashText, NASBENCH_101 } from '@nasbench/graph';

/** Seconds of CPU time and megabytes of memory for enumeration with hashes, both steps. */
const LIMITS = { seconds: 3, megabytes: 1000 };
const RUNS = 3;
const SMALLER = { ...NASBENCH_101, maxVertices: 6 };

const best = bestRun(NASBENCH_101);
const megabytes = process.resourceUsage().maxRSS / 1000;
const isMet = best.seconds <= LIMITS.seconds && megabytes < LIMITS.megabytes;
if (!isMet) process.exitCode = 1;
print(`${best.cells.count} cells with hashes in ${best.seconds.toFixed(2)} s of user CPU time (best of ${RUNS}),`);
print(`  of which enumeration ${best.enumerating.toFixed(2)} s: ${rate(best.cells.count, best.seconds)}`);
const missed = isMet ? '' : ', MISSED';
print(`  ${megabytes.toFixed(0)} MB at most (limits ${LIMITS.seconds} s, ${LIMITS.megabytes} MB${missed})`);

const ours = bestRun(SMALLER);
const reference = timed(() => referenceLoop(SMALLER));
const theirs = reference.result;
const texts = Array.from({ length: ours.cells.count }, (_, i) => hashText(ours.hashes, i));
if (texts.length !== theirs.size || texts.some((hash) => !theirs.has(hash))) {
  throw new Error('the reference loop found other cells');
}
print(`up to 6 vertices: ${rate(texts.length, ours.seconds)}`);
print(`  reference loop ${rate(texts.length, reference.seconds)} (${reference.seconds.toFixed(2)} s), the same cells`);
print(`  ratio ${(reference.seconds / ours.seconds).toFixed(1)}`);

/** @param {import('@nasbench/graph').CellSpace} space */
function bestRun(space) {
  const runs = Array.from({ length: RUNS }, () => {
    const enumerating = timed(() => enumerateCells(space));
    const hashing = timed(() => hashCells(enumerating.result));
    const seconds = enumerating.seconds + hashing.seconds;
    return { cells: enumerating.result, hashes: hashing.result, enumerating: enumerating.seconds, seconds };
  });
  return runs.toSorted((a, b) => a.seconds - b.seconds)[0];
}

/** @param {number} cells @param {number} seconds */
function rate(cells, seconds) {
  return `${Math.round(cells / seconds)} cells/s`;
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
      const inputs = hashes.filter((__, w) => matrix[w][v] === 1).toSorted(ascending);
      const outputs = hashes.filter((__, w) => matrix[v][w] === 1).toSorted(ascending);
      return md5(`${inputs.join('')}|${outputs.join('')}|${hashes[v]}`);
    });
  }
  return md5(`['${hashes.toSorted(ascending).join("', '")}']`);
}

/** @param {string} a @param {string} b */
function ascending(a, b) {
  return a < b ? -1 : Number(a > b);
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
