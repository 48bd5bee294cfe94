import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import { NASBench } from '@nasbench/dataset';
import { createRandom, deriveSeed } from '@nasbench/foundation/random';
import { PAPER_PROTOCOL, type Protocol, randomSearch, runSearch, type SearchRun } from '@nasbench/search';
import {
  commandContext,
  example,
  formatPercent,
  JSON_OPTION,
  positiveInteger,
  positiveNumber,
} from '@nasbench/terminal';

/** `nasbench search TABLE`: runs an algorithm against a table many times and says what it ends with. */
export function addSearchCommand(program: Command): void {
  program
    .command('search')
    .description('run a search algorithm against a table and report the regret it ends with')
    .argument('<table>', 'an Arrow file that assemble wrote')
    .addOption(
      new Option('--algorithm <name>', 'search algorithm').choices(['random'] as const).default('random' as const),
    )
    .option('--runs <n>', 'independent runs', positiveInteger, 100)
    .option('--seconds <n>', 'simulated training seconds of a run', positiveNumber)
    .option('--queries <n>', 'valid queries of a run', positiveInteger)
    .option('--seed <text>', 'decides every random draw', '0')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench search runs/quickstart/quickstart.arrow --queries 5'))
    .action(async (file, { algorithm, runs, seconds = null, queries = null, seed, json }) => {
      const context = commandContext({ json });
      const bench = await NASBench.open(file);
      const { epochs, space, provenance } = bench.metadata;
      const limits = seconds === null && queries === null ? {} : { seconds, queries };
      const protocol: Protocol = { ...PAPER_PROTOCOL, ...limits };
      const results = Array.from({ length: runs }, (_, run) => {
        const runSeed = deriveSeed(seed, algorithm, run);
        const searcher = randomSearch(space, epochs[epochs.length - 1], createRandom(runSeed, 'searcher'));
        return runSearch(bench, searcher, protocol, runSeed);
      });
      const summary = { algorithm, runs, protocol, provenance, ...summarize(results) };
      context.result(
        summary,
        `${algorithm} search, ${runs} runs: mean test regret ${formatPercent(summary.meanTestRegret)} ± ${formatPercent(summary.standardError)} (standard error) after ${summary.meanQueries.toFixed(1)} queries · provenance: ${provenance}`,
      );
    });
}

function summarize(results: readonly SearchRun[]): {
  meanTestRegret: number;
  standardError: number;
  meanQueries: number;
} {
  const regrets = results.map(({ testRegret }) => testRegret ?? Number.NaN);
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
