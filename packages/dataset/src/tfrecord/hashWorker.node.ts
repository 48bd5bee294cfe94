/** The thread of `hashThread.node.ts`: answers each batch of cells in turn. */
import { parentPort } from 'node:worker_threads';
import { type CellBatch, findWrongHash } from './hashCheck.ts';

parentPort?.on('message', (batch: CellBatch) => {
  const nothingMoved: ArrayBuffer[] = [];
  parentPort?.postMessage(findWrongHash(batch), nothingMoved);
});
