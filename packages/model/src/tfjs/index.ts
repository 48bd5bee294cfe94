export { type ApplyOptions, createNetwork, type Mode, type Network } from './network.ts';
export { runOwnKernel } from './ownKernel.ts';
export { readWeights, type WeightValues, writeWeights } from './weights.ts';
