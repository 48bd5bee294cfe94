import type { Command } from '@commander-js/extra-typings';
import { commandContext, example, formatDuration, formatNumber, formatTable, JSON_OPTION } from '@nasbench/terminal';
import { describeRun } from '../units/units.ts';
import { workerLine } from './liveView.ts';
import { type FolderStatus, type RegenerationStatus, regenerationStatus } from './regenerationStatus.ts';

/** `nasbench status DIR..`: what is done, what runs, what failed. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('how a regeneration stands: done, running, failed, time left; while it runs or afterwards')
    .argument('<dir...>', 'folders that regenerate wrote, with the same settings')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench status runs/small', 'nasbench status runs/small --json'))
    .action(async (folders, options) => {
      const context = commandContext(options);
      const { warnings, ...status } = await regenerationStatus(folders);
      for (const warning of warnings) context.note(warning);
      context.result(status, describe(status));
    });
}

/** Failed runs that are shown; all of them are in the JSON document. */
const SHOWN_FAILURES = 20;

function describe({ work, failures, folders }: Omit<RegenerationStatus, 'warnings'>): string {
  const table = formatTable([
    ['work', 'cells', 'budgets', 'repeats', 'runs', 'done', 'failed', 'missing'],
    ...work.map(({ space, cells, epochs, repeats, runs, done, failed }) => [
      `up to ${space.maxVertices} vertices, ${space.maxEdges} edges`,
      formatNumber(cells),
      epochs.join(','),
      repeats,
      formatNumber(runs),
      formatNumber(done - failed),
      formatNumber(failed),
      formatNumber(runs - done),
    ]),
  ]);
  const failed = failures.slice(0, SHOWN_FAILURES).map((run) => `${describeRun(run)} failed: ${run.failure}`);
  if (failures.length > SHOWN_FAILURES) failed.push(`and ${failures.length - SHOWN_FAILURES} more failed runs`);
  return [table, ...folders.flatMap(describeFolder), ...failed].join('\n');
}

function describeFolder({ folder, process: holder, live }: FolderStatus): string[] {
  if (holder === null) return [`${folder}: nothing runs${live === null ? '' : `; last sign of life ${live.updated}`}`];
  const where = `process ${holder.pid} on ${holder.host}${holder.isRunning === null ? ' (cannot be seen from here)' : ''}`;
  const state = holder.isRunning === false ? 'has ended without a word' : 'works';
  if (live === null) return [`${folder}: ${where} ${state}`];
  const left = live.secondsLeft === null ? '' : `, ${formatDuration(live.secondsLeft)} left`;
  return [
    `${folder}: ${where} ${state}, ${live.imagesPerSecond.toFixed(0)} images/s${left}, said at ${live.updated}`,
    ...live.running.map((one) => `  ${workerLine(one)}`),
    ...(live.lastError === null ? [] : [`  last error: ${live.lastError}`]),
  ];
}
