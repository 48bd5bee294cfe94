// Import of a file of the size of the official 108-epoch one (1 270 872 records, 523 MB), and its export again, beside the
// reading loop of the reference in Python, where there is a python3. CPU time is user and system time of all threads.
//   node benchmarks/import.js          (after `npm run build`)
//   node benchmarks/import.js --full   a file of the size of the official full one (5 083 488 records, 2.1 GB)
//   PYTHON=.venv/bin/python node benchmarks/import.js   a Python that has tensorflow, as the reference needs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportTfrecord, meanOverRepeats, syntheticTfrecord } from '@nasbench/dataset';
import { importTfrecordFile, writeTable } from '@nasbench/dataset/node';

const isFull = process.argv.includes('--full');
const EPOCHS = isFull ? [4, 12, 36, 108] : [108];
/** Seconds of CPU time, megabytes of memory, and how many times as fast as the reference's loader. */
const LIMITS = { seconds: isFull ? 50 : 12, megabytes: 1500, ratio: 10 };
/** Records that the reference's loop reads: enough to measure it. */
const SLICE = 50_000;
const PYTHON = process.env.PYTHON ?? 'python3';

// The parts run in processes of their own, so that memory is that of the import alone.
if (process.argv[2] === 'part') {
  const result = await PARTS()[process.argv[3]](process.argv[4], process.argv[5]);
  process.stdout.write(JSON.stringify({ ...result, megabytes: process.resourceUsage().maxRSS / 1000 }));
} else {
  const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-import-'));
  try {
    benchmark(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} folder */
function benchmark(folder) {
  const file = path.join(folder, 'official.tfrecord');
  const table = path.join(folder, 'official.arrow');
  const made = run('generate', file, '');
  print(`generated ${made.records} records, ${megabytes(file)} MB, in ${made.seconds.toFixed(1)} s`);
  const ours = run('import', file, table);
  report(
    `imported in ${ours.seconds.toFixed(1)} s of CPU time, ${ours.clock.toFixed(1)} s by the clock: ${perRecord(ours)}, ${ours.megabytes.toFixed(0)} MB at most`,
    ours.seconds <= LIMITS.seconds && ours.megabytes < LIMITS.megabytes,
    `${LIMITS.seconds} s, ${LIMITS.megabytes} MB`,
  );
  print(`table: ${megabytes(table)} MB`);
  const back = run('export', table, '');
  const isSame = back.sha256 === made.sha256;
  report(`exported in ${back.seconds.toFixed(1)} s, the same file`, isSame, 'byte by byte');
  const reference = referenceLoop(file);
  if (reference === undefined) {
    print(`reference loop: not run, there is no ${PYTHON}`);
    return;
  }
  print(`reference loop (${reference.with}): ${perRecord(reference)} on the first ${reference.records}`);
  const { checksum } = run('slice', table, String(reference.cells));
  if (Math.abs(checksum - reference.checksum) > 1e-6) throw new Error('the reference loop read other values');
  const ratio = (unit) => reference[unit] / reference.records / (ours[unit] / ours.records);
  report(
    `ratio ${ratio('seconds').toFixed(1)} in CPU time, ${ratio('clock').toFixed(1)} by the clock`,
    ratio('clock') >= LIMITS.ratio,
    `${LIMITS.ratio} by the clock`,
  );
}

/** @param {{ records: number, seconds: number, clock: number }} timed */
function perRecord({ records, seconds, clock }) {
  const microseconds = (time) => ((1e6 * time) / records).toFixed(2);
  return `${microseconds(seconds)} us of CPU time and ${microseconds(clock)} us by the clock for each record`;
}

function PARTS() {
  return {
    generate: (file) => {
      const hash = createHash('sha256');
      const descriptor = openSync(file, 'w');
      let records = 0;
      const timed = cpu(() => {
        for (const piece of syntheticTfrecord({ epochs: EPOCHS })) {
          hash.update(piece);
          writeSync(descriptor, piece);
        }
        records = 423_624 * EPOCHS.length * 3;
      });
      closeSync(descriptor);
      return { ...timed, records, sha256: hash.digest('hex') };
    },
    import: async (file, table) => {
      const before = process.cpuUsage();
      const started = performance.now();
      const { records, table: imported } = await importTfrecordFile(file, { metadata: { provenance: 'synthetic' } });
      const clock = (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(before);
      await writeTable(table, imported);
      return { records, seconds: (user + system) / 1e6, clock };
    },
    export: async (file) => {
      const { decodeTable } = await import('@nasbench/dataset');
      const hash = createHash('sha256');
      const table = decodeTable(readFileSync(file));
      const timed = cpu(() => {
        for (const piece of exportTfrecord(table)) hash.update(piece);
      });
      return { ...timed, sha256: hash.digest('hex') };
    },
    /** Sum of final test accuracies of the first cells, all budgets and repeats. */
    slice: async (file, cells) => {
      const { openTable } = await import('@nasbench/dataset');
      const table = await openTable(file);
      let checksum = 0;
      for (const epochs of EPOCHS) {
        const means = meanOverRepeats(table.column(`test_accuracy_${epochs}`)).subarray(0, Number(cells));
        checksum += 3 * means.reduce((sum, mean) => sum + mean, 0);
      }
      return { checksum };
    },
  };
}

/** @param {string} file */
function referenceLoop(file) {
  const script = fileURLToPath(new URL('referenceLoader.py', import.meta.url));
  // Whole cells, so that their means can be compared.
  const records = SLICE - (SLICE % (3 * EPOCHS.length));
  const { status, stdout } = spawnSync(PYTHON, [script, file, String(records)], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/** @param {string} part @param {string} file @param {string} argument */
function run(part, file, argument) {
  const script = fileURLToPath(import.meta.url);
  const rest = isFull ? ['--full'] : [];
  const child = spawnSync(process.execPath, [script, 'part', part, file, argument, ...rest], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

/** @param {() => void} work */
function cpu(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6 };
}

/** @param {string} file */
function megabytes(file) {
  return (statSync(file).size / 1e6).toFixed(1);
}

/** @param {string} line @param {boolean} isMet @param {string} limit */
function report(line, isMet, limit) {
  if (!isMet) process.exitCode = 1;
  print(`${line} (limit ${limit}${isMet ? '' : ', MISSED'})`);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
