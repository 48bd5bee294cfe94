import { existsSync } from 'node:fs';
import path from 'node:path';
import { cellFromMatrix } from '@nasbench/graph';
import type { BackendName } from '../src/index.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const SHARED = process.env.NASBENCH_SHARED ?? path.resolve(REPOSITORY, '../shared');
export const CIFAR10 = path.join(SHARED, 'data/cifar-10-batches-bin');
export const hasCifar10 = existsSync(CIFAR10);

/** What tests of the arithmetic run on: `npm run check:native` sets another one. */
export const ENGINE = (process.env.NASBENCH_TEST_ENGINE ?? 'wasm') as BackendName;

export const RESNET_LIKE = cellFromMatrix(
  [
    [0, 1, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 0],
  ],
  ['input', 'conv3x3-bn-relu', 'conv3x3-bn-relu', 'output'],
);
