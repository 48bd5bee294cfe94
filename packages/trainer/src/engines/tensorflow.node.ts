import util from 'node:util';
import { UsageError } from '@nasbench/foundation/errors';
import * as tf from '@tensorflow/tfjs-core';
import {
  EngineAbsentError,
  type EngineDriver,
  type EngineOptions,
  PackageMissingError,
  type Started,
} from './engine.ts';
import { findPackage, loadPackage } from './optionalPackage.node.ts';

/** The same binding; the first one brings a library for CUDA. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** What the package adds to a tfjs backend, as far as we read it. */
interface NodeBackend {
  readonly binding: { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
}

/** The GPU that the library was loaded with: it cannot take another one later. */
let loadedWith: EngineOptions | undefined;

/**
 * TensorFlow's C library through @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node. Their tfjs is a second copy, but
 * tfjs keeps engine, kernels and backends in a global object that all copies share.
 */
export const tensorflow: EngineDriver = {
  install: 'npm install @tensorflow/tfjs-node-gpu (with CUDA) or npm install @tensorflow/tfjs-node',
  async start(options) {
    assertSameDevice(options);
    setEnvironment(options);
    restoreUtil();
    for (const name of PACKAGES) {
      try {
        const found = findPackage(name);
        loadPackage(found, name);
        loadedWith = options;
        return await started(name, found.version, options);
      } catch (error) {
        if (!(error instanceof PackageMissingError)) throw error;
      }
    }
    throw new PackageMissingError(`neither ${PACKAGES.join(' nor ')} is installed`);
  },
};

async function started(name: string, version: string, { device }: EngineOptions): Promise<Started> {
  if (!(await tf.setBackend('tensorflow'))) throw new EngineAbsentError(`${name} loads but does not start`);
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  return {
    name,
    version,
    library: binding.TF_Version,
    kernels: null,
    device: isUsingGpuDevice ? `CUDA device ${device ?? process.env.CUDA_VISIBLE_DEVICES?.split(',')[0] ?? 0}` : null,
  };
}

function assertSameDevice({ device }: EngineOptions): void {
  if (loadedWith !== undefined && loadedWith.device !== device)
    throw new UsageError('the engine tensorflow runs on another device already; use another process for this one');
}

/** The library reads these while it loads. What a user has set stays. */
function setEnvironment({ device }: EngineOptions): void {
  const { env } = process;
  if (device !== undefined) env.CUDA_VISIBLE_DEVICES = device;
  // Otherwise the first process takes all memory of a GPU.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // On a processor, one run takes one thread, as with the other engines: a pool fills the cores.
  env.TF_NUM_INTRAOP_THREADS ??= '1';
  env.TF_NUM_INTEROP_THREADS ??= '1';
  // Errors only; the rest advertises the library's settings.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

/** The packages call two functions of `util` that Node 23 took away. */
function restoreUtil(): void {
  const removed = util as unknown as Record<string, ((value: unknown) => boolean) | undefined>;
  removed.isNullOrUndefined ??= (value) => value === null || value === undefined;
  removed.isArray ??= Array.isArray;
}
