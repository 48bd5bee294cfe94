import { UsageError } from '@nasbench/foundation/errors';
import * as tf from '@tensorflow/tfjs-core';
import { cpu } from './cpu.node.ts';
import {
  BACKENDS,
  type BackendName,
  describeEngine,
  ENGINE_CHOICES,
  type Engine,
  EngineAbsentError,
  type EngineChoice,
  type EngineDriver,
  type EngineOptions,
  PackageMissingError,
  reasonOf,
  type Started,
} from './engine.ts';
import { assertTrains } from './smokeStep.ts';
import { tensorflow } from './tensorflow.node.ts';
import { wasm } from './wasm.node.ts';
import { webgpu } from './webgpu.node.ts';

const DRIVERS: Readonly<Record<BackendName, EngineDriver>> = { tensorflow, webgpu, wasm, cpu };

/** Engines for GPUs. They are native code of others, so they show that they train before they are used. */
const FOR_GPUS: readonly BackendName[] = ['tensorflow', 'webgpu'];

/**
 * Loads an engine and makes it TensorFlow.js's current one in this process.
 *
 * `auto` takes the first that trains a small network to the losses of plain JavaScript: tensorflow on a GPU, webgpu on
 * a GPU, wasm, cpu. Without a GPU that is wasm even where tensorflow is installed, since only wasm gives the same bits
 * on every machine, and small networks train about as fast on it; whoever wants tensorflow on a processor, e.g. for
 * networks that need more than the 4 GB of wasm, asks for it by name.
 *
 * @throws UsageError, in one line that says how to get it, if the engine is not here
 */
export async function startBackend(choice: EngineChoice = 'wasm', options: EngineOptions = {}): Promise<Engine> {
  if (!ENGINE_CHOICES.includes(choice))
    throw new UsageError(`unknown engine ${JSON.stringify(choice)}, expected ${ENGINE_CHOICES.join(', ')}`);
  if (options.device !== undefined && choice !== 'auto' && !FOR_GPUS.includes(choice))
    throw new UsageError(`a device is for the engines ${FOR_GPUS.join(' and ')}; ${choice} runs on the processor`);
  // Keeps TensorFlow.js from advertising its other packages on stderr.
  tf.enableProdMode();
  current = choice === 'auto' ? await startBest(options) : await startNamed(choice, options);
  return current;
}

async function startNamed(choice: BackendName, options: EngineOptions): Promise<Engine> {
  try {
    return { backend: choice, ...(await start(choice, options)), rejected: [] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const hint = error instanceof PackageMissingError ? `; to get it: ${DRIVERS[choice].install}` : '';
    throw new UsageError(`the engine ${choice} is not here: ${reasonOf(error)}${hint}`, { cause: error });
  }
}

async function startBest(options: EngineOptions): Promise<Engine> {
  const rejected: { backend: BackendName; reason: string }[] = [];
  for (const backend of BACKENDS) {
    try {
      return { backend, ...(await start(backend, options, true)), rejected };
    } catch (error) {
      rejected.push({ backend, reason: reasonOf(error) });
    }
  }
  throw new UsageError(`no engine works: ${rejected.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ')}`);
}

/** Starts an engine; the one that was current comes back if it fails. */
async function start(backend: BackendName, options: EngineOptions, onlyOnGpu = false): Promise<Started> {
  const before = currentBackend();
  try {
    const started = await DRIVERS[backend].start(options);
    if (!FOR_GPUS.includes(backend)) return started;
    if (onlyOnGpu && started.device === null) throw new EngineAbsentError('it is here, but finds no GPU');
    await assertTrains(backend, () => cpu.start({}));
    return started;
  } catch (error) {
    if (before !== undefined) await tf.setBackend(before);
    throw error;
  }
}

/** Undefined until one is set, whatever the type says. */
function currentBackend(): string | undefined {
  return tf.getBackend();
}

/** What {@link startBackend} started last. */
let current: Engine | undefined;

/** The arithmetic of the engine that is running; `wasm` is started if there is none yet. */
export async function ensureBackend(): Promise<string> {
  const running = currentBackend();
  if (running === undefined) return describeEngine(await startBackend('wasm'));
  // Somebody may have set a backend of tfjs past us.
  return running === current?.backend ? describeEngine(current) : `${running} ${tf.version_core}`;
}
