export { addCellCommand } from './cellCommand.ts';
export { addEnumerateCommand } from './enumerateCommand.ts';
export { addExportCommand } from './exportCommand.ts';
export { addFetchCommand } from './fetchCommand.ts';
export { addImportCommand } from './importCommand.ts';
export { addInfoCommand } from './infoCommand.ts';
export { addQueryCommand } from './queryCommand.ts';
export { describeRow, summarizeRow } from './rows.ts';
