export { addAssembleCommand } from './assembleCommand.ts';
export type { Configuration } from './configuration/configuration.ts';
export { setAsideIfOther } from './configuration/setAside.ts';
export { addEnginesCommand } from './enginesCommand.ts';
export { type Assembly, assemble } from './journal/assemble.ts';
export { type RegenerationSummary, regenerate } from './regenerate.ts';
export {
  addRegenerateCommand,
  createConfiguration,
  createWork,
  runWithProgress,
  sampleByCost,
} from './regenerateCommand.ts';
export { addTrainCommand } from './trainCommand.ts';
export { allCells } from './units/cells.ts';
