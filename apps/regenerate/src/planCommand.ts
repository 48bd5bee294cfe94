import { availableParallelism } from 'node:os';
import { type Command, Option } from '@commander-js/extra-typings';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
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
import { describeEngine, ENGINE_CHOICES, type Engine, type EngineChoice } from '@nasbench/trainer';
import { resolveTraining } from './configFile/resolveTraining.ts';
import { type Configuration, imageOptions, operationsOf } from './configuration/configuration.ts';
import type { Work } from './configuration/regenerationFile.ts';
import { calibrate, cellsToCalibrate } from './plan/calibrate.ts';
import { type Countable, countWork } from './plan/countWork.ts';
import { describePlan, type EnginePlan, type PaperPlan } from './plan/describePlan.ts';
import { type Estimate, fitSpeed, secondsOf } from './plan/estimate.ts';
import { needsOf } from './plan/needs.ts';
import { CIFAR10, countPaperRun, PAPER_CONFIGURATION, PAPER_WORK, trainsLikePaper } from './plan/paperRun.ts';
import { configurationOf, prepareRegeneration } from './prepareRegeneration.ts';
import { probeEngine } from './probeEngine.ts';
import { addTrainingOptions, type TrainingChoice } from './trainingOptions.ts';
import { chooseWork, type WorkChoice } from './units/chooseWork.ts';
import { addWorkOptions } from './workOptions.ts';

/** More cells tell more of how the networks differ, and take longer. */
const CELLS = 4;
/** Of the paper's network: in its cells a multiply-add takes much the same time. One more than a line goes through. */
const PAPER_CELLS = 3;

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
      const paper = countPaperRun();
      const engines: EnginePlan[] = [];
      if (seconds > 0) {
        for (const engine of chosen)
          engines.push(
            await planEngine(
              engine,
              count,
              paper,
              { configuration, operationsFile, seconds, device: options.device },
              context,
            ),
          );
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
          paper: {
            cells: paper.units.cellCount,
            runs: paper.units.length,
            epochs: PAPER_WORK.epochs,
            repeats: PAPER_WORK.repeats,
            trainingMultiplyAdds: paper.trainingMultiplyAdds,
            evaluationMultiplyAdds: paper.evaluationMultiplyAdds,
          },
        },
        describePlan({ work, configuration, count, paper, needs, engines, workers, seconds }),
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

interface EngineTrial {
  readonly configuration: Configuration;
  readonly operationsFile: string | undefined;
  /** of each cell, at least */
  readonly seconds: number;
  readonly device: string | undefined;
}

async function planEngine(
  choice: EngineChoice,
  count: Countable,
  paper: Countable,
  trial: EngineTrial,
  context: CommandContext,
): Promise<EnginePlan> {
  const probe = await probeEngine(choice, trial.device);
  if (!probe.here) return { engine: choice, absent: probe.reason };
  const { engine } = probe;
  const own = await estimate(engine, count, CELLS, trial, context);
  return {
    engine: choice,
    description: describeEngine(engine),
    device: engine.device,
    ...own,
    paper: trainsLikePaper(trial.configuration)
      ? { ...own, seconds: secondsOf(paper, own.speed) }
      : await estimatePaper(engine, paper, trial, context),
  };
}

/** From the paper's own network: in small ones a multiply-add takes from half to one and a half times as long. */
async function estimatePaper(
  engine: Engine,
  paper: Countable,
  trial: EngineTrial,
  context: CommandContext,
): Promise<PaperPlan> {
  const ofPaper = { ...trial, configuration: PAPER_CONFIGURATION, operationsFile: undefined };
  try {
    context.note("the paper's network, for what its full run would take:");
    return await estimate(engine, paper, PAPER_CELLS, ofPaper, context);
  } catch (error) {
    // There may be no memory for it: the plan that was asked for stands.
    if (error instanceof NasbenchError) return { absent: error.message };
    throw error;
  }
}

async function estimate(
  engine: Engine,
  count: Countable,
  most: number,
  { configuration, seconds, ...trial }: EngineTrial,
  { signal, note }: CommandContext,
): Promise<Estimate> {
  const { operationsFile = null, device = null } = trial;
  const { images } = configuration;
  const { limits: _, ...options } = imageOptions(images);
  const cells = cellsToCalibrate(count, configuration, most, engine.device === null);
  note(`training ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} on ${engine.backend}, ${seconds} s each`);
  const measurements = await calibrate(
    {
      configuration,
      operationsFile,
      imagesName: images.name,
      imageOptions: options,
      engine: engine.backend,
      device,
      seconds,
      cells,
    },
    signal,
  );
  const speed = fitSpeed(measurements);
  return { measurements, speed, seconds: secondsOf(count, speed) };
}

function parseEngine(text: string): EngineChoice {
  const engine = ENGINE_CHOICES.find((choice) => choice === text);
  if (engine === undefined) throw new UsageError(`unknown engine ${text}, expected ${ENGINE_CHOICES.join(', ')}`);
  return engine;
}
