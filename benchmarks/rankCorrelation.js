// Do short trainings of a small network rank cells as the official ones of 108 epochs do? Trains the 91 cells of up to 4
// vertices on a part of CIFAR-10 and prints Spearman's rank correlation of validation accuracies, for every third cell
// (by hash; settings may be chosen on these) and for the others.
//   npm run check:rank -- [--workers N] [--epochs N] [--statistics-batches N] [--seed S] [--part tuning|rest|all]
// Finished cells are kept in runs/rank-correlation.jsonl: killed, it goes on where it was. NASBENCH_SHARED names the
// folder with data/cifar-10-batches-bin and data/nasbench101-4-vertices.csv (default: ../shared).

import { fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { spearman } from '@nasbench/dataset/analyses';
import { PRESETS } from '@nasbench/trainer';
import { readOfficialCells } from './officialCells.js';

const { values: options } = parseArgs({
  options: {
    workers: { type: 'string', default: String(availableParallelism()) },
    epochs: { type: 'string', default: '4' },
    'statistics-batches': { type: 'string' },
    seed: { type: 'string', default: '1' },
    part: { type: 'string', default: 'all' },
  },
});
const root = path.resolve(import.meta.dirname, '..');
const data = path.join(process.env.NASBENCH_SHARED ?? path.resolve(root, '../shared'), 'data');
const statisticsBatches = options['statistics-batches'];

/** The procedure of `tiny` with the batch-norm momentum, crop and network of CIFAR-10 at half its size. */
const settings = {
  setup: {
    network: { ...PRESETS.tiny.network, stemFilters: 16, stacks: 3, cellsPerStack: 1, batchNormMomentum: 0.9 },
    training: {
      ...PRESETS.tiny.training,
      batchSize: 32,
      learningRate: 0.2,
      augmentation: { padding: 2, flip: true },
      statisticsBatches: statisticsBatches === undefined ? null : Number(statisticsBatches),
    },
  },
  size: 16,
  limits: { train: 3000, trainEvaluation: 32, validation: 1000, test: 1000 },
  epochs: Number(options.epochs),
  seed: options.seed,
};

/** @typedef {{ settings: typeof settings, hash: string, validationAccuracy: number, testAccuracy: number, seconds: number }} Row */
/** @type {readonly [string, (i: number) => boolean][]} */
const PARTS = [
  ['tuning', (i) => i % 3 === 0],
  ['rest', (i) => i % 3 !== 0],
];
const official = readOfficialCells(path.join(data, 'nasbench101-4-vertices.csv'), 108);
const parts = PARTS.filter(([name]) => options.part === 'all' || options.part === name).map(([name, takes]) => ({
  name,
  cells: official.filter((_, i) => takes(i)),
}));

const journal = path.join(root, 'runs/rank-correlation.jsonl');
const trained = readJournal();
await trainAll(
  parts.flatMap(({ cells }) => cells).filter(({ hash }) => !trained.has(hash)),
  Number(options.workers),
);
for (const { name, cells } of parts) report(name, cells);

/** @returns {Map<string, Row>} of these settings, by hash */
function readJournal() {
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : [];
  /** @type {Row[]} */
  const rows = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line));
  const same = rows.filter((row) => JSON.stringify(row.settings) === JSON.stringify(settings));
  return new Map(same.map((row) => [row.hash, row]));
}

/** @param {readonly import('./officialCells.js').OfficialCell[]} cells @param {number} workers */
async function trainAll(cells, workers) {
  mkdirSync(path.dirname(journal), { recursive: true });
  const queue = cells.values();
  const args = [JSON.stringify(settings), path.join(data, 'cifar-10-batches-bin')];
  await Promise.all(Array.from({ length: Math.min(workers, cells.length) }, work));

  function work() {
    const worker = fork(path.join(import.meta.dirname, 'rankWorker.js'), args);
    /** @type {import('./officialCells.js').OfficialCell | undefined} */
    let cell;
    return new Promise((resolve, reject) => {
      worker.on('exit', (code) => (code === 0 ? resolve(code) : reject(new Error(`a worker ended with ${code}`))));
      worker.on('message', (message) => {
        if (cell !== undefined)
          keep(/** @type {Row} */ ({ settings, hash: cell.hash, .../** @type {object} */ (message) }));
        cell = queue.next().value;
        if (cell === undefined) worker.disconnect();
        else worker.send(cell.text);
      });
    });
  }
}

/** @param {Row} row */
function keep(row) {
  trained.set(row.hash, row);
  appendFileSync(journal, `${JSON.stringify(row)}\n`);
  const of = parts.reduce((sum, { cells }) => sum + cells.length, 0);
  process.stderr.write(`${trained.size} of ${of} cells\n`);
}

/** @param {string} name @param {readonly import('./officialCells.js').OfficialCell[]} cells */
function report(name, cells) {
  const rows = cells.map(({ hash }) => /** @type {Row} */ (trained.get(hash)));
  const ours = rows.map((row) => row.validationAccuracy);
  const rho = spearman(
    cells.map((cell) => cell.validationAccuracy),
    ours,
  );
  const mean = ours.reduce((sum, value) => sum + value, 0) / ours.length;
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  process.stdout.write(
    `${name}: ${cells.length} cells, Spearman ${rho.toFixed(3)}; our validation accuracy ${percent(Math.min(...ours))} to ${percent(Math.max(...ours))}, ` +
      `mean ${percent(mean)}; ${seconds.toFixed(0)} s of processor time\n`,
  );
}

/** @param {number} value */
function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}
