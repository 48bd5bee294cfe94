// Assembling the journal of the whole space, three repeats of one budget: 1 270 872 lines, made up. CPU time is user and
// system time of all threads.
//   node benchmarks/assemble.js            (after `npm run build`)
//   node benchmarks/assemble.js --vertices 6   a smaller space
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble, createConfiguration, createWork, writeSyntheticRegeneration } from '@nasbench/app-regenerate';
import { writeTable } from '@nasbench/dataset/node';
import { NASBENCH_101 } from '@nasbench/graph';
import { loadImages, PRESETS } from '@nasbench/trainer';

/** Seconds of CPU time and megabytes of memory for the whole space. */
const LIMITS = { seconds: 30, megabytes: 1500 };
const MAX_VERTICES = Number(process.argv[process.argv.indexOf('--vertices') + 1]) || 7;

// The parts run in processes of their own, so that memory is that of assembling alone.
if (process.argv[2] === 'part') {
  const before = process.cpuUsage();
  const result = process.argv[3] === 'make' ? await make(process.argv[4]) : await read(process.argv[4]);
  const { user, system } = process.cpuUsage(before);
  const measured = { seconds: (user + system) / 1e6, megabytes: process.resourceUsage().maxRSS / 1000 };
  process.stdout.write(JSON.stringify({ ...result, ...measured }));
} else {
  const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-assemble-'));
  try {
    benchmark(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} folder */
function benchmark(folder) {
  const made = part('make', folder);
  print(
    `made ${made.lines} lines, ${megabytes(path.join(folder, 'runs/journal/segment-0001.jsonl'))} MB, in ${made.seconds.toFixed(1)} s`,
  );
  const { runs, cells, seconds, megabytes: memory } = part('read', folder);
  if (runs !== made.lines) throw new Error(`${runs} runs, expected ${made.lines}`);
  print(`table of ${cells} cells: ${megabytes(path.join(folder, 'table.arrow'))} MB`);
  const isMet = seconds <= LIMITS.seconds && memory <= LIMITS.megabytes;
  if (!isMet) process.exitCode = 1;
  const each = ((1e6 * seconds) / runs).toFixed(1);
  print(
    `assembled in ${seconds.toFixed(1)} s of CPU time, ${each} us a line, ${memory.toFixed(0)} MB at most (limit ${LIMITS.seconds} s, ${LIMITS.megabytes} MB${isMet ? '' : ', MISSED'})`,
  );
}

/** @param {string} folder */
async function make(folder) {
  const preset = PRESETS.tiny;
  const images = await loadImages('synthetic', preset.images);
  const { operations } = NASBENCH_101;
  const configuration = createConfiguration({ operations, preset, images, seed: '0' });
  const work = createWork({ space: { ...NASBENCH_101, maxVertices: MAX_VERTICES }, epochs: [108], repeats: 3 });
  return { lines: await writeSyntheticRegeneration(path.join(folder, 'runs'), configuration, work, '0') };
}

/** @param {string} folder */
async function read(folder) {
  const { table, runs } = await assemble([path.join(folder, 'runs')]);
  await writeTable(path.join(folder, 'table.arrow'), table);
  return { runs, cells: table.rowCount };
}

/** @param {'make' | 'read'} name @param {string} folder */
function part(name, folder) {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, [script, 'part', name, folder, '--vertices', String(MAX_VERTICES)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

/** @param {string} file */
function megabytes(file) {
  return (statSync(file).size / 1e6).toFixed(0);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
