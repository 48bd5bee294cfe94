import type { Command } from '@commander-js/extra-typings';
import { commandContext, example, formatTable, JSON_OPTION } from '@nasbench/terminal';
import { BACKENDS, describeEngine, type Engine } from '@nasbench/trainer';
import { probeEngine } from './probeEngine.ts';

/** `nasbench engines`: what can train here, what cannot, and how to get it. */
export function addEnginesCommand(program: Command): void {
  program
    .command('engines')
    .description('the engines that train on this machine, and how to get the others')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench engines'))
    .action(async (options) => {
      const context = commandContext(options);
      const engines = [];
      for (const backend of BACKENDS) engines.push({ backend, ...(await probeEngine(backend)) });
      const best = engines.find(
        (probe) => probe.here && (probe.engine.device !== null || probe.backend === 'wasm' || probe.backend === 'cpu'),
      );
      const rows = engines.map((probe) => [
        probe.backend,
        probe.here ? 'here' : 'absent',
        probe.here ? describeFound(probe.engine) : probe.reason,
      ]);
      context.result(
        { engines, auto: best?.backend ?? null, default: 'wasm' },
        `${formatTable([['engine', '', ''], ...rows])}\n--engine auto takes ${best?.backend ?? 'none'}; the default is wasm, which gives the same bits on every machine`,
      );
    });
}

function describeFound(engine: Engine): string {
  const without = engine.kernelsAbsent === undefined ? '' : `, without @nasbench/kernels: ${engine.kernelsAbsent}`;
  return `${describeEngine(engine)}, on ${engine.device ?? 'the processor'}${without}`;
}
