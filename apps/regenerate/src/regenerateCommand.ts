import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
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
import { type Configuration, describeImages } from './configuration/configuration.ts';
import type { Work } from './configuration/regenerationFile.ts';
import { resolveEngine } from './probeEngine.ts';
import { type RegenerationOptions, type RegenerationSummary, regenerate } from './regenerate.ts';
import type { RegenerationProgress } from './regenerationState.ts';
import { addTrainingOptions, engineOf, imagesNameOf, noteEngine, presetOf } from './trainingOptions.ts';
import { allCells, cellsOfFile } from './units/cells.ts';
import { parseShard, shardFolderName } from './units/shard.ts';
import { stratifiedSample } from './units/stratify.ts';

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
    .option(
      '--hang-after <seconds>',
      'end a process that says nothing for so long, and train its run again',
      positiveNumber,
      1800,
    )
    .option('--shard <i/n>', 'train only part i of n, in a folder of its own inside --out', parseShard)
    .option('--retry-failed', 'train runs again that are recorded as failed')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench regenerate --out runs/small --max-vertices 4 --epochs 1,2 --repeats 3'))
    .action(async (options) => {
      const context = commandContext(options);
      const preset = presetOf(options);
      const images = await loadImages(imagesNameOf(options), preset.images);
      const work = await chooseWork(options, preset, images);
      const configuration = createConfiguration({
        operations: NASBENCH_101.operations,
        preset,
        images,
        seed: options.seed,
      });
      context.note(`images: ${images.description}`);
      const { found, ...engine } = await resolveEngine(engineOf(options), availableParallelism());
      if (found !== undefined) noteEngine(found, context);
      const { retryFailed = false, checkpointEvery: checkpointSeconds, hangAfter: silenceSeconds, shard } = options;
      const workers = options.workers ?? engine.workers;
      const running = { workers, checkpointSeconds, silenceSeconds, retryFailed, engine, shard };
      const out = shard === undefined ? options.out : path.join(options.out, shardFolderName(shard));
      const summary = await runWithProgress(out, configuration, work, running, context);
      context.result({ out, ...summary }, describeSummary(options.out, summary));
    });
}

/** What the options ask for. */
async function chooseWork(
  options: {
    readonly maxVertices: number;
    readonly maxEdges: number;
    readonly cells?: string | undefined;
    readonly sample?: number | undefined;
    readonly epochs?: readonly number[] | undefined;
    readonly repeats: number;
  },
  preset: Preset,
  images: ImageSet,
): Promise<Work> {
  const { maxVertices, maxEdges, sample, repeats, epochs = preset.epochs } = options;
  const file = options.cells;
  const space = file === undefined ? { ...NASBENCH_101, maxVertices, maxEdges } : NASBENCH_101;
  const listed = file === undefined ? undefined : await cellsOfFile(file, space);
  const cells = sample === undefined ? listed : sampleByCost(listed ?? allCells(space), sample, preset, images);
  return createWork({ space, cells, epochs, repeats });
}

/** Every cell, or every cell of the space, with every budget, `repeats` times. */
export function createWork(chosen: {
  readonly space: CellSpace;
  /** undefined: all of the space */
  readonly cells?: readonly Cell[] | undefined;
  readonly epochs: readonly number[];
  readonly repeats: number;
}): Work {
  const { space, cells, epochs, repeats } = chosen;
  return {
    space: { maxVertices: space.maxVertices, maxEdges: space.maxEdges },
    cells: cells?.map((cell) => formatCell(cell, space)) ?? null,
    epochs: epochs.toSorted((a, b) => a - b),
    repeats,
  };
}

/** What decides the numbers, from what a user chose. */
export function createConfiguration(chosen: {
  readonly operations: readonly string[];
  readonly preset: Preset;
  readonly images: ImageSet;
  readonly seed: string;
}): Configuration {
  const { operations, preset, images, seed } = chosen;
  return {
    seed,
    operations: [...operations],
    images: describeImages(images, preset.images),
    network: { ...preset.network },
    training: JSON.parse(JSON.stringify(preset.training)),
    engines: 'one',
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
  work: Work,
  options: Omit<RegenerationOptions, 'signal' | 'onProgress' | 'onNote'>,
  context: CommandContext,
): Promise<RegenerationSummary & { readonly seconds: number }> {
  const started = performance.now();
  // In thousandths: the total is known once the runs are counted.
  const bar = context.progress('training', 1000);
  const onProgress = (progress: RegenerationProgress): void =>
    bar.update((1000 * progress.work) / progress.totalWork, describeProgress(progress));
  try {
    const summary = await regenerate(folder, configuration, work, {
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
