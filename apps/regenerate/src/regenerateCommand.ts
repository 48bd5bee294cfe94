import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { type Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '@nasbench/foundation/errors';
import { type Cell, type CellSpace, formatCell, NASBENCH_101 } from '@nasbench/graph';
import { planNetwork } from '@nasbench/model';
import {
  type CommandContext,
  commandContext,
  example,
  formatDuration,
  integerBetween,
  JSON_OPTION,
  listOf,
  positiveInteger,
  positiveNumber,
} from '@nasbench/terminal';
import { type ImageSet, loadImages, type Preset } from '@nasbench/trainer';
import { allCells, cellsOfFile } from './cells.ts';
import { type Configuration, describeImages } from './configuration.ts';
import { type EngineRequest, resolveEngine } from './probeEngine.ts';
import { type RegenerationProgress, type RegenerationSummary, regenerate } from './regenerate.ts';
import { stratifiedSample } from './stratify.ts';
import { addTrainingOptions, engineOf, imagesNameOf, noteEngine, presetOf } from './trainingOptions.ts';

const { version: CODE_VERSION }: { version: string } = createRequire(import.meta.url)('../package.json');

/** `nasbench regenerate`: trains the cells of a space, every run once, whatever happens in between. */
export function addRegenerateCommand(program: Command): void {
  const command = program
    .command('regenerate')
    .description('train every cell of a space; stopped or killed, the same command goes on where it was')
    .requiredOption('--out <dir>', 'folder of the journal')
    .option('--max-vertices <n>', 'cells with at most so many vertices', integerBetween(2, 8), 4)
    .option('--max-edges <n>', 'and so many edges', positiveInteger, NASBENCH_101.maxEdges)
    .addOption(
      new Option(
        '--cells <file>',
        'cells of this JSON file (as enumerate writes it) instead of a whole space',
      ).conflicts(['maxVertices', 'maxEdges']),
    )
    .option('--sample <n>', 'only so many cells, spread evenly over the cost of training them', positiveInteger);
  addTrainingOptions(command)
    .option('--epochs <list>', "budgets, each a training of its own (default: the preset's)", listOf(positiveInteger))
    .option('--repeats <n>', 'trainings of every cell and budget', integerBetween(1, 1000), 3)
    .option(
      '--workers <n>',
      'processes that train (default: one for each core, or for each GPU)',
      integerBetween(1, 1024),
    )
    .option('--checkpoint-every <seconds>', 'keep what a run has done so far, to go on from there', positiveNumber, 60)
    .option('--retry-failed', 'train runs again that are recorded as failed')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench regenerate --out runs/small --max-vertices 4 --epochs 1,2 --repeats 3'))
    .action(async (options) => {
      const context = commandContext(options);
      const space = { ...NASBENCH_101, maxVertices: options.maxVertices, maxEdges: options.maxEdges };
      const preset = presetOf(options);
      const images = await loadImages(imagesNameOf(options), preset.images);
      const cells = options.cells === undefined ? allCells(space) : await cellsOfFile(options.cells, NASBENCH_101);
      const budgets = options.epochs ?? preset.epochs;
      assertRunCount((options.sample ?? cells.length) * budgets.length * options.repeats);
      const configuration = createConfiguration({
        space: options.cells === undefined ? space : NASBENCH_101,
        cells: options.sample === undefined ? cells : sampleByCost(cells, options.sample, preset, images),
        preset,
        images,
        epochs: budgets,
        repeats: options.repeats,
        seed: options.seed,
      });
      context.note(`images: ${images.description}`);
      const { found, ...engine } = await resolveEngine(engineOf(options), availableParallelism());
      if (found !== undefined) noteEngine(found, context);
      const workers = options.workers ?? engine.workers;
      const { out, retryFailed = false, checkpointEvery: checkpointSeconds } = options;
      const running = { workers, checkpointSeconds, retryFailed, engine };
      const summary = await runWithProgress(out, configuration, running, context);
      context.result({ out: options.out, ...summary }, describeSummary(options.out, summary));
    });
}

/** The list of runs is held in memory: four times the paper's 5 083 488. */
const MOST_RUNS = 20_000_000;

function assertRunCount(runs: number): void {
  if (runs > MOST_RUNS)
    throw new UsageError(
      `${runs} runs are too many for one folder, expected at most ${MOST_RUNS}; take fewer cells or repeats`,
    );
}

/** The configuration of a regeneration from what a user chose. */
export function createConfiguration(chosen: {
  readonly space: CellSpace;
  readonly cells: readonly Cell[];
  readonly preset: Preset;
  readonly images: ImageSet;
  readonly epochs: readonly number[];
  readonly repeats: number;
  readonly seed: string;
}): Configuration {
  const { space, cells, preset, images, epochs, repeats, seed } = chosen;
  return {
    formatVersion: 1,
    seed,
    space: { ...space, operations: [...space.operations] },
    cells: cells.map((cell) => formatCell(cell, space)),
    epochs: epochs.toSorted((a, b) => a - b),
    repeats,
    images: describeImages(images, preset.images),
    network: { ...preset.network },
    training: JSON.parse(JSON.stringify(preset.training)),
    codeVersion: CODE_VERSION,
  };
}

/** `count` cells that stand for all, by the multiply-adds of their networks. */
export function sampleByCost(cells: readonly Cell[], count: number, preset: Preset, images: ImageSet): Cell[] {
  const config = { ...preset.network, imageSize: images.size, imageChannels: images.channels, labels: images.labels };
  return stratifiedSample(cells, count, (cell) => planNetwork(cell, config).multiplyAdds);
}

/** Runs a regeneration with a progress bar. An interruption says how to go on. */
export async function runWithProgress(
  folder: string,
  configuration: Configuration,
  options: {
    readonly workers: number;
    readonly checkpointSeconds: number;
    readonly retryFailed: boolean;
    readonly engine?: EngineRequest;
  },
  context: CommandContext,
): Promise<RegenerationSummary & { readonly seconds: number }> {
  const started = performance.now();
  // In thousandths: the total is known once the runs are counted.
  const bar = context.progress('training', 1000);
  const onProgress = (progress: RegenerationProgress): void =>
    bar.update((1000 * progress.work) / progress.totalWork, describeProgress(progress));
  try {
    const summary = await regenerate(folder, configuration, {
      ...options,
      signal: context.signal,
      onProgress,
      onNote: context.note,
    });
    return { ...summary, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    if (context.signal.aborted) context.note('finished runs are kept; the same command goes on with the rest');
    throw error;
  } finally {
    bar.stop();
  }
}

function describeProgress({ done, total, failed, imagesPerSecond }: RegenerationProgress): string {
  return `${done}/${total} runs${failed > 0 ? ` · ${failed} failed` : ''}${imagesPerSecond > 0 ? ` · ${imagesPerSecond.toFixed(0)} images/s` : ''}`;
}

function describeSummary(out: string, summary: RegenerationSummary & { readonly seconds: number }): string {
  const { runs, doneBefore, trained, failed, seconds } = summary;
  const before = doneBefore > 0 ? `${doneBefore} of ${runs} runs were done already; ` : '';
  const now =
    trained > 0
      ? `${trained} ${trained === 1 ? 'run' : 'runs'} trained in ${formatDuration(seconds)}`
      : 'nothing to train';
  const trouble = failed > 0 ? ` · ${failed} failed; the same command with --retry-failed trains them again` : '';
  return `${before}${now}${trouble}\nnext: nasbench assemble ${out} --out table.arrow`;
}
