import { createRequire } from 'node:module';
import { Command } from '@commander-js/extra-typings';
import { addPlotCommand, addReportCommand } from '@nasbench/app-plot';
import { addCellCommand, addEnumerateCommand, addInfoCommand, addQueryCommand } from '@nasbench/app-query';
import { addAssembleCommand, addRegenerateCommand, addTrainCommand } from '@nasbench/app-regenerate';
import { addSearchCommand } from '@nasbench/app-search';
import { addExplorerCommand } from '@nasbench/explorer';
import { runProgram } from '@nasbench/terminal';
import { addQuickstartCommand } from './quickstart.ts';

/** The `nasbench` command: the apps' commands under one name. */
export async function main(argv: readonly string[]): Promise<void> {
  const { version }: { version: string } = createRequire(import.meta.url)('../package.json');
  const program = new Command('nasbench')
    .description('a neural-architecture-search benchmark whose every number can be trained again')
    .version(version);
  for (const addCommand of [
    addQuickstartCommand,
    addEnumerateCommand,
    addCellCommand,
    addTrainCommand,
    addRegenerateCommand,
    addAssembleCommand,
    addInfoCommand,
    addQueryCommand,
    addSearchCommand,
    addPlotCommand,
    addReportCommand,
    addExplorerCommand,
  ]) {
    addCommand(program);
  }
  await runProgram(program, argv);
}
