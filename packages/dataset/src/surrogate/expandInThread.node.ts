import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { encodeTableInPieces } from '../encodeTable.ts';
import { expandSurrogate } from './expandSurrogate.ts';
import type { SurrogateModel } from './surrogateModel.ts';

/** What the thread says: how far it is, and at the end the file. */
export type ExpansionMessage =
  | { readonly done: number; readonly total: number }
  | { readonly pieces: readonly Uint8Array<ArrayBuffer>[] };

const THREAD = new URL('expansionThread.node.js', import.meta.url);

/**
 * The expanded table as consecutive pieces of its Arrow file. It is made in a thread, so that a signal is heard meanwhile.
 * Where there is none (the sources are run as they are, or the package is bundled), it is made here, with the same result.
 */
export async function expandInThread(
  model: SurrogateModel,
  {
    onProgress,
    signal,
  }: {
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Iterable<Uint8Array>> {
  signal?.throwIfAborted();
  if (!existsSync(THREAD)) return encodeTableInPieces(expandSurrogate(model, { onProgress }));
  const worker = new Worker(THREAD, { workerData: model });
  const stop = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const pieces = new Promise<readonly Uint8Array[]>((resolve, reject) => {
    worker.on('message', (message: ExpansionMessage) => {
      if ('pieces' in message) resolve(message.pieces);
      else onProgress?.(message.done, message.total);
    });
    worker.on('error', reject);
  });
  try {
    return await Promise.race([pieces, stop]);
  } finally {
    await worker.terminate();
  }
}
