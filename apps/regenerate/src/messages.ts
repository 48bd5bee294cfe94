import type { JournalEntry } from './journal.ts';
import type { Unit } from './units.ts';

/** What the coordinator tells a worker process. A worker trains one run at a time. */
export interface TrainMessage {
  readonly kind: 'train';
  readonly unit: Unit;
}

/** What a worker process tells the coordinator. */
export type WorkerMessage =
  /** it has loaded its images and its engine, see the trainer's describeEngine */
  | { readonly kind: 'ready'; readonly engine: string }
  /** how far the current run is, 0 .. 1, and how fast */
  | { readonly kind: 'progress'; readonly fraction: number; readonly imagesPerSecond: number }
  | { readonly kind: 'finished'; readonly entry: JournalEntry }
  /** the engine failed, and this process ends */
  | { readonly kind: 'dying'; readonly reason: string }
  /** the worker cannot train anything: the message is for the user */
  | { readonly kind: 'broken'; readonly message: string };
