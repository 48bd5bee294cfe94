import { createRequire } from 'node:module';
import path from 'node:path';
import { type ImageSet, loadImages, type Preset } from '@nasbench/trainer';
import { readConfigFile } from './configFile/readConfigFile.ts';
import { resolveTraining } from './configFile/resolveTraining.ts';
import { type Configuration, describeImages } from './configuration/configuration.ts';
import type { Work } from './configuration/regenerationFile.ts';
import type { OperationsModule } from './operationsModule.ts';
import type { TrainingChoice } from './trainingOptions.ts';
import { chooseWork, type WorkChoice } from './units/chooseWork.ts';

/** Of this package. */
export const { version: CODE_VERSION }: { version: string } = createRequire(import.meta.url)('../package.json');

/** What options and config file ask for, with the images that it needs. @throws UsageError, ImageFileError */
export async function prepareRegeneration(options: TrainingChoice & WorkChoice): Promise<{
  readonly configuration: Configuration;
  readonly work: Work;
  readonly images: ImageSet;
  /** for regenerate */
  readonly operationsFile: string | undefined;
}> {
  const file = options.config === undefined ? undefined : await readConfigFile(options.config);
  const training = await resolveTraining(options, file);
  const images = await loadImages(training.imagesName, training.images);
  const work = await chooseWork(options, file, { ...training, images });
  const { operationNames, ownOperations, seed, engines } = training;
  const configuration = createConfiguration({
    operations: operationNames,
    ownOperations,
    preset: training,
    images,
    seed,
    engines,
  });
  return { configuration, work, images, operationsFile: ownOperations?.file };
}

interface Chosen<Images> {
  readonly operations: readonly string[];
  readonly ownOperations?: OperationsModule | undefined;
  readonly preset: Preset;
  readonly images: Images;
  readonly seed: string;
  /** default: one */
  readonly engines?: Configuration['engines'] | undefined;
}

/** What decides the numbers, from what a user chose. */
export function createConfiguration(chosen: Chosen<ImageSet>): Configuration {
  return configurationOf({ ...chosen, images: describeImages(chosen.images, chosen.preset.images) });
}

/** The same of images that only a description is known of. */
export function configurationOf(chosen: Chosen<Configuration['images']>): Configuration {
  const { operations, ownOperations: own, preset, images, seed, engines = 'one' } = chosen;
  return {
    seed,
    operations: [...operations],
    ...(own === undefined ? {} : { ownOperations: { file: path.basename(own.file), sha256: own.sha256 } }),
    images,
    network: { ...preset.network },
    training: JSON.parse(JSON.stringify(preset.training)),
    engines,
    codeVersion: CODE_VERSION,
  };
}
