// Training steps (forward, backward, gradient descent) of the small network on the wasm backend, one thread: with the
// kernels of @nasbench/kernels, on the composition of stock operations that takes their place where there are none, and
// as a textbook would write the network (tf.moments, tf.batchNorm, tf.relu, ...). The three take turns.
//   node benchmarks/training.js        (after `npm run build`)
import { cellFromMatrix, INPUT, OUTPUT } from '@nasbench/graph';
import { removeKernels, startWithKernels } from '@nasbench/kernels';
import { NETWORK_PRESETS, planNetwork } from '@nasbench/model';
import { createNetwork } from '@nasbench/model/tfjs';
import * as tf from '@tensorflow/tfjs-core';

const BATCH = 32;
const ROUNDS = 5;
/** How many times as fast as the composition of stock operations the kernels must be. */
const LIMITS = { 'ResNet-like 32x32': 1.4, 'ResNet-like 16x16': 2 };
const CELLS = {
  'ResNet-like': cell('0-1 1-2 2-3 0-3', 'conv3x3', 'conv3x3'),
  'Inception-like': cell(
    '0-1 0-2 0-3 0-5 1-6 2-6 3-4 4-6 5-6',
    'conv1x1',
    'conv3x3',
    'conv3x3',
    'conv3x3',
    'maxpool3x3',
  ),
};

tf.enableProdMode();
await import('@tensorflow/tfjs-backend-wasm');
await import('@tensorflow/tfjs-layers'); // registers the stock gradients; ours need none
const startWasm = async () => {
  await tf.setBackend('wasm');
  await tf.ready();
};
const installation = await startWithKernels(startWasm);
if (!installation.installed) throw new Error(installation.reason);
registerFilterGradient();

/** What is compared: a function that applies the network, and how many steps it gets in a round. */
const VARIANTS = {
  kernels: { prepare: () => startWithKernels(startWasm), apply: applyOurs, steps: 10 },
  composition: { prepare: removeKernels, apply: applyOurs, steps: 4 },
  textbook: { prepare: removeKernels, apply: applyStock, steps: 1 },
};

process.stdout.write(`images/s of the best step, by user CPU time, batch ${BATCH}; stem 16, 3 stacks x 1 cell\n`);
for (const [name, ofCell] of Object.entries(CELLS)) {
  for (const imageSize of [32, 16]) {
    const plan = planNetwork(ofCell, { ...NETWORK_PRESETS.small, imageSize, imageChannels: 3, labels: 10 });
    const label = `${name} ${imageSize}x${imageSize}`;
    const { kernels, composition, textbook } = await measure(plan);
    const ratio = kernels.rate / composition.rate;
    const missed = ratio < (LIMITS[label] ?? 0);
    if (missed) process.exitCode = 1;
    const difference = Math.max(...[kernels, composition].map(({ loss }) => Math.abs(loss - textbook.loss)));
    process.stdout.write(
      `${label}: kernels ${kernels.rate.toFixed(0)}, composition ${composition.rate.toFixed(0)}, textbook ${textbook.rate.toFixed(0)}; ` +
        `ratios ${ratio.toFixed(1)} and ${(kernels.rate / textbook.rate).toFixed(1)}; ` +
        `first losses differ by ${(difference / textbook.loss).toExponential(0)}` +
        `${missed ? ` (limit ${LIMITS[label]}, MISSED)` : ''}\n`,
    );
  }
}

/** @returns for each variant the loss before the first step, and images per second of the best step */
async function measure(plan) {
  const { imageSize, imageChannels } = plan.config;
  const images = tf.randomNormal([BATCH, imageSize, imageSize, imageChannels], 0, 1, 'float32', 1);
  const labels = tf.oneHot(
    Array.from({ length: BATCH }, (_, i) => i % 10),
    10,
  );
  const results = {};
  const networks = {};
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [variant, { prepare, apply, steps }] of Object.entries(VARIANTS)) {
      await prepare();
      networks[variant] ??= createNetwork(plan, 1);
      // The first round warms up.
      for (let i = 0; i < (round === 0 ? 2 : steps); i++) {
        const before = process.cpuUsage().user;
        const loss = step(networks[variant], apply, images, labels);
        const rate = (1e6 * BATCH) / (process.cpuUsage().user - before);
        results[variant] ??= { loss, rate: 0 };
        if (round > 0) results[variant].rate = Math.max(results[variant].rate, rate);
      }
    }
  }
  for (const network of Object.values(networks)) network.dispose();
  tf.dispose([images, labels]);
  return results;
}

