// One training step of the paper's whole network (20.3 million parameters) on one shard: does it fit, how long does it take?
//   node benchmarks/paperStep.js [ENGINE] [BATCH]        (after `npm run build`; wasm, 32)
// NODE_PATH says where @tensorflow/tfjs-node is, if it is not beside the packages.

import { parseCell } from '@nasbench/graph';
import { describeEngine, loadImages, PRESETS, startBackend, trainCell } from '@nasbench/trainer';

const [engine = 'wasm', batch = '32'] = process.argv.slice(2);
const batchSize = Number(batch);
const arithmetic = describeEngine(await startBackend(/** @type {any} */ (engine)));
const [few, all] = [batchSize, 2 * batchSize];
const images = await loadImages('synthetic', {
  size: 32,
  limits: { train: all, trainEvaluation: few, validation: few, test: few },
});
const { network, training } = PRESETS.paper;
const stop = new AbortController();
const before = performance.now();
const run = trainCell(
  parseCell('0101/0010/0001/0000:conv3x3,conv3x3'),
  images,
  { network, training: { ...training, batchSize, shards: 1 } },
  {
    epochs: 1,
    seed: 'paper',
    signal: stop.signal,
    onProgress({ phase, loss }) {
      if (phase !== 'training') return;
      const seconds = ((performance.now() - before) / 1000).toFixed(1);
      const gibibytes = (process.resourceUsage().maxRSS / 2 ** 20).toFixed(1);
      process.stdout.write(
        `${arithmetic}: ${batchSize} images, loss ${loss.toFixed(3)}, ${seconds} s, ${gibibytes} GiB\n`,
      );
      stop.abort();
    },
  },
);
await run.catch((error) => {
  if (!stop.signal.aborted) throw error;
});
process.exit();
