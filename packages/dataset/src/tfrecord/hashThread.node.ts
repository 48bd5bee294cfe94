import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type CellBatch, findWrongHash, type HashChecker, type WrongHash } from './hashCheck.ts';

interface Question {
  readonly batch: CellBatch;
  readonly resolve: (wrong: WrongHash | undefined) => void;
}

/**
 * Hashes cells in a thread of its own while the file is read on. Where there is one processor only, or no thread can be had
 * (the sources are run as they are, or the package is bundled), it hashes here, with the same result.
 */
export class HashThread implements HashChecker {
  /** Some hundred of each matrix: fewer are hashed more slowly. */
  readonly batchCells = 2 ** 18;
  /** Not yet answered, in order. */
  #questions: Question[] = [];
  #worker: Worker | undefined;
  #isMissing = availableParallelism() === 1;

  check(batch: CellBatch): Promise<WrongHash | undefined> {
    if (this.#isMissing) return Promise.resolve(findWrongHash(batch));
    this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#questions.push({ batch, resolve });
      this.#worker?.postMessage(batch);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('hashWorker.node.js', import.meta.url));
    worker.on('message', (wrong: WrongHash | undefined) => this.#questions.shift()?.resolve(wrong));
    worker.on('error', () => {
      this.#isMissing = true;
      const questions = this.#questions;
      this.#questions = [];
      for (const { batch, resolve } of questions) resolve(findWrongHash(batch));
    });
    return worker;
  }
}
