import { UsageError } from '@nasbench/foundation/errors';

/** One of `of` parts of the runs, each the same on every machine. */
export interface Shard {
  /** 1 .. of */
  readonly number: number;
  readonly of: number;
}

/** Every `of`-th unit: neighbours in the list, which are alike in budget and repeat, are spread over all shards. */
export function isInShard(index: number, { number, of }: Shard): boolean {
  return index % of === number - 1;
}

/** @throws UsageError for a text that is not I/N with 1 <= I <= N */
export function parseShard(text: string): Shard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (number >= 1 && number <= of) return { number, of };
  throw new UsageError(
    `shard ${JSON.stringify(text)}, expected I/N with I of 1 to N, such as 1/8 for the first of eight`,
  );
}

/** The folder of a shard's runs in that of all. */
export const shardFolderName = ({ number, of }: Shard): string => `shard-${number}-of-${of}`;

export const isShardFolderName = (name: string): boolean => /^shard-\d+-of-\d+$/.test(name);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The shard that a task of a Slurm job array or of a Kubernetes indexed job is to train; undefined outside of both.
 *
 * | | number | of |
 * |---|---|---|
 * | Slurm | task 1 is the first, with `NASBENCH_SHARDS` | `NASBENCH_SHARDS` |
 * | Slurm | tasks in their order | tasks of the array, which must be evenly spaced |
 * | Kubernetes | index 0 is the first | `NASBENCH_SHARDS`, for the index does not say of how many |
 *
 * With `NASBENCH_SHARDS` a part of the tasks can be submitted again: the others are not mistaken for absent.
 *
 * @throws UsageError for variables of which some are absent or that contradict one another
 */
export function shardOfEnvironment(
  environment: Environment,
): { readonly shard: Shard; readonly source: string } | undefined {
  const { SLURM_ARRAY_TASK_ID: task, JOB_COMPLETION_INDEX: index, NASBENCH_SHARDS: shards } = environment;
  if (task !== undefined && index !== undefined)
    throw new UsageError(
      'SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are both set, expected one of them; say which part with --shard I/N',
    );
  if (task !== undefined) {
    const id = wholeNumber('SLURM_ARRAY_TASK_ID', task);
    const shard =
      shards === undefined ? shardOfArray(id, environment) : { number: id, of: wholeNumber('NASBENCH_SHARDS', shards) };
    return { shard: checked(shard, `SLURM_ARRAY_TASK_ID is ${task}`, 1), source: `task ${task} of a Slurm job array` };
  }
  if (index !== undefined) {
    if (shards === undefined)
      throw new UsageError(
        'JOB_COMPLETION_INDEX is set, but not of how many; expected NASBENCH_SHARDS with the completions of the job, or --shard I/N',
      );
    const shard = {
      number: wholeNumber('JOB_COMPLETION_INDEX', index) + 1,
      of: wholeNumber('NASBENCH_SHARDS', shards),
    };
    return {
      shard: checked(shard, `JOB_COMPLETION_INDEX is ${index}`, 0),
      source: `index ${index} of a Kubernetes job`,
    };
  }
  if (shards !== undefined)
    throw new UsageError(
      'NASBENCH_SHARDS is set, but neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX, which say which part; give --shard I/N',
    );
  return undefined;
}

/** The place of a task in its array: `--array=2-8:2` has the tasks 2, 4, 6 and 8. */
function shardOfArray(task: number, environment: Environment): Shard {
  const read = (name: string): number => {
    const text = environment[`SLURM_ARRAY_TASK_${name}`];
    if (text === undefined)
      throw new UsageError(
        `SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_${name} is not; give NASBENCH_SHARDS or --shard I/N`,
      );
    return wholeNumber(`SLURM_ARRAY_TASK_${name}`, text);
  };
  const [count, least, most, step] = [read('COUNT'), read('MIN'), read('MAX'), read('STEP')];
  const number = (task - least) / step + 1;
  if (!Number.isInteger(number) || least + (count - 1) * step !== most)
    throw new UsageError(
      `the tasks of this Slurm job array are not evenly spaced (${count} from ${least} to ${most} with step ${step}); expected that, or NASBENCH_SHARDS with the number of shards, of which task I trains number I`,
    );
  return { number, of: count };
}

function checked(shard: Shard, found: string, first: number): Shard {
  const { number, of } = shard;
  if (number >= 1 && number <= of) return shard;
  throw new UsageError(`${found}, of ${of} shards; expected ${first} to ${of - 1 + first}`);
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${name} is ${JSON.stringify(text)}, expected a whole number`);
}
