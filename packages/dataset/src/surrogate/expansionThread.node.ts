/** The thread of `expandInThread.node.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { encodeTableInPieces } from '../encodeTable.ts';
import type { ExpansionMessage } from './expandInThread.node.ts';
import { expandSurrogate } from './expandSurrogate.ts';

const say = (message: ExpansionMessage, moved: ArrayBuffer[] = []): void => parentPort?.postMessage(message, moved);

const table = expandSurrogate(workerData, { onProgress: (done, total) => say({ done, total }) });
const pieces = Array.from(encodeTableInPieces(table), (piece) => piece as Uint8Array<ArrayBuffer>);
// Moved, not copied: no second table in memory.
say({ pieces }, [...new Set(pieces.map(({ buffer }) => buffer))]);
