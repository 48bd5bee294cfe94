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
