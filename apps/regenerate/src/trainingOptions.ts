import path from 'node:path';
import { type Command, Option, type OptionValues } from '@commander-js/extra-typings';
import { positiveInteger } from '@nasbench/terminal';
import { type ImageOptions, PRESETS, type Preset } from '@nasbench/trainer';
import { FOLDER_SETS } from './configuration.ts';

const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** What a user chose with {@link addTrainingOptions}. */
export interface TrainingChoice {
  readonly images: string;
  readonly preset: keyof typeof PRESETS;
  readonly imageSize?: number | undefined;
  readonly trainImages?: number | undefined;
  readonly evaluationImages?: number | undefined;
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

/** `cifar10:DIR` with an absolute folder: worker processes may start elsewhere. */
export function imagesNameOf({ images }: TrainingChoice): string {
  const set = FOLDER_SETS.find((name) => images.startsWith(`${name}:`));
  return set === undefined ? images : `${set}:${path.resolve(images.slice(set.length + 1))}`;
}
