// Trains both cells for some steps and prints everything but times as JSON: node losses.js ENGINE   (after npm run build)

import { parseCell } from '@nasbench/graph';
import { describeEngine, loadImages, PRESETS, startBackend, trainCell } from '@nasbench/trainer';

const CELLS = {
  'ResNet-like': parseCell('0101/0010/0001/0000:conv3x3,conv3x3'),
  'Inception-like': parseCell(
    '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3',
  ),
};
/** 20 steps of 32 images. */
const LIMITS = { train: 640, trainEvaluation: 64, validation: 64, test: 64 };

const engine = describeEngine(await startBackend(/** @type {any} */ (process.argv[2] ?? 'wasm')));
const images = await loadImages('synthetic', { size: 16, limits: LIMITS });
const { network, training } = PRESETS.small;
/** @type {Record<string, { losses: number[], accuracies: number[] }>} */
const cells = {};
for (const [name, cell] of Object.entries(CELLS)) {
  /** @type {number[]} */
  const losses = [];
  const result = await trainCell(
    cell,
    images,
    { network, training },
    {
      epochs: 1,
      seed: 'engines',
      onProgress: ({ phase, loss }) => {
        if (phase === 'training') losses.push(loss);
      },
    },
  );
  if (result.status === 'failed') throw new Error(result.reason);
  const accuracies = result.points.flatMap((point) => [
    point.trainAccuracy,
    point.validationAccuracy,
    point.testAccuracy,
  ]);
  cells[name] = { losses, accuracies };
}
process.stdout.write(`${JSON.stringify({ engine, cells })}\n`);
process.exit();
