export { type CellArgument, operationOf, resolveCell } from './cellArgument.ts';
export { type CommandContext, commandContext, example, JSON_OPTION, type ProgressReporter } from './command.ts';
export { integerBetween, listOf, nonNegativeInteger, positiveInteger, positiveNumber } from './numbers.ts';
export { runProgram } from './program.ts';
export { showExpansion } from './showExpansion.ts';
export { formatDuration, formatNumber, formatPercent, formatTable } from './text.ts';
