import { type Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { type CommandContext, positiveInteger, positiveNumber } from '@nasbench/terminal';
import { describeEngine, ENGINE_CHOICES, type Engine, type EngineChoice } from '@nasbench/trainer';
import { PRESET_NAMES } from './configFile/schema.ts';
import { PATIENCE } from './pool/workerProcess.ts';
import type { EngineRequest } from './probeEngine.ts';

/** What a user chose with {@link addTrainingOptions}; absent: the config file's, or the default. */
export type TrainingChoice = {
  readonly config?: string | undefined;
  readonly images?: string | undefined;
  readonly preset?: (typeof PRESET_NAMES)[number] | undefined;
  readonly imageSize?: number | undefined;
  readonly trainImages?: number | undefined;
  readonly evaluationImages?: number | undefined;
  readonly engine: EngineChoice;
  readonly device?: string | undefined;
  readonly seed?: string | undefined;
};

/** Adds the options that decide what is trained, alike in every command that trains. */
export function addTrainingOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & TrainingChoice> {
  (command as unknown as Command)
    .option(
      '--config <file>',
      'space, images, network and procedure of your own, see `nasbench config`; options go before it',
    )
    .option(
      '--images <set>',
      'mnist, mnist:DIR, cifar10:DIR (binary batches), folder:DIR (class folders with PNG), idx:DIR or synthetic (default: mnist)',
    )
    .addOption(new Option('--preset <name>', 'network, procedure and images (default: small)').choices(PRESET_NAMES))
    .option('--image-size <pixels>', "shrink images to this height and width (default: the preset's)", positiveInteger)
    .option('--train-images <n>', "train on so many (default: the preset's)", positiveInteger)
    .option('--evaluation-images <n>', "measure each accuracy on so many (default: the preset's)", positiveInteger)
    .addOption(engineOption())
    .option(...DEVICE_OPTION)
    .option('--seed <text>', 'decides every random draw (default: 0)');
  // Written out: a type inferred over an unknown `Options` doubles with every option, until the compiler has no memory left.
  return command as unknown as Command<Args, Options & TrainingChoice>;
}

/** `--engine` */
export function engineOption() {
  return new Option('--engine <name>', 'what computes; auto: the best that `nasbench engines` finds')
    .choices(ENGINE_CHOICES)
    .default('wasm' as const);
}

export const DEVICE_OPTION = [
  '--device <gpus>',
  'GPU: its number (tensorflow) or name (webgpu); a pool takes several: 0,1',
] as const;

export const HANG_AFTER_OPTION = [
  '--hang-after <seconds>',
  'end a process that says nothing for so long while it trains, and train its run again',
  positiveNumber,
  PATIENCE.silenceSeconds,
] as const;

export const START_WITHIN_OPTION = [
  '--start-within <seconds>',
  'end a process that has not loaded images and engine by then, and start another',
  positiveNumber,
  PATIENCE.startSeconds,
] as const;

/** The engine that a user chose. */
export function engineOf({ engine, device }: Pick<TrainingChoice, 'engine' | 'device'>): EngineRequest {
  return { engine, devices: device?.split(',') ?? [] };
}

/** Says which engine computes, and why no better one, or not with its kernels. */
export function noteEngine(engine: Engine, context: CommandContext): void {
  context.note(`engine: ${describeEngine(engine)}${engine.device === null ? '' : ` on ${engine.device}`}`);
  if (engine.kernelsAbsent !== undefined) context.note(`slower, without @nasbench/kernels: ${engine.kernelsAbsent}`);
  for (const { backend, reason } of engine.rejected) context.note(`not ${backend}: ${reason}`);
}
