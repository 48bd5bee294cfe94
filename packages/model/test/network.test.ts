import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { cellFromMatrix } from '@nasbench/graph';
import { expect, test } from 'vitest';
import { countMultiplyAdds, countParameters, NETWORK_PRESETS, planNetwork } from '../src/index.ts';
import { createNetwork } from '../src/tfjs/index.ts';

const inception = cellFromMatrix(
  [
    [0, 1, 1, 1, 0, 1, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0],
  ],
  ['input', 'conv1x1-bn-relu', 'conv3x3-bn-relu', 'conv3x3-bn-relu', 'conv3x3-bn-relu', 'maxpool3x3', 'output'],
);
test('wip', async () => {
  const paper = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };
  const plan = planNetwork(inception, paper);
  expect(plan.trainableParameters).toBe(2694282);
  expect(countParameters(inception, paper)).toBe(2694282);
  expect(countMultiplyAdds(inception, paper)).toBe(plan.multiplyAdds);
  await tf.setBackend('wasm');
  const small = planNetwork(inception, { ...NETWORK_PRESETS.small, imageSize: 32, imageChannels: 3, labels: 10 });
  const net = createNetwork(small, 1);
  const x = tf.randomNormal([8, 32, 32, 3]) as tf.Tensor4D;
  const { value, grads } = tf.variableGrads(
    () =>
      tf.customGrad(() => ({ value: tf.scalar(1), gradFunc: () => tf.ones([8, 10]) }))(
        net.apply(x, 'train'),
      ) as tf.Scalar,
    [...net.variables],
  );
  console.log(value.dataSync(), Object.keys(grads).length, net.variables.length);
  net.dispose();
});
