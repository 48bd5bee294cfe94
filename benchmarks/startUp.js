// How long a process takes from its start to its first training step, and on what: wasm with kernels, the tiny network
// on synthetic images of its size. The best of some processes, by processor time (user and system, all threads) and by
// the clock.
//   node benchmarks/startUp.js        (after `npm run build`)

import { execFileSync } from 'node:child_process';

const PROCESSES = 7;

if (process.argv[2] === '--measure') await measure();
else report();

function report() {
  const runs = Array.from({ length: PROCESSES }, () =>
    JSON.parse(execFileSync(process.execPath, [import.meta.filename, '--measure'], { encoding: 'utf8' })),
  );
  const best = runs.reduce((a, b) => (b.at(-1).cpu < a.at(-1).cpu ? b : a));
  for (const { what, cpu } of best) process.stdout.write(`${what}: ${cpu.toFixed(0)} ms of processor time so far\n`);
  const clock = Math.min(...runs.map((run) => run.at(-1).clock));
  process.stdout.write(`by the clock, best of ${PROCESSES}: ${clock.toFixed(0)} ms to the first step\n`);
}

/** A line of JSON: what was reached after how many milliseconds of the process. */
async function measure() {
  /** @type {{ what: string, cpu: number, clock: number }[]} */
  const reached = [];
  const mark = (/** @type {string} */ what) => {
    const { user, system } = process.cpuUsage();
    reached.push({ what, cpu: (user + system) / 1000, clock: performance.now() });
  };
  mark('Node runs');
  const { parseCell } = await import('@nasbench/graph');
  const { loadImages, PRESETS, startBackend, trainCell } = await import('@nasbench/trainer');
  mark('packages loaded');
  await startBackend('wasm');
  mark('engine started');
  const images = await loadImages('synthetic', {
    size: 14,
    limits: { train: 64, trainEvaluation: 32, validation: 32, test: 32 },
  });
  mark('images drawn');
  await trainCell(parseCell('0101/0010/0001/0000:conv3x3,conv3x3'), images, PRESETS.tiny, {
    epochs: 1,
    seed: 'start',
    onProgress({ phase, step }) {
      if (phase === 'training' && step === 1) mark('first step done');
    },
  });
  process.stdout.write(JSON.stringify(reached));
}
