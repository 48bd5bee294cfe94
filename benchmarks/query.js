// Queries on a table of the full size, made up in memory, and opening it from a file.
//   node benchmarks/query.js        (after `npm run build`)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { meanOverRepeats, NASBench } from '@nasbench/dataset';
import { writeTable } from '@nasbench/dataset/node';
import { createRandom } from '@nasbench/foundation/random';
import { cellFromMatrix, INPUT, NASBENCH_101, OUTPUT } from '@nasbench/graph';
import { syntheticTable } from './syntheticTable.js';

const QUERIES = 100_000;
const LIMITS = { matrix: 30, hash: 2 };

if (process.argv[2] === '--open') {
  // A process of its own, so that nothing is loaded or compiled yet. Time runs from after Node's own start.
  const before = performance.now();
  const memory = process.memoryUsage().rss;
  const { NASBench: Fresh } = await import('@nasbench/dataset');
  const bench = await Fresh.open(process.argv[3]);
  bench.query(process.argv[4]);
  const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
  process.stdout.write(JSON.stringify({ milliseconds: performance.now() - before, grown }));
  process.exit();
}

const start = performance.now();
const table = syntheticTable();
process.stdout.write(`${table.rowCount} cells made in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
const random = createRandom(1, 'benchmark');
const bench = new NASBench(table);
const rows = Array.from({ length: QUERIES }, () => random.int(table.rowCount));
const cells = rows.map((row) => table.cell(row).original);
const samples = Array.from({ length: QUERIES }, randomValidGraph);
const hashes = rows.map((row) => table.moduleHash(row));

const byMatrix = ({ matrix, operations }) => bench.query(cellFromMatrix(matrix, operations));
let failed = false;
report('by matrix, uniform over unique cells', cells, byMatrix, LIMITS.matrix);
report('by matrix, uniform over encodings', samples, byMatrix, LIMITS.matrix);
report('by hash', hashes, (hash) => bench.query(hash), LIMITS.hash);
time('mean over repeats of one column, all rows', () => meanOverRepeats(table.column('test_accuracy_108')));

const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-query-'));
try {
  const file = path.join(folder, 'full.arrow');
  const written = performance.now();
  await writeTable(file, table);
  const seconds = (performance.now() - written) / 1000;
  process.stdout.write(`file: ${(statSync(file).size / 1e6).toFixed(1)} MB, written in ${seconds.toFixed(1)} s\n`);
  for (const run of ['first', 'second']) {
    const self = fileURLToPath(import.meta.url);
    const { milliseconds, grown } = JSON.parse(execFileSync(process.execPath, [self, '--open', file, hashes[0]]));
    process.stdout.write(
      `open to first answer, ${run} process: ${milliseconds.toFixed(0)} ms (modules loaded in it), ${grown.toFixed(0)} MiB\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

/** Median and mean of single calls, in microseconds. */
function report(name, questions, ask, limit) {
  for (const question of questions.slice(0, 2000)) ask(question);
  const times = new Float64Array(questions.length);
  for (const [i, question] of questions.entries()) {
    const before = performance.now();
    ask(question);
    times[i] = 1000 * (performance.now() - before);
  }
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  const median = times.toSorted()[times.length >>> 1];
  const isMet = median < limit;
  failed ||= !isMet;
  process.stdout.write(
    `query ${name}: median ${median.toFixed(2)} us, mean ${mean.toFixed(2)} us (limit ${limit} us${isMet ? '' : ', MISSED'})\n`,
  );
}

function time(name, run) {
  const before = performance.now();
  run();
  process.stdout.write(`${name}: ${(performance.now() - before).toFixed(0)} ms\n`);
}

/** A sample of the paper's encoding: 21 fair edges, 5 operations; only valid ones. */
function randomValidGraph() {
  for (;;) {
    const matrix = Array.from({ length: 7 }, (_, x) =>
      Array.from({ length: 7 }, (__, y) => (x < y ? random.int(2) : 0)),
    );
    const interior = Array.from({ length: 5 }, () => NASBENCH_101.operations[random.int(3)]);
    const operations = [INPUT, ...interior, OUTPUT];
    if (bench.isValid(cellFromMatrix(matrix, operations))) return { matrix, operations };
  }
}
