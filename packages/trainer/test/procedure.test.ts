import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../src/engines/startBackend.node.ts';
import { createRmsProp } from '../src/procedure/rmsProp.ts';
import { learningRateAt } from '../src/procedure/schedule.ts';
import { stepCounts } from '../src/procedure/stepCounts.ts';

describe('step counts', () => {
  it.each([
    [4, 312, 625],
    [12, 937, 1875],
    [36, 2812, 5625],
    [108, 8437, 16_875],
  ])('of %d epochs are the reference’s', (epochs, half, end) => {
    expect(stepCounts(epochs, 40_000, 256)).toEqual({ start: 1, half, end });
  });

  it('never put half before the start', () => {
    expect(stepCounts(1, 100, 100)).toEqual({ start: 1, half: 1, end: 1 });
  });
});

describe('cosine schedule', () => {
  it('starts with a step of zero and goes down to almost zero', () => {
    const rates = Array.from({ length: 8 }, (_, step) =>
      learningRateAt('cosine-by-step', 0.2, { step, steps: 8, seconds: 0, timeLimit: Infinity }),
    );
    expect(rates[0]).toBe(0);
    expect(rates[4]).toBeCloseTo(0.1, 12);
    for (let step = 1; step < 8; step++)
      expect(rates[step]).toBeCloseTo(0.1 * (1 + Math.cos((Math.PI * step) / 8)), 12);
  });
});

describe('RMSProp', () => {
  beforeAll(() => startBackend('cpu'));

  it('follows TensorFlow 1: ones at first, epsilon inside the root, decay on every value', () => {
    const optimizer = { decay: 0.9, momentum: 0.8, epsilon: 0.5 };
    const weightDecay = 0.01;
    const start = [1, -2, 3, 0.5, 4, -1];
    const matrix = tf.variable(tf.tensor2d(start.slice(0, 4), [2, 2]));
    const vector = tf.variable(tf.tensor1d(start.slice(4)));
    const rmsProp = createRmsProp([matrix, vector], optimizer, weightDecay);
    const expected = start.map((value) => ({ value, ms: 1, mom: 0 }));
    for (let step = 0; step < 20; step++) {
      const rate = step === 0 ? 0 : 0.3 / step;
      const gradients = start.map((_, i) => Math.sin(3 * i + step) * (i + 1));
      rmsProp.step([tf.tensor2d(gradients.slice(0, 4), [2, 2]), tf.tensor1d(gradients.slice(4))], rate);
      for (const [i, slot] of expected.entries()) {
        const g = gradients[i] + weightDecay * slot.value;
        slot.ms = 0.9 * slot.ms + 0.1 * g * g;
        slot.mom = 0.8 * slot.mom + (rate * g) / Math.sqrt(slot.ms + 0.5);
        slot.value -= slot.mom;
      }
      const values = [...matrix.dataSync(), ...vector.dataSync()];
      for (const [i, slot] of expected.entries()) expect(values[i]).toBeCloseTo(slot.value, 5);
    }
    expect(matrix.shape).toEqual([2, 2]);
  });

  it('goes on from slots that were read, bit for bit', () => {
    const config = { decay: 0.9, momentum: 0.9, epsilon: 1 };
    const gradient = (step: number) => [tf.tensor1d([Math.sin(step), 0.3]), tf.tensor1d([Math.cos(step)])];
    const variables = () => [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3]))];
    const whole = variables();
    const optimizer = createRmsProp(whole, config, 0.1);
    for (let step = 0; step < 3; step++) optimizer.step(gradient(step), 0.1);
    const slots = optimizer.readSlots();
    const kept = { meanSquare: slots.meanSquare.slice(), moment: slots.moment.slice() };
    const rest = whole.map((variable) => tf.variable(variable.clone()));
    const continued = createRmsProp(rest, config, 0.1, slots);
    for (let step = 3; step < 6; step++) {
      optimizer.step(gradient(step), 0.1);
      continued.step(gradient(step), 0.1);
    }
    expect(continued.readSlots()).toEqual(optimizer.readSlots());
    expect(rest.map((variable) => variable.dataSync())).toEqual(whole.map((variable) => variable.dataSync()));
    // What was read has not moved with the optimizers.
    expect(slots).toEqual(kept);
    expect(continued.readSlots()).not.toEqual(kept);
  });

  it('gives every variable a new tensor', () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = createRmsProp([variable], { decay: 0.9, momentum: 0.9, epsilon: 1 }, 0);
    const { dataId } = variable;
    optimizer.step([tf.tensor1d([1, 1])], 0.1);
    expect(variable.dataId).not.toBe(dataId);
  });

  it('keeps no tensors but its own', () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const before = tf.memory().numTensors;
    const optimizer = createRmsProp([variable], { decay: 0.9, momentum: 0.9, epsilon: 1 }, 0.1);
    const gradient = tf.tensor1d([1, 1]);
    for (let step = 0; step < 3; step++) optimizer.step([gradient], 0.1);
    expect(tf.memory().numTensors).toBe(before + 4);
    optimizer.dispose();
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
