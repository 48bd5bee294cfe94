import type { NetworkPreset } from '@nasbench/model';
import { PRESETS, type TrainingConfig } from '@nasbench/trainer';
import * as z from 'zod';

/**
 * The file of `--config`: a search space, images, network and procedure of the user's own. Values that are not given are
 * the preset's, or what the command has without a file. Its JSON schema, schema/regeneration.schema.json, is made of this.
 */
export type ConfigFile = z.infer<typeof ConfigFile>;

export const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** Every message says what was expected; the reader of the file adds where, and what was found. */
const integer = (least: number, most?: number) => {
  const error = most === undefined ? `an integer of at least ${least}` : `an integer of ${least} to ${most}`;
  const atLeast = z.int({ error }).min(least, { error });
  return most === undefined ? atLeast : atLeast.max(most, { error });
};
const count = integer(1);
const text = (error: string) => z.string({ error }).min(1, { error });
const fromZero = z.number({ error: 'a number of at least 0' }).min(0, { error: 'a number of at least 0' });
const fraction = (error: string) => z.number({ error }).min(0, { error });
const share = fraction('a number of 0 to 1').max(1, { error: 'a number of 0 to 1' });
const belowOne = fraction('a number of 0 to below 1').lt(1, { error: 'a number of 0 to below 1' });
const smallAboveZero = z
  .number({ error: 'a number above 0, at most 1' })
  .gt(0, { error: 'a number above 0, at most 1' })
  .max(1, { error: 'a number above 0, at most 1' });
const yesOrNo = z.boolean({ error: 'true or false' });
const above0OrNull = (what: string) => {
  const error = `${what} above 0, or null`;
  return z.number({ error }).gt(0, { error }).nullable();
};
const object = { error: 'an object' };

const limits = z
  .strictObject(
    {
      train: count.describe('images trained on'),
      trainEvaluation: count.describe('of these, images that train accuracy is measured on'),
      validation: count,
      test: count,
    },
    object,
  )
  .partial();

const images = z.strictObject(
  {
    name: text('a name of images').describe(
      'mnist, mnist:DIR, cifar10:DIR, folder:DIR (class folders with PNG), idx:DIR or synthetic; DIR is relative to this file',
    ),
    size: count.optional().describe('height and width in pixels; divides that of the stored images'),
    mirrorable: yesOrNo.optional().describe('whether training may mirror the images'),
    limits: limits.optional().describe('at most so many images of each split'),
  },
  object,
);

const network = z
  .strictObject(
    {
      stemFilters: integer(1, 4096).describe(
        'channels after the stem and in the first stack; later stacks double them',
      ),
      stacks: integer(1, 8),
      cellsPerStack: integer(1, 100),
      batchNormMomentum: belowOne.describe('weight of the old value in the moving averages'),
      batchNormEpsilon: smallAboveZero,
    } satisfies { readonly [K in keyof NetworkPreset]: z.ZodType<NetworkPreset[K]> },
    object,
  )
  .partial();

const optimizer = z
  .strictObject(
    { decay: share, momentum: belowOne, epsilon: fromZero.describe('inside the square root') } satisfies {
      readonly [K in keyof TrainingConfig['optimizer']]: z.ZodType<TrainingConfig['optimizer'][K]>;
    },
    object,
  )
  .partial();

const augmentation = z
  .strictObject(
    { padding: integer(0).describe('pixels on each side, before a random crop'), flip: yesOrNo } satisfies {
      readonly [K in keyof TrainingConfig['augmentation']]: z.ZodType<TrainingConfig['augmentation'][K]>;
    },
    object,
  )
  .partial();

const training = z
  .strictObject(
    {
      batchSize: count.describe('images per step'),
      shards: count.describe('parts of a batch with batch-norm statistics of their own; divides batchSize'),
      trainOn: z.enum(['train', 'train-and-validation'], { error: 'train or train-and-validation' }),
      restartStream: yesOrNo.describe('after every evaluation, start the stream of images in another order'),
      learningRate: fromZero.describe('at the start'),
      schedule: z.enum(['cosine-by-step', 'cosine-by-time', 'stepwise'], {
        error: 'cosine-by-step, cosine-by-time or stepwise',
      }),
      statisticsBatches: integer(1)
        .nullable()
        .describe('training batches whose statistics normalise evaluated images; null: the moving averages'),
      evaluateEvery: above0OrNull('epochs').describe('epochs between further evaluations of the test images'),
      weightDecay: fromZero,
      optimizer,
      augmentation,
      attempts: count.describe('of a run that diverges'),
      trainingTimeLimit: above0OrNull('seconds').describe('seconds of training steps; null: no limit'),
    } satisfies { readonly [K in keyof TrainingConfig]: z.ZodType },
    object,
  )
  .partial();

const space = z
  .strictObject(
    {
      maxVertices: integer(2, 8).describe('input and output included; default 4'),
      maxEdges: integer(1, 28).describe('default 9'),
      operations: z
        .array(text('a name of an operation'), { error: 'a list of names' })
        .min(1, { error: 'at least one name' })
        .refine((names) => new Set(names).size === names.length, { error: 'names that differ' })
        .describe("of interior vertices, in the order of their labels; default: NAS-Bench-101's three"),
    },
    object,
  )
  .partial();

const cells = z.union([
  text('a file').describe('a JSON file as `nasbench enumerate` writes it, relative to this file'),
  z
    .array(text('a cell such as 010/001/000:conv3x3-bn-relu'), { error: 'a list of cells' })
    .min(1, { error: 'at least one cell' })
    .describe('rows and interior operations, such as 010/001/000:conv3x3-bn-relu'),
]);

export const ConfigFile = z.strictObject(
  {
    $schema: z.string({ error: 'the address of a schema' }).optional(),
    preset: z
      .enum(PRESET_NAMES, { error: PRESET_NAMES.join(' or ') })
      .optional()
      .describe('what is not given below is as in this preset; without one, network, training and epochs are complete'),
    seed: z.string({ error: 'a text' }).optional().describe('every random draw follows from it; default "0"'),
    space: space.optional(),
    operationsModule: text('a file')
      .optional()
      .describe('a TypeScript or JavaScript module with operations of your own, relative to this file'),
    cells: cells.optional().describe('these cells instead of the whole space'),
    sample: count.optional().describe('only so many cells, spread evenly over the cost of training them'),
    images: z.union([text('a name of images'), images]),
    network: network.optional(),
    training: training.optional(),
    epochs: z
      .array(count, { error: 'a list of budgets' })
      .min(1, { error: 'at least one budget' })
      .refine((epochs) => new Set(epochs).size === epochs.length, { error: 'budgets that differ' })
      .optional()
      .describe('budgets, each a training of its own'),
    repeats: integer(1, 1000).optional().describe('trainings of every cell and budget; default 3'),
    engines: z
      .enum(['one', 'any'], { error: 'one or any' })
      .optional()
      .describe('one: all runs on the same engine; any: on whatever a worker has, and every run says on which'),
  },
  object,
);

/** The JSON schema, for editors and other programs. */
export function configFileSchema(): object {
  return { title: 'A regeneration of nasbench', ...z.toJSONSchema(ConfigFile, { io: 'input' }) };
}
