import * as tf from '@tensorflow/tfjs-core';
import { catchMemory } from './catchMemory.ts';
import { kernelFunctions } from './kernelFunctions.ts';
import { missingMember, type WasmBackend } from './wasmBackend.ts';
import { instantiateKernels } from './wasmModule.ts';

/** The version whose private members are used: any other gets no kernels. */
const BACKEND_VERSION: string = '4.22.0';

export type Installation =
  | { readonly installed: true; readonly version: string }
  | { readonly installed: false; readonly reason: string };

/** Kernels of the backends seen so far: they can be registered again, the memory cannot be caught again. */
const known = new WeakMap<object, ReturnType<typeof kernelFunctions>>();
/** What registering replaced. */
let replaced: tf.KernelConfig[] | undefined;

/**
 * Starts the wasm backend through `start`, catches the memory of its instance on the way, and registers the kernels.
 * Without them (see `reason`) everything runs as before, slower. Calling it again is harmless.
 *
 * @param start sets the TensorFlow.js backend to `wasm` and awaits `tf.ready()`; what it throws is passed on
 * @returns the version of the backend that the kernels are for, or in a line why they are not installed
 */
export async function startWithKernels(start: () => Promise<void>): Promise<Installation> {
  const memory = await catchMemory(start);
  try {
    return await install(memory);
  } catch (error) {
    return { installed: false, reason: `the kernels did not start: ${(error as Error).message}` };
  }
}

async function install(memory: WebAssembly.Memory | undefined): Promise<Installation> {
  const refuse = (reason: string): Installation => ({ installed: false, reason });
  if (tf.getBackend() !== 'wasm') return refuse(`the backend is ${tf.getBackend()}, expected wasm`);
  const { version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const version: string = version_wasm;
  if (version !== BACKEND_VERSION) return refuse(`tfjs-backend-wasm is ${version}, expected ${BACKEND_VERSION}`);
  const backend = tf.backend() as WasmBackend;
  let functions = known.get(backend);
  if (functions === undefined) {
    const missing = missingMember(backend);
    if (missing !== undefined) return refuse(`the wasm backend has no ${missing}`);
    if (memory === undefined) return refuse('the wasm backend was running before');
    const wasm = await instantiateKernels(memory);
    if (wasm === undefined) return refuse('kernels are not built; run npm run build');
    functions = kernelFunctions(backend, wasm);
    known.set(backend, functions);
  }
  register(functions);
  return { installed: true, version };
}

function register(functions: ReturnType<typeof kernelFunctions>): void {
  removeKernels();
  replaced = [];
  for (const [kernelName, kernelFunction] of Object.entries(functions)) {
    const before = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined;
    if (before !== undefined) {
      replaced.push(before);
      tf.unregisterKernel(kernelName, 'wasm');
    }
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        kernelFunction(inputs as Record<string, tf.TensorInfo>, (attrs ?? {}) as Record<string, number | boolean>),
    });
  }
}

/** Takes the kernels away: the composition of stock operations again. */
export function removeKernels(): void {
  if (replaced === undefined) return;
  for (const { kernelName } of tf.getKernelsForBackend('wasm')) {
    if (kernelName.startsWith('Nasbench')) tf.unregisterKernel(kernelName, 'wasm');
  }
  for (const kernel of replaced) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel(kernel);
  }
  replaced = undefined;
}
