import { createRequire } from 'node:module';
import path from 'node:path';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import * as tf from '@tensorflow/tfjs-core';

/** Engines that train: `wasm` is the default, `cpu` (plain JavaScript) is some hundred times slower and for tests. */
export const BACKENDS = ['wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** The engine that a run was trained on, for metadata: `name` and `version` of the npm package. */
export interface Engine {
  readonly backend: BackendName;
  readonly name: string;
  readonly version: string;
}

/**
 * Loads an engine and makes it TensorFlow.js's current one in this process (about 0.2 s for `wasm`). The engine runs in
 * one thread: two processes of one thread each train faster than one process of two threads, and a fixed order of
 * operations is what makes results the same bits everywhere.
 */
export async function startBackend(backend: BackendName = 'wasm'): Promise<Engine> {
  if (!BACKENDS.includes(backend))
    throw new UsageError(`unknown backend ${JSON.stringify(backend)}, expected ${BACKENDS.join(' or ')}`);
  // Keeps TensorFlow.js from advertising its other packages on stderr.
  tf.enableProdMode();
  const version = backend === 'wasm' ? await prepareWasm() : (await import('@tensorflow/tfjs-backend-cpu')).version_cpu;
  const removeWasmListeners = watchErrorListeners();
  try {
    if (!(await tf.setBackend(backend))) throw new NasbenchError(`the ${backend} backend did not start`);
    await tf.ready();
  } finally {
    removeWasmListeners();
  }
  return { backend, name: `@tensorflow/tfjs-backend-${backend}`, version };
}

async function prepareWasm(): Promise<string> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${path.join(path.dirname(main), '..', 'wasm-out')}${path.sep}`);
  wasm.setThreadsCount(1);
  return wasm.version_wasm;
}

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

/** The backend that is running, started as `wasm` if there is none yet. */
export async function ensureBackend(): Promise<string> {
  // Undefined until one is set, whatever the type says.
  const running = tf.getBackend() as string | undefined;
  return running ?? (await startBackend('wasm')).backend;
}
