import { createRequire } from 'node:module';
import { Command } from '@commander-js/extra-typings';
import { runProgram } from '@nasbench/terminal';

type AddCommand = (program: Command) => void;

/** The commands in the order of the help, each loaded when it is needed: a look-up should not wait for the trainer. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  quickstart: async () => (await import('./quickstart.ts')).addQuickstartCommand,
  enumerate: async () => (await import('@nasbench/app-query')).addEnumerateCommand,
  cell: async () => (await import('@nasbench/app-query')).addCellCommand,
  fetch: async () => (await import('@nasbench/app-query')).addFetchCommand,
  train: async () => (await import('@nasbench/app-regenerate')).addTrainCommand,
  regenerate: async () => (await import('@nasbench/app-regenerate')).addRegenerateCommand,
  config: async () => (await import('@nasbench/app-regenerate')).addConfigCommand,
  worker: async () => (await import('@nasbench/app-regenerate')).addWorkerCommand,
  plan: async () => (await import('@nasbench/app-regenerate')).addPlanCommand,
  engines: async () => (await import('@nasbench/app-regenerate')).addEnginesCommand,
  status: async () => (await import('@nasbench/app-regenerate')).addStatusCommand,
  assemble: async () => (await import('@nasbench/app-regenerate')).addAssembleCommand,
  verify: async () => (await import('@nasbench/app-regenerate')).addVerifyCommand,
  import: async () => (await import('@nasbench/app-query')).addImportCommand,
  export: async () => (await import('@nasbench/app-query')).addExportCommand,
  info: async () => (await import('@nasbench/app-query')).addInfoCommand,
  query: async () => (await import('@nasbench/app-query')).addQueryCommand,
  surrogate: async () => (await import('@nasbench/app-surrogate')).addSurrogateCommand,
  search: async () => (await import('@nasbench/app-search')).addSearchCommand,
  plot: async () => (await import('@nasbench/app-plot')).addPlotCommand,
  report: async () => (await import('@nasbench/app-plot')).addReportCommand,
  explorer: async () => (await import('@nasbench/explorer')).addExplorerCommand,
};

/** The `nasbench` command: the apps' commands under one name. */
export async function main(argv: readonly string[]): Promise<void> {
  const { version }: { version: string } = createRequire(import.meta.url)('../package.json');
  const program = new Command('nasbench')
    .description('a neural-architecture-search benchmark whose every number can be trained again')
    .version(version);
  const named = argv[2];
  const wanted = Object.hasOwn(COMMANDS, named) ? [named] : Object.keys(COMMANDS);
  for (const load of wanted.map((name) => COMMANDS[name])) (await load())(program);
  await runProgram(program, argv);
}
