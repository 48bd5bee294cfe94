import { setImmediate } from 'node:timers/promises';
import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import { describeProvenance, NASBench } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import { createRandom, deriveSeed } from '@nasbench/foundation/random';
import { PAPER_PROTOCOL, type Protocol, randomSearch, runSearch, type SearchRun } from '@nasbench/search';
import {
  commandContext,
  example,
  integerBetween,
  JSON_OPTION,
  positiveInteger,
  positiveNumber,
  showExpansion,
} from '@nasbench/terminal';

/** `nasbench search TABLE`: runs an algorithm against a table many times and says what it ends with. */
export function addSearchCommand(program: Command): void {
  program
    .command('search')
    .description('run a search algorithm against a table and report the regret it ends with')
    .argument('<table>', 'an Arrow file, or official, mini or surrogate')
    .addOption(
      new Option('--algorithm <name>', 'search algorithm').choices(['random'] as const).default('random' as const),
    )
    .option('--runs <n>', 'independent runs', integerBetween(1, 1e6), 100)
    .option(
      '--seconds <n>',
      'simulated training seconds of a run (official tables: 1e7 unless limited)',
      positiveNumber,
    )
    .option('--queries <n>', 'valid queries of a run', positiveInteger)
    .option('--seed <text>', 'decides every random draw', '0')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench search runs/quickstart/quickstart.arrow --queries 5'))
    .action(async (file, { algorithm, runs, seconds = null, queries = null, seed, json }) => {
      const context = commandContext({ json });
      const bench = new NASBench(await showExpansion(context, (shown) => openNamedTable(file, shown)));
      const { epochs, space, provenance } = bench.metadata;
      if (provenance !== 'official' && seconds === null && queries === null) {
        throw new UsageError(
          `${file} is ${provenance}: the paper's limit of 1e7 seconds is for official tables; pass --queries or --seconds`,
        );
      }
      const limits = seconds === null && queries === null ? {} : { seconds, queries };
      const protocol: Protocol = { ...PAPER_PROTOCOL, ...limits };
      const results: SearchRun[] = [];
      const bar = context.progress('searching', runs);
      try {
        for (let run = 0; run < runs; run++) {
          bar.update(run, `${run}/${runs} runs`);
          const runSeed = deriveSeed(seed, algorithm, run);
          const searcher = randomSearch(space, epochs[epochs.length - 1], createRandom(runSeed, 'searcher'));
          results.push(runSearch(bench, searcher, protocol, runSeed));
          // A run never waits for anything: without this a Ctrl-C would be heard after the last one.
          await setImmediate();
        }
        bar.update(runs, `${runs}/${runs} runs`);
      } finally {
        bar.stop();
      }
      const summary = { algorithm, runs, protocol, provenance, ...summarize(results) };
      context.result(
        summary,
        `${algorithm} search, ${runs} runs: mean test regret ${points(summary.meanTestRegret)} ± ${points(summary.standardError)} percentage points (standard error) after ${summary.meanQueries.toFixed(1)} queries · provenance: ${describeProvenance(bench.metadata)}`,
      );
    });
}

const points = (fraction: number): string => (100 * fraction).toFixed(2);

function summarize(results: readonly SearchRun[]): {
  meanTestRegret: number;
  standardError: number;
  meanQueries: number;
} {
  const regrets = results.flatMap(({ testRegret }) => testRegret ?? []);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const meanTestRegret = mean(regrets);
  const variance =
    regrets.reduce((sum, regret) => sum + (regret - meanTestRegret) ** 2, 0) / Math.max(1, regrets.length - 1);
  return {
    meanTestRegret,
    standardError: Math.sqrt(variance / regrets.length),
    meanQueries: mean(results.map(({ trials }) => trials.length)),
  };
}
