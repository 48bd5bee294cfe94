import path from 'node:path';
import { type Command, Option } from '@commander-js/extra-typings';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { assertWritable } from '@nasbench/foundation/files';
import { formatCell, moduleHash, NASBENCH_101 } from '@nasbench/graph';
import {
  commandContext,
  example,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTable,
  JSON_OPTION,
  nonNegativeInteger,
  positiveNumber,
  resolveCell,
} from '@nasbench/terminal';
import { loadImages, OtherRunError, parseImageName, startBackend, trainCell } from '@nasbench/trainer';
import { readConfigFile } from './configFile/readConfigFile.ts';
import { resolveTraining } from './configFile/resolveTraining.ts';
import { runSeed } from './pool/trainUnit.ts';
import { assertCurveName, type CompletedRun, closeRunFolder, drawCurve, openRunFolder } from './runFolder.ts';
import { addTrainingOptions, noteEngine } from './trainingOptions.ts';
import { trainLikeTable } from './trainLikeTable.ts';
import { describeProgress } from './trainProgress.ts';

/** Options that say how to train, or keep more than a table does. */
const DECIDED_BY_TABLE = [
  'config',
  'preset',
  'imageSize',
  'trainImages',
  'evaluationImages',
  'seed',
  'save',
  'checkpointEvery',
  'curve',
  'force',
  'sampleMetrics',
] as const;

/** `nasbench train CELL`: one network, with its metrics at the start, at half and at the end. */
export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train the network of one cell and evaluate it at the start, at half and at the end')
    .argument('<cell>', 'module hash, JSON file, or rows and interior operations such as 010/001/000:conv3x3');
  addTrainingOptions(command)
    .option('--epochs <n>', "passes over the training images (default: the preset's)", positiveNumber)
    .option('--repeat <n>', 'which of the runs that regenerate makes with this seed', nonNegativeInteger, 0)
    .addOption(
      new Option(
        '--table <table>',
        'train as this table was, beside what it holds; goes with --images, --operations, --epochs, --repeat',
      ).conflicts([...DECIDED_BY_TABLE]),
    )
    .option('--operations <file>', "with --table: module of the table's own operations, if it has any")
    .option(
      '--save <folder>',
      'keep checkpoints, the result and its curve; the same command goes on where it was stopped',
    )
    .option('--checkpoint-every <seconds>', 'with --save: between start, half and end', positiveNumber, 60)
    .option('--curve <file>', 'draw loss, learning rate and accuracies as SVG or PNG')
    .option('--sample-metrics', 'norms, logits and covariances on 100 fixed images, with --json or --save')
    .option('--force', 'replace the file of --curve if it exists')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench train 0101/0010/0001/0000:conv3x3,conv3x3 --images mnist --preset small --save runs/resnet',
        'nasbench train 010/001/000:conv3x3 --table runs/quickstart/quickstart.arrow --repeat 1',
      ),
    )
    .action(async (cellText, options, self) => {
      const context = commandContext(options);
      const { save, curve, force = false } = options;
      if (options.table !== undefined) {
        const chosenImages = options.images === undefined ? undefined : parseImageName(options.images).absolute;
        const { epochs, repeat, engine, device } = options;
        const operations = options.operations === undefined ? null : path.resolve(options.operations);
        const chosen = { epochs, repeat, images: chosenImages, operations, engine, device };
        return trainLikeTable(cellText, options.table, chosen, context);
      }
      if (options.operations !== undefined)
        throw new UsageError('--operations is for --table TABLE; a --config file names its operationsModule');
      if (save === undefined && self.getOptionValueSource('checkpointEvery') === 'cli')
        throw new UsageError('--checkpoint-every is for --save FOLDER, which keeps the checkpoints');
      if (curve === undefined && force) throw new UsageError('--force is for --curve FILE, which it replaces');
      if (options.sampleMetrics && save === undefined && !options.json)
        throw new UsageError('--sample-metrics is for --json, which prints them, or --save FOLDER, which keeps them');
      if (curve !== undefined) {
        assertCurveName(curve);
        await assertWritable(curve, { force });
      }
      const folder = save === undefined ? undefined : await openRunFolder(save, options.checkpointEvery);
      const file = options.config === undefined ? undefined : await readConfigFile(options.config);
      const training = await resolveTraining(options, file);
      const space = { ...NASBENCH_101, operations: training.operationNames };
      const cell = await resolveCell(cellText, space);
      const epochs = options.epochs ?? training.epochs[training.epochs.length - 1];
      const images = await loadImages(training.imagesName, training.images);
      const hash = moduleHash(cell, space);
      const seed = runSeed(training.seed, { moduleHash: hash, epochs, repeat: options.repeat });
      const engine = await startBackend(options.engine, { device: options.device });
      context.note(`images: ${images.description}`);
      noteEngine(engine, context);
      if (folder?.resume) context.note(`going on from step ${folder.resume.state.step} in ${save}`);
      const progress = context.progress('training', 1);
      const result = await trainCell(cell, images, training, {
        epochs,
        seed,
        sampleMetrics: options.sampleMetrics,
        ...folder,
        signal: context.signal,
        onProgress: (report) => progress.update(report.step / report.steps, describeProgress(report)),
      })
        .catch((error: unknown) => {
          if (error instanceof OtherRunError) throw new UsageError(`${save}: ${error.message}; choose another folder`);
          throw error;
        })
        .finally(() => progress.stop());
      if (result.status === 'failed') throw new NasbenchError(`training failed: ${result.reason}`);
      const document = {
        cell: formatCell(cell, space),
        moduleHash: hash,
        images: images.description,
        preset: training.presetName ?? null,
        config: options.config ?? null,
        epochs,
        seed: training.seed,
        repeat: options.repeat,
        provenance: 'regenerated',
        engine,
      };
      const labels = {
        cell: `cell ${hash.slice(0, 8)}`,
        epochs,
        source: options.config ?? `preset ${training.presetName}`,
      };
      if (save !== undefined) await closeRunFolder(save, document, result, labels);
      if (curve !== undefined) await drawCurve(curve, result, labels, force);
      // Losses of every step are for --save: thousands of numbers.
      const { history, ...rest } = result;
      const { losses: _, learningRates: __, ...shown } = history;
      context.result({ ...document, ...rest, ...shown }, describe(hash, result));
    });
}

function describe(hash: string, result: CompletedRun): string {
  const rows = result.points.map((point) => [
    point.epochs,
    `${point.trainingTime.toFixed(1)} s`,
    formatPercent(point.trainAccuracy),
    formatPercent(point.validationAccuracy),
    formatPercent(point.testAccuracy),
  ]);
  const further = result.history.testPoints.map((point) => [point.epochs, formatPercent(point.testAccuracy)]);
  return [
    `cell ${hash} · ${formatNumber(result.trainableParameters)} parameters`,
    formatTable([['epochs', 'training time', 'train', 'validation', 'test'], ...rows]),
    ...(further.length > 0 ? [formatTable([['epochs', 'test'], ...further])] : []),
    `${formatDuration(result.totalTime)} in all${result.stoppedAtTimeLimit ? ' · stopped at the time limit' : ''} · regenerated by this program`,
  ].join('\n');
}
