import { CELL_FEATURES } from './cellFeatures.ts';

/** Features whose value, and whose value divided by the number of vertices that share the output's channels, make a step longer. */
const SCALED = [
  'edge_count',
  'input_edges',
  'shortcut',
  'conv3x3.count',
  'conv1x1.count',
  'maxpool3x3.count',
  'conv3x3.from_input',
  'maxpool3x3.from_input',
  'conv3x3.in_degrees',
  'conv1x1.in_degrees',
  'maxpool3x3.in_degrees',
];
const COSTS = ['multiply_adds', 'trainable_parameters'];
const indexOf = (name: string): number => CELL_FEATURES.indexOf(name);
const SCALED_INDICES = SCALED.map(indexOf);
const COST_INDICES = COSTS.map(indexOf);
const FEEDING = indexOf('feeding_output');

export const TIME_TERM_COUNT = 2 + COSTS.length + 2 * SCALED.length;

/** Costs are 10^5 to 10^10: brought near the other terms, so that their equations can be solved. */
const COST_SCALE = 1e-8;

/** Writes the terms of the linear part of the training time, from the features of cell i (feature f at `f * stride + i`). */
export function writeTimeTerms(features: Float32Array, stride: number, i: number, terms: Float64Array): void {
  // A cell of two vertices has nothing that feeds the output but its input.
  const share = 1 / Math.max(1, features[FEEDING * stride + i]);
  let next = 0;
  terms[next++] = 1;
  terms[next++] = share;
  for (const feature of COST_INDICES) terms[next++] = features[feature * stride + i] * COST_SCALE;
  for (const feature of SCALED_INDICES) {
    const value = features[feature * stride + i];
    terms[next++] = value;
    terms[next++] = value * share;
  }
}
