import type { EngineChoice } from '@nasbench/trainer';
import type { Configuration } from '../configuration/configuration.ts';
import type { JournalEntry } from '../journal/journal.ts';
import type { Unit } from '../units/units.ts';

/** What a worker process needs to train runs. */
export interface WorkerSettings {
  readonly configuration: Configuration;
  /** for the trainer's loadImages, on this machine */
  readonly imagesName: string;
  /** file of the user's own operations on this machine; null: none */
  readonly operationsFile: string | null;
  readonly engine: EngineChoice;
  /** the GPU; null: the engine's first one, or the processor */
  readonly device: string | null;
  /** folder for what is kept of a run that takes long */
  readonly folder: string;
  /** seconds between checkpoints of a run */
  readonly checkpointSeconds: number;
}

/** What the pool tells a worker process: `start` once, then one run at a time. */
export type PoolMessage =
  | { readonly kind: 'start'; readonly settings: WorkerSettings }
  | { readonly kind: 'train'; readonly unit: Unit };

/** What a worker process tells the pool. */
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
