// A process of rankCorrelation.js: gets settings and the folder of CIFAR-10 as arguments, then one cell a message.

import { parseCell } from '@nasbench/graph';
import { loadImages, startBackend, trainCell } from '@nasbench/trainer';

const { setup, limits, size, epochs, seed } = JSON.parse(process.argv[2]);
await startBackend('wasm');
const images = await loadImages(`cifar10:${process.argv[3]}`, { size, limits });

process.on('message', async (/** @type {string} */ text) => {
  const before = process.cpuUsage().user;
  const result = await trainCell(parseCell(text), images, setup, { epochs, seed });
  // A cell that cannot be trained ranks last.
  const { validationAccuracy, testAccuracy } =
    result.status === 'completed' ? result.points[2] : { validationAccuracy: 0, testAccuracy: 0 };
  const row = { validationAccuracy, testAccuracy, seconds: (process.cpuUsage().user - before) / 1e6 };
  // Nobody hears of it if the coordinator was stopped.
  process.send?.(row, () => {});
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
