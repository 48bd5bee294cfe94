import { UsageError } from '@nasbench/foundation/errors';
import { NASBENCH_101 } from '@nasbench/graph';
import { OPERATIONS, type Operations } from '@nasbench/model';
import { type ImageOptions, PRESETS, type Preset, parseImageName } from '@nasbench/trainer';
import type { Configuration } from '../configuration/configuration.ts';
import { loadOperations, type OperationsModule } from '../operationsModule.ts';
import type { TrainingChoice } from '../trainingOptions.ts';
import type { ConfigFile } from './schema.ts';

/** What is trained, and how, before the images are looked at. */
export interface ResolvedTraining extends Preset {
  /** the preset it started from; undefined: none */
  readonly presetName: keyof typeof PRESETS | undefined;
  /** for the trainer's loadImages, with an absolute folder: worker processes may start elsewhere */
  readonly imagesName: string;
  /** of the space, in the order of their labels */
  readonly operationNames: readonly string[];
  /** of the user's own */
  readonly ownOperations: OperationsModule | undefined;
  readonly seed: string;
  readonly engines: Configuration['engines'];
}

/**
 * One rule decides every value: an option of the command line goes before the config file, the file before the preset.
 *
 * @param file what `options.config` holds
 * @throws UsageError for a value that nothing gives
 */
export async function resolveTraining(
  options: TrainingChoice,
  file: ConfigFile | undefined,
): Promise<ResolvedTraining> {
  const presetName = options.preset ?? (file === undefined ? 'small' : file.preset);
  const preset = presetName === undefined ? undefined : PRESETS[presetName];
  const { images = 'mnist', network = {}, training = {}, epochs } = file ?? {};
  const imagesOfFile = typeof images === 'string' ? { name: images } : images;
  if (preset === undefined) assertComplete(options.config ?? '', { network, training, epochs });
  const { name, ...imageOptions } = imagesOfFile;
  const ownOperations = file?.operationsModule === undefined ? undefined : await loadOperations(file.operationsModule);
  const operations = ownOperations?.operations;
  const { imageSize, trainImages, evaluationImages } = options;
  return {
    presetName,
    imagesName: options.images === undefined ? parseImageName(name).absolute : parseImageName(options.images).absolute,
    images: merged(merged(preset?.images ?? {}, imageOptions), {
      size: imageSize,
      limits: {
        train: trainImages,
        trainEvaluation: evaluationImages,
        validation: evaluationImages,
        test: evaluationImages,
      },
    }) satisfies ImageOptions,
    // Complete without a preset, as was seen above.
    network: merged(preset?.network ?? (network as Preset['network']), network),
    training: merged(preset?.training ?? (training as Preset['training']), training),
    epochs: epochs ?? preset?.epochs ?? [],
    operationNames: operationNames(file, options.config ?? '', operations),
    operations,
    ownOperations,
    seed: options.seed ?? file?.seed ?? '0',
    engines: file?.engines ?? 'one',
  };
}

/** Names of the file's space, all of which somebody knows. */
function operationNames(
  file: ConfigFile | undefined,
  name: string,
  operations: Operations = OPERATIONS,
): readonly string[] {
  const names = file?.space?.operations ?? NASBENCH_101.operations;
  const unknown = names.findIndex((operation) => !Object.hasOwn(operations, operation));
  if (unknown < 0) return names;
  throw new UsageError(
    `${name}: space.operations.${unknown} is ${JSON.stringify(names[unknown])}, expected one of ${Object.keys(operations).join(', ')}`,
  );
}

/** `base` with the values of `over` that are given, those of objects in it one by one. */
function merged<T extends object>(base: T, over: object): T {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below: unknown = Reflect.get(base, key);
    if (value !== undefined)
      Object.assign(result, { [key]: isObject(value) ? merged(isObject(below) ? below : {}, value) : value });
  }
  return result;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every key that a preset has. */
function assertComplete(
  file: string,
  given: { readonly network: object; readonly training: object; readonly epochs: unknown },
): void {
  const { network, training, epochs } = PRESETS.paper;
  const missing = firstMissing({ network, training, epochs }, given, '');
  if (missing !== undefined)
    throw new UsageError(
      `${file}: ${missing} is missing; expected it, or a preset that has it (${Object.keys(PRESETS).join(', ')})`,
    );
}

function firstMissing(complete: object, given: object, path: string): string | undefined {
  for (const [key, value] of Object.entries(complete)) {
    const found: unknown = Reflect.get(given, key);
    if (found === undefined) return `${path}${key}`;
    const below = isObject(value) && isObject(found) ? firstMissing(value, found, `${path}${key}.`) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}
