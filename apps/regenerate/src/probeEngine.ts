import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { UsageError } from '@nasbench/foundation/errors';
import type { Engine, EngineChoice } from '@nasbench/trainer';

const PROBE_FILE = new URL('./engineProbe.js', import.meta.url);

export type ProbeMessage =
  | { readonly here: true; readonly engine: Engine }
  | { readonly here: false; readonly reason: string };

/** What worker processes train on. */
export interface EngineRequest {
  readonly engine: EngineChoice;
  /** GPUs, which the workers share out among them; none: what the engine takes by itself */
  readonly devices: readonly string[];
}

/**
 * Starts an engine in a process of its own, so that neither its memory nor a crash of its native code stays with this
 * one.
 */
export function probeEngine(engine: EngineChoice, device?: string): Promise<ProbeMessage> {
  return new Promise((resolve) => {
    const args = device === undefined ? [engine] : [engine, device];
    const child = fork(PROBE_FILE, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.once('message', (message) => resolve(message as ProbeMessage));
    child.once('error', (error) => resolve({ here: false, reason: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ here: false, reason: `the engine ${engine} ends its process with ${signal ?? `status ${code}`}` }),
    );
  });
}

/**
 * The engine that a pool is to use and how many workers it should have: one for each core, or with a GPU one for each
 * GPU, since two trainings on one share its memory and get no faster.
 *
 * @throws UsageError if it is not here
 */
export async function resolveEngine(
  { engine, devices }: EngineRequest,
  cores: number,
): Promise<EngineRequest & { readonly workers: number; readonly found: Engine | undefined }> {
  // Part of the package; a worker says so if it does not start.
  if (devices.length === 0 && (engine === 'wasm' || engine === 'cpu'))
    return { engine, devices, workers: cores, found: undefined };
  const probe = await probeEngine(engine, devices[0]);
  if (!probe.here) throw new UsageError(probe.reason);
  const found = probe.engine;
  if (found.device === null) return { engine: found.backend, devices: [], workers: cores, found };
  const used = devices.length > 0 || found.backend !== 'tensorflow' ? devices : visibleGpus();
  return { engine: found.backend, devices: used, workers: Math.max(1, used.length), found };
}

/** Numbers of the GPUs that CUDA shows to this process. */
function visibleGpus(): string[] {
  const chosen = process.env.CUDA_VISIBLE_DEVICES;
  if (chosen !== undefined) return chosen.split(',').filter((device) => device !== '');
  try {
    return readdirSync('/proc/driver/nvidia/gpus').map((_, i) => String(i));
  } catch {
    // Not Linux: the first one.
    return [];
  }
}
