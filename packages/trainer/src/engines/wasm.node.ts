import { createRequire } from 'node:module';
import path from 'node:path';
import { removeKernels, startWithKernels } from '@nasbench/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { EngineAbsentError, type EngineDriver, type Started } from './engine.ts';
import { findPackage } from './optionalPackage.node.ts';

/**
 * WebAssembly from the npm registry alone, in one thread (about 0.2 s to start): two processes of one thread each train
 * faster than one process of two threads, and a fixed order of operations is what makes results the same bits
 * everywhere. The project's own kernels compute what training needs most, unless `kernels` is false or they do not fit
 * the backend (`kernelsAbsent` says why); then it is a composition of stock operations, whose bits are others.
 */
export const wasm: EngineDriver = {
  install: 'it is part of the package; install it again',
  async start({ kernels: wanted = true }) {
    const backend = await import('@tensorflow/tfjs-backend-wasm');
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    backend.setWasmPaths(`${path.join(path.dirname(main), '..', 'wasm-out')}${path.sep}`);
    backend.setThreadsCount(1);
    const removeListeners = watchErrorListeners();
    let kernels: Pick<Started, 'kernels' | 'kernelsAbsent'> = { kernels: null };
    try {
      const startWasm = async () => {
        if (!(await tf.setBackend('wasm'))) throw new EngineAbsentError('the wasm backend did not start');
        await tf.ready();
      };
      if (wanted) {
        const installation = await startWithKernels(startWasm);
        kernels = installation.installed
          ? { kernels: findPackage('@nasbench/kernels').version }
          : { kernels: null, kernelsAbsent: installation.reason };
      } else {
        removeKernels();
        await startWasm();
      }
    } finally {
      removeListeners();
    }
    const { version_wasm: version } = backend;
    return { name: '@tensorflow/tfjs-backend-wasm', version, library: null, ...kernels, device: null };
  },
};

/**
 * The wasm module rethrows every uncaught error of the process, whoever made it, and Node then prints the module's
 * whole source before the error. The returned function takes away what the module has added by then, and nothing else.
 */
function watchErrorListeners(): () => void {
  const listenersOf = (event: ErrorEvent) => process.listeners(event as 'uncaughtException');
  const before = new Map(ERROR_EVENTS.map((event) => [event, listenersOf(event)]));
  return () => {
    for (const event of ERROR_EVENTS)
      for (const listener of listenersOf(event))
        if (!before.get(event)?.includes(listener) && RETHROWS.test(String(listener)))
          process.removeListener(event, listener);
  };
}

/** Emscripten's listeners, which cannot be had otherwise: `(reason) { throw reason }`, the first unless it is an exit. */
const RETHROWS =
  /^function\s*\((\w+)\)\s*\{\s*(if\s*\(!\(\1 instanceof ExitStatus\)\)\s*)?\{?\s*throw \1;?\s*\}?\s*\}$/;
const ERROR_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type ErrorEvent = (typeof ERROR_EVENTS)[number];