function step(network, apply, images, labels) {
  return tf.tidy(() => {
    const loss = () => tf.losses.softmaxCrossEntropy(labels, apply(network, images));
    const { value, grads } = tf.variableGrads(loss, [...network.variables]);
    for (const variable of network.variables) {
      variable.assign(tf.sub(variable, tf.mul(grads[variable.name], 0.05)));
    }
    return value.dataSync()[0];
  });
}

function applyOurs(network, images) {
  return network.apply(images, 'train');
}

/** The same network in stock operations with their stock gradients. */
function applyStock({ plan, weights }, images) {
  const values = [];
  for (const layer of plan.layers) {
    const inputs = layer.inputs.map((id) => values[id]);
    const part = (name) => weights.get(`${layer.name}/${name}`);
    values.push(stockLayer(layer, inputs, part, images, plan.config.batchNormEpsilon));
  }
  return values.at(-1);
}

function stockLayer(layer, inputs, part, images, epsilon) {
  switch (layer.kind) {
    case 'input':
      return images;
    case 'conv-bn-relu': {
      const y = tf.conv2d(inputs[0], part('filter'), 1, 'same');
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      return tf.relu(tf.batchNorm(y, mean, variance, part('offset'), part('scale'), epsilon));
    }
    case 'max-pool':
      return tf.maxPool(inputs[0], layer.size, layer.stride, 'same');
    case 'truncate':
      return tf.slice(inputs[0], [0, 0, 0, 0], [-1, -1, -1, layer.channels]);
    case 'sum':
      return tf.addN(inputs);
    case 'concat':
      return tf.concat(inputs, 3);
    case 'global-average-pool':
      return tf.mean(inputs[0], [1, 2]);
    case 'dense':
      return tf.add(tf.matMul(inputs[0], part('weights')), part('bias'));
    default:
      throw new Error(`no stock layer for ${layer.kind}`);
  }
}

/** Conv2DBackpropFilter, which the wasm backend lacks: one product of a slice of x and dy per tap. */
function registerFilterGradient() {
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc({ inputs, attrs }) {
      const [kernel, , channels, filters] = attrs.filterShape;
      const [images, height, width] = inputs.x.shape;
      const before = Math.floor((kernel - 1) / 2);
      const around = [before, kernel - 1 - before];
      return tf.tidy(() => {
        const padded = tf.pad(inputs.x, [[0, 0], around, around, [0, 0]]);
        const dy = tf.reshape(inputs.dy, [-1, filters]);
        const taps = Array.from({ length: kernel * kernel }, (_, tap) => {
          const start = [0, Math.floor(tap / kernel), tap % kernel, 0];
          const shifted = tf.reshape(tf.slice(padded, start, [images, height, width, channels]), [-1, channels]);
          return tf.matMul(shifted, dy, true, false);
        });
        return tf.reshape(tf.stack(taps), attrs.filterShape);
      });
    },
  });
}

function cell(edges, ...interior) {
  const vertices = interior.length + 2;
  const matrix = Array.from({ length: vertices }, () => Array.from({ length: vertices }, () => 0));
  for (const edge of edges.split(' ')) {
    const [from, to] = edge.split('-').map(Number);
    matrix[from][to] = 1;
  }
  const labels = interior.map((name) => (name.startsWith('conv') ? `${name}-bn-relu` : name));
  return cellFromMatrix(matrix, [INPUT, ...labels, OUTPUT]);
}
