// Exports of a table of the full size, made up in memory: seconds, size and largest memory of each format.
//   node benchmarks/export.js [format ...]        (after `npm run build`)
import {
  decodeTable,
  encodeTable,
  encodeTableInPieces,
  exportCsv,
  exportJson,
  finalMetrics,
  NASBench,
} from '@nasbench/dataset';
import { exportParquet } from '@nasbench/dataset/parquet';
import { syntheticTable } from './syntheticTable.js';

/** Bytes that the file for browsers may have. */
const COMPACT_LIMIT = 16e6;

const table = syntheticTable();
const final = finalMetrics(table);
process.stdout.write(
  `${table.rowCount} cells, ${table.metadata.epochs.length} budgets, ${table.metadata.repeats} repeats\n`,
);
const formats = {
  'arrow, compact, final metrics of 108 epochs': () => encodeTableInPieces(final, { compact: true }),
  'arrow, compact, all metrics': () => encodeTableInPieces(table, { compact: true }),
  'arrow, all metrics': () => encodeTableInPieces(table),
  'parquet, final metrics of 108 epochs': () => exportParquet(final),
  'parquet, all metrics': () => exportParquet(table),
  'csv, final metrics of 108 epochs': () => exportCsv(final),
  'csv, all metrics': () => exportCsv(table),
  'json, final metrics of 108 epochs': () => exportJson(final),
};
const wanted = process.argv.slice(2);
for (const [name, pieces] of Object.entries(formats)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  const before = process.cpuUsage();
  let bytes = 0;
  for (const piece of pieces()) bytes += piece.byteLength;
  const seconds = process.cpuUsage(before).user / 1e6;
  const limit = name.startsWith('arrow, compact, final') ? verdict(bytes, COMPACT_LIMIT) : '';
  process.stdout.write(
    `${name}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s of processor time${limit}\n`,
  );
}

const file = encodeTable(final, { compact: true });
const opened = time('open the compact file', () => decodeTable(file));
time('first query by hash', () => new NASBench(opened).query(final.moduleHash(12_345), { repeat: 0 }));
time('first query by cell', () => new NASBench(opened).query(final.cell(54_321), { repeat: 0 }));
time('decode one column of accuracies', () => opened.column('test_accuracy_108'));
time('compute all hashes and parameters', () => opened.cells);
process.stdout.write(`resident memory at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`);

function verdict(bytes, limit) {
  return ` (limit ${limit / 1e6} MB${bytes <= limit ? '' : ', MISSED'})`;
}

function time(name, run) {
  const before = process.cpuUsage();
  const result = run();
  process.stdout.write(`${name}: ${(process.cpuUsage(before).user / 1e3).toFixed(1)} ms of processor time\n`);
  return result;
}
