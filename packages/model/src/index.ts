export { vertexChannels } from './channels.ts';
export {
  assertNetworkConfig,
  NETWORK_PRESETS,
  type NetworkConfig,
  type NetworkPreset,
  PAPER_NETWORK,
} from './config.ts';
export { type CostCounter, countMultiplyAdds, countParameters, createCostCounter, type NetworkCosts } from './costs.ts';
export type { Layer, LayerKind, NetworkPlan, Shape } from './layers.ts';
export { OPERATIONS, type Operation, type Operations } from './operations.ts';
export { PlanBuilder } from './planBuilder.ts';
export { planNetwork } from './planNetwork.ts';
