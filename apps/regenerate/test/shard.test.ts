import { describe, expect, it } from 'vitest';
import { shardOfEnvironment } from '../src/units/shard.ts';

const slurm = (id: string, count: string, min: string, max: string, step = '1') => ({
  SLURM_ARRAY_TASK_ID: id,
  SLURM_ARRAY_TASK_COUNT: count,
  SLURM_ARRAY_TASK_MIN: min,
  SLURM_ARRAY_TASK_MAX: max,
  SLURM_ARRAY_TASK_STEP: step,
});

describe('shardOfEnvironment', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['outside of both', {}, undefined],
    ['in a Slurm array from 1', slurm('3', '8', '1', '8'), '3/8'],
    ['in a Slurm array from 0', slurm('0', '8', '0', '7'), '1/8'],
    ['in a Slurm array with steps', slurm('6', '4', '2', '8', '2'), '3/4'],
    ['in a part of a Slurm array', { ...slurm('3', '1', '3', '3'), NASBENCH_SHARDS: '8' }, '3/8'],
    ['in a Kubernetes job', { JOB_COMPLETION_INDEX: '0', NASBENCH_SHARDS: '8' }, '1/8'],
    ['in the last of a Kubernetes job', { JOB_COMPLETION_INDEX: '7', NASBENCH_SHARDS: '8' }, '8/8'],
  ])('tells the shard %s', (_place, environment, expected) => {
    const found = shardOfEnvironment(environment)?.shard;
    expect(found && `${found.number}/${found.of}`).toBe(expected);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an index without a number', { JOB_COMPLETION_INDEX: '0' }, 'expected NASBENCH_SHARDS'],
    ['a number without an index', { NASBENCH_SHARDS: '8' }, 'NASBENCH_SHARDS is set, but neither'],
    ['both systems', { ...slurm('1', '8', '1', '8'), JOB_COMPLETION_INDEX: '0' }, 'are both set'],
    ['half of Slurm', { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '8' }, 'SLURM_ARRAY_TASK_MIN is not'],
    ['an uneven array', slurm('7', '3', '1', '7'), 'not evenly spaced (3 from 1 to 7 with step 1)'],
    [
      'an index out of range',
      { JOB_COMPLETION_INDEX: '8', NASBENCH_SHARDS: '8' },
      'is 8, of 8 shards; expected 0 to 7',
    ],
    [
      'a task out of range',
      { ...slurm('0', '1', '0', '0'), NASBENCH_SHARDS: '8' },
      'is 0, of 8 shards; expected 1 to 8',
    ],
    ['no number', { JOB_COMPLETION_INDEX: 'x', NASBENCH_SHARDS: '8' }, 'is "x", expected a whole number'],
  ])('refuses %s', (_what, environment, message) => {
    expect(() => shardOfEnvironment(environment)).toThrow(message);
  });
});
