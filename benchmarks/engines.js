// Images per second of training on every engine that is here, one thread, and on PyTorch beside them:
//   NASBENCH_PYTHON=python3 node benchmarks/engines.js [ENGINE..]      (after `npm run build`; a Python with torch)
// A row is the best step by CPU time of a process of its own; on a GPU, where that says little, by time.
// NODE_PATH says where @tensorflow/tfjs-node is, if it is not beside the packages.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseCell } from '@nasbench/graph';
import { NETWORK_PRESETS, planNetwork } from '@nasbench/model';
import { describeEngine, loadImages, PRESETS, startBackend, trainCell } from '@nasbench/trainer';

const CELLS = {
  'ResNet-like': parseCell('0101/0010/0001/0000:conv3x3,conv3x3'),
  'Inception-like': parseCell(
    '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3',
  ),
};
const SIZES = [16, 32];
const { batchSize } = PRESETS.small.training;
const STEPS = 24;
const CASES = Object.keys(CELLS).flatMap((cell) => SIZES.map((size) => ({ cell, size })));

if (process.argv[2] === '--measure') {
  process.stdout.write(JSON.stringify(await measure(process.argv[3])));
  process.exit();
}
report();

function report() {
  const chosen = process.argv.slice(2);
  const engines = chosen.length > 0 ? chosen : ['tensorflow', 'webgpu', 'wasm', 'wasm-stock'];
  process.stdout.write(`images/s, batch ${batchSize}, stem 16, 3 stacks x 1 cell, one thread; ${process.version}\n`);
  line('', ...CASES.map(({ cell, size }) => `${cell} ${size}x${size}`));
  for (const engine of engines) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--measure', engine], {
      encoding: 'utf8',
    });
    // The error's own line: what a library writes may stand before it.
    const reason = stderr.split('\n').find((text) => text.includes('Error:')) ?? `status ${status}`;
    if (status !== 0) process.stdout.write(`${engine}: not measured, ${reason.trim()}\n`);
    else line(...JSON.parse(stdout));
  }
  const python = process.env.NASBENCH_PYTHON;
  if (python === undefined) {
    process.stdout.write('PyTorch: not measured, NASBENCH_PYTHON names no Python that has torch\n');
    return;
  }
  const plans = CASES.map(({ cell, size }) => planOf(CELLS[cell], size));
  const input = JSON.stringify({ batchSize, steps: STEPS, plans });
  const torch = spawnSync(python, [path.join(import.meta.dirname, 'engines.py')], { input, encoding: 'utf8' });
  if (torch.status !== 0) process.stdout.write(`PyTorch: not measured\n${torch.stderr}`);
  else for (const row of JSON.parse(torch.stdout)) line(...row);
}

/** @param {string} name @param {(string | number)[]} values */
function line(name, ...values) {
  const cells = values.map((value) => (typeof value === 'number' ? value.toFixed(0) : value).padStart(22));
  process.stdout.write(`${name.padEnd(66)}${cells.join('')}\n`);
}

/** @param {string} name of an engine, or `wasm-stock` for wasm without our kernels */
async function measure(name) {
  const stock = name === 'wasm-stock';
  const engine = await startBackend(/** @type {any} */ (stock ? 'wasm' : name), { kernels: !stock });
  const rates = [];
  for (const { cell, size } of CASES) rates.push(await rateOf(CELLS[cell], size, engine.device !== null));
  return [describeEngine(engine), ...rates];
}

/** @param {import('@nasbench/graph').Cell} cell @param {number} size @param {boolean} onGpu */
async function rateOf(cell, size, onGpu) {
  const limits = { train: STEPS * batchSize, trainEvaluation: batchSize, validation: batchSize, test: batchSize };
  const images = await loadImages('synthetic', { size, limits });
  const { network, training } = PRESETS.small;
  const now = () => (onGpu ? performance.now() * 1000 : process.cpuUsage().user + process.cpuUsage().system);
  let best = Number.POSITIVE_INFINITY;
  let before = Number.NaN;
  await trainCell(
    cell,
    images,
    { network, training },
    {
      epochs: 1,
      seed: 'speed',
      onProgress({ phase }) {
        const after = now();
        if (phase === 'training' && after - before < best) best = after - before;
        // A step that follows an evaluation is not taken.
        before = phase === 'training' ? after : Number.NaN;
      },
    },
  );
  return (1e6 * batchSize) / best;
}

/** The layers, for another interpreter. @param {import('@nasbench/graph').Cell} cell @param {number} imageSize */
function planOf(cell, imageSize) {
  const plan = planNetwork(cell, { ...NETWORK_PRESETS.small, imageSize, imageChannels: 3, labels: 10 });
  return { size: imageSize, layers: plan.layers };
}
