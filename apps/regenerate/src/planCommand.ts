import { availableParallelism } from 'node:os';
import { type Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '@nasbench/foundation/errors';
import { NASBENCH_101 } from '@nasbench/graph';
import {
  type CommandContext,
  commandContext,
  example,
  integerBetween,
  JSON_OPTION,
  listOf,
  nonNegativeInteger,
} from '@nasbench/terminal';
import { describeEngine, ENGINE_CHOICES, type EngineChoice } from '@nasbench/trainer';
import { resolveTraining } from './configFile/resolveTraining.ts';
import { type Configuration, imageOptions, operationsOf } from './configuration/configuration.ts';
import type { Work } from './configuration/regenerationFile.ts';
import { calibrate, cellsToCalibrate } from './plan/calibrate.ts';
import { countWork, type WorkCount } from './plan/countWork.ts';
import { describePlan, type EnginePlan } from './plan/describePlan.ts';
import { fitSpeed, secondsOf } from './plan/estimate.ts';
import { needsOf } from './plan/needs.ts';
import { configurationOf, prepareRegeneration } from './prepareRegeneration.ts';
import { probeEngine } from './probeEngine.ts';
import { addTrainingOptions, type TrainingChoice } from './trainingOptions.ts';
import { chooseWork, type WorkChoice } from './units/chooseWork.ts';
import { addWorkOptions } from './workOptions.ts';

/** More cells tell more of how the networks differ, and take longer. */
const CELLS = 4;

/** `nasbench plan`: what a regeneration would be made of and cost, before it is started. */
export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .description(
      "what a regeneration is made of, and its hours from a short training of some cells on this machine; without --config, --preset and --images: the paper's whole space",
    );
  addWorkOptions(addTrainingOptions(command))
    .addOption(new Option('--engines <list>', 'engines to try, instead of --engine').argParser(listOf(parseEngine)))
    .option('--calibrate <seconds>', `train ${CELLS} cells for so long each; 0: count only`, nonNegativeInteger, 6)
    .option(
      '--workers <n>',
      'processes that are to train (default: the cores of this machine)',
      integerBetween(1, 1_000_000),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench plan', 'nasbench plan --preset tiny --max-vertices 4 --repeats 2'))
    .action(async (options) => {
      const context = commandContext(options);
      const { calibrate: seconds, workers = availableParallelism(), engines: chosen = [options.engine] } = options;
      const { configuration, work, operationsFile } = await prepare(options);
      const operations = await operationsOf(configuration, operationsFile ?? null);
      const count = countWork(configuration, work, operations);
      const needs = needsOf(configuration, count, operations);
      const engines: EnginePlan[] = [];
      if (seconds > 0) {
        for (const engine of chosen) {
          context.note(`training ${Math.min(CELLS, count.units.cellCount)} cells on ${engine}, ${seconds} s each`);
          engines.push(
            await planEngine(
              engine,
              count,
              { configuration, operationsFile, seconds, device: options.device },
              context,
            ),
          );
        }
      }
      const { units, costs: _, ...counted } = count;
      const { images, network, training } = configuration;
      context.result(
        {
          cells: units.cellCount,
          runs: units.length,
          epochs: work.epochs,
          repeats: work.repeats,
          images,
          network,
          training,
          ...counted,
          needs,
          engines,
          workers,
        },
        describePlan({ work, configuration, count, needs, engines, workers, seconds }),
      );
    });
}

/** What the options ask for; the paper's whole space, whose images need not be here, if they say nothing of what is trained. */
async function prepare(options: TrainingChoice & WorkChoice): Promise<{
  readonly configuration: Configuration;
  readonly work: Work;
  readonly operationsFile: string | undefined;
}> {
  const { config, preset, images } = options;
  const isPaper = preset === undefined || preset === 'paper' || preset === 'augmented';
  if (config !== undefined || images !== undefined || !isPaper) return prepareRegeneration(options);
  const training = await resolveTraining({ ...options, preset: preset ?? 'paper' }, undefined);
  const { operationNames: operations, seed } = training;
  const { maxVertices = options.cells === undefined ? NASBENCH_101.maxVertices : undefined } = options;
  const work = await chooseWork({ ...options, maxVertices }, undefined, { ...training, images: CIFAR10 });
  return {
    configuration: configurationOf({ operations, preset: training, images: CIFAR10, seed }),
    work,
    operationsFile: undefined,
  };
}

/** The official splits; only their sizes matter for a plan. */
const CIFAR10: Configuration['images'] = {
  name: 'synthetic',
  options: { size: 32 },
  description: "CIFAR-10's sizes; stripes of the same size to calibrate with",
  size: 32,
  channels: 3,
  labels: 10,
  train: 40_000,
  trainEvaluation: 10_000,
  validation: 10_000,
  test: 10_000,
  sha256: 'none',
};

async function planEngine(
  engine: EngineChoice,
  count: WorkCount,
  given: {
    readonly configuration: Configuration;
    readonly operationsFile: string | undefined;
    readonly seconds: number;
    readonly device: string | undefined;
  },
  { signal }: CommandContext,
): Promise<EnginePlan> {
  const { configuration, operationsFile = null, seconds, device } = given;
  const probe = await probeEngine(engine, device);
  if (!probe.here) return { engine, absent: probe.reason };
  const onProcessor = probe.engine.device === null;
  const { images } = configuration;
  const cells = cellsToCalibrate(count, configuration, CELLS, onProcessor);
  const { limits: _, ...options } = imageOptions(images);
  const measurements = await calibrate(
    {
      configuration,
      operationsFile,
      imagesName: images.name,
      imageOptions: options,
      engine: probe.engine.backend,
      device: device ?? null,
      seconds,
      cells,
    },
    signal,
  );
  const speed = fitSpeed(measurements);
  return {
    engine,
    description: describeEngine(probe.engine),
    device: probe.engine.device,
    measurements,
    speed,
    seconds: secondsOf(count, speed),
  };
}

function parseEngine(text: string): EngineChoice {
  const engine = ENGINE_CHOICES.find((choice) => choice === text);
  if (engine === undefined) throw new UsageError(`unknown engine ${text}, expected ${ENGINE_CHOICES.join(', ')}`);
  return engine;
}
