export { type Assembly, assemble } from './assemble.ts';
export { addAssembleCommand } from './assembleCommand.ts';
export { allCells } from './cells.ts';
export type { Configuration } from './configuration.ts';
export { addEnginesCommand } from './enginesCommand.ts';
export { type RegenerationProgress, type RegenerationSummary, regenerate } from './regenerate.ts';
export { addRegenerateCommand, createConfiguration, runWithProgress, sampleByCost } from './regenerateCommand.ts';
export { setAsideIfOther } from './setAside.ts';
export { addTrainCommand } from './trainCommand.ts';
