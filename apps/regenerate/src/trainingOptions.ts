import path from 'node:path';
import { type Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { type CommandContext, positiveInteger } from '@nasbench/terminal';
import {
  describeEngine,
  ENGINE_CHOICES,
  type Engine,
  type EngineChoice,
  type ImageOptions,
  PRESETS,
  type Preset,
} from '@nasbench/trainer';
import { FOLDER_SETS } from './configuration/configuration.ts';
import type { EngineRequest } from './probeEngine.ts';

const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** What a user chose with {@link addTrainingOptions}. */
export interface TrainingChoice {
  readonly images: string;
  readonly preset: keyof typeof PRESETS;
  readonly imageSize?: number | undefined;
  readonly trainImages?: number | undefined;
  readonly evaluationImages?: number | undefined;
  readonly engine: EngineChoice;
  readonly device?: string | undefined;
  readonly seed: string;
}

/** Adds the options that decide what is trained, alike in every command that trains. */
export function addTrainingOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & TrainingChoice> {
  (command as unknown as Command)
    .option('--images <set>', 'mnist, cifar10:DIR (a folder with the binary batches) or synthetic', 'mnist')
    .addOption(new Option('--preset <name>', 'network, procedure and images').choices(PRESET_NAMES).default('small'))
    .option('--image-size <pixels>', "shrink images to this height and width (default: the preset's)", positiveInteger)
    .option('--train-images <n>', "train on so many (default: the preset's)", positiveInteger)
    .option('--evaluation-images <n>', "measure each accuracy on so many (default: the preset's)", positiveInteger)
    .addOption(
      new Option('--engine <name>', 'what computes; auto: the best that `nasbench engines` finds')
        .choices(ENGINE_CHOICES)
        .default('wasm'),
    )
    .option('--device <gpus>', 'GPU: its number (tensorflow) or name (webgpu); a pool takes several: 0,1')
    .option('--seed <text>', 'decides every random draw', '0');
  // Written out: a type inferred over an unknown `Options` doubles with every option, until the compiler has no memory left.
  return command as unknown as Command<Args, Options & TrainingChoice>;
}

/** The preset with the user's sizes and numbers of images. */
export function presetOf({ preset: name, imageSize, trainImages, evaluationImages }: TrainingChoice): Preset {
  const preset = PRESETS[name];
  const images: ImageOptions = {
    ...preset.images,
    ...(imageSize === undefined ? {} : { size: imageSize }),
    limits: {
      ...preset.images.limits,
      ...(trainImages === undefined ? {} : { train: trainImages }),
      ...(evaluationImages === undefined
        ? {}
        : { trainEvaluation: evaluationImages, validation: evaluationImages, test: evaluationImages }),
    },
  };
  return { ...preset, images };
}

/** The engine that a user chose. */
export function engineOf({ engine, device }: TrainingChoice): EngineRequest {
  return { engine, devices: device?.split(',') ?? [] };
}

/** Says which engine computes, and why no better one, or not with its kernels. */
export function noteEngine(engine: Engine, context: CommandContext): void {
  context.note(`engine: ${describeEngine(engine)}${engine.device === null ? '' : ` on ${engine.device}`}`);
  if (engine.kernelsAbsent !== undefined) context.note(`slower, without @nasbench/kernels: ${engine.kernelsAbsent}`);
  for (const { backend, reason } of engine.rejected) context.note(`not ${backend}: ${reason}`);
}

/** `cifar10:DIR` with an absolute folder: worker processes may start elsewhere. */
export function imagesNameOf({ images }: TrainingChoice): string {
  const set = FOLDER_SETS.find((name) => images.startsWith(`${name}:`));
  return set === undefined ? images : `${set}:${path.resolve(images.slice(set.length + 1))}`;
}
