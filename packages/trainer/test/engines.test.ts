import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEngine, type Engine, startBackend } from '../src/index.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const { resolve } = createRequire(import.meta.url);
const CORE = resolve('@tensorflow/tfjs-core');

/** The real ones, by NODE_PATH for example: others put in their place would not be found. */
const installed = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node', 'webgpu'].some((name) => {
  try {
    return resolve(name);
  } catch {
    return false;
  }
});

/**
 * A package in the place of @tensorflow/tfjs-node-gpu that computes with the cpu backend's kernels and says that it is
 * a GPU: what `auto` makes of a GPU can then be seen without one.
 *
 * @param relu the kernel of that name, as JavaScript of (inputs, the cpu backend's kernel)
 */
const packageLikeTensorflow = (relu: string): string => `
  const tf = require(${JSON.stringify(CORE)});
  const cpu = tf.engine().registryFactory.cpu.factory();
  cpu.binding = { TF_Version: '2.9.1' };
  cpu.isUsingGpuDevice = true;
  tf.registerBackend('tensorflow', () => cpu, 0);
  for (const kernel of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({ ...kernel, backendName: 'tensorflow', kernelFunc: (call) =>
      kernel.kernelName === 'Relu' || kernel.kernelName === 'Step' ? (${relu})(call, kernel.kernelFunc) : kernel.kernelFunc(call) });
`;

let folder: string;
const home = process.cwd();

beforeEach(async () => {
  folder = await temporaryFolder();
  process.chdir(folder);
  await startBackend('cpu');
});

afterEach(() => {
  process.chdir(home);
  if (tf.findBackend('tensorflow') !== null) tf.removeBackend('tensorflow');
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
});

/** Installs a package in the user's working directory. */
async function install(name: string, program: string): Promise<void> {
  const at = path.join(folder, 'node_modules', name);
  await mkdir(at, { recursive: true });
  await writeFile(path.join(at, 'package.json'), JSON.stringify({ name, version: '4.22.0' }));
  await writeFile(path.join(at, 'index.js'), program);
}

async function refusalOf(engine: 'tensorflow' | 'webgpu'): Promise<string> {
  const error: unknown = await startBackend(engine).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  // The engine before is still the current one.
  expect(tf.getBackend()).toBe('cpu');
  return (error as Error).message;
}

describe.skipIf(installed)('an engine that is absent [needs none installed]', () => {
  it('is refused in one line that says how to get it', async () => {
    expect(await refusalOf('tensorflow')).toBe(
      'the engine tensorflow is not here: neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed; ' +
        'to get it: npm install @tensorflow/tfjs-node-gpu (with CUDA) or npm install @tensorflow/tfjs-node',
    );
    expect(await refusalOf('webgpu')).toBe(
      'the engine webgpu is not here: webgpu is not installed; to get it: npm install webgpu @tensorflow/tfjs-backend-webgpu',
    );
  });

  it('is one whose package does not load, as without its native part', async () => {
    await install('@tensorflow/tfjs-node', 'throw new Error("no addon\\nat all");');
    expect(await refusalOf('tensorflow')).toBe(
      'the engine tensorflow is not here: @tensorflow/tfjs-node is installed but does not load: no addon',
    );
  });

  it('leaves auto with wasm, which says why', async () => {
    await install('@tensorflow/tfjs-node', 'throw new Error("no addon");');
    const engine = await startBackend('auto');
    expect(engine.backend).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(engine.rejected).toEqual([
      { backend: 'tensorflow', reason: '@tensorflow/tfjs-node is installed but does not load: no addon' },
      { backend: 'webgpu', reason: 'webgpu is not installed' },
    ]);
  });
});

describe.skipIf(installed)('an engine on a GPU [needs none installed]', () => {
  it('is taken by auto, from the working directory', async () => {
    await install('@tensorflow/tfjs-node-gpu', packageLikeTensorflow('(call, relu) => relu(call)'));
    expect(await startBackend('auto')).toEqual({
      backend: 'tensorflow',
      name: '@tensorflow/tfjs-node-gpu',
      version: '4.22.0',
      library: '2.9.1',
      kernels: null,
      device: 'CUDA device 0',
      rejected: [],
    });
    expect(tf.getBackend()).toBe('tensorflow');
    await expect(startBackend('tensorflow', { device: '1' })).rejects.toThrow('runs on another device already');
  });

  it('is not taken if it computes something else', async () => {
    await install('@tensorflow/tfjs-node-gpu', packageLikeTensorflow('({ inputs: { x } }) => tf.add(x, 1)'));
    expect(await refusalOf('tensorflow')).toMatch(
      /^the engine tensorflow is not here: it does not train as it should: /,
    );
    expect((await startBackend('auto')).backend).toBe('wasm');
  });
});

it('takes a device for GPUs only', async () => {
  await expect(startBackend('wasm', { device: '0' })).rejects.toThrow(
    'a device is for the engines tensorflow and webgpu; wasm runs on the processor',
  );
});

it.each([
  [{}, 'some-package 1.2.3'],
  [{ library: '2.9.1' }, 'some-package 1.2.3 (library 2.9.1)'],
  [{ kernels: '0.1.0' }, 'some-package 1.2.3 with @nasbench/kernels 0.1.0'],
])('describes the arithmetic of %o', (parts, expected) => {
  const engine: Engine = {
    backend: 'wasm',
    name: 'some-package',
    version: '1.2.3',
    library: null,
    kernels: null,
    device: 'not part of it',
    rejected: [],
    ...parts,
  };
  expect(describeEngine(engine)).toBe(expected);
});
