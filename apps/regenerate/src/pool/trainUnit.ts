import { NasbenchError } from '@nasbench/foundation/errors';
import { deriveSeed } from '@nasbench/foundation/random';
import { packCell, parseCell } from '@nasbench/graph';
import { createCostCounter, type NetworkConfig, type Operations } from '@nasbench/model';
import {
  type Checkpoint,
  type CheckpointStore,
  type ImageSet,
  OtherRunError,
  type TrainingProgress,
  type TrainingSetup,
  trainCell,
} from '@nasbench/trainer';
import { type Configuration, configurationDigest, setupOf, textSpace } from '../configuration/configuration.ts';
import type { JournalEntry } from '../journal/journal.ts';
import type { RunName, Unit } from '../units/units.ts';

/** The seed of a run follows from the run alone, not from when, where or among how many it is trained. */
export function runSeed(seed: string, run: RunName): string {
  return deriveSeed(seed, 'run', run.moduleHash, run.epochs, run.repeat);
}

/**
 * Trains one run and gives what the journal keeps of it.
 *
 * @param setup network, procedure and operations of the configuration
 * @param resume where an earlier process got to; a checkpoint of another run, as of another engine, is passed over
 */
export async function trainUnit(
  unit: Unit,
  configuration: Configuration,
  setup: TrainingSetup,
  images: ImageSet,
  engine: string,
  onProgress: (progress: TrainingProgress) => void,
  checkpoints: CheckpointStore,
  resume: Checkpoint | undefined,
): Promise<JournalEntry> {
  const run = runOf(unit, configuration);
  const train = (from: Checkpoint | undefined) =>
    trainCell(parseCell(unit.cell, textSpace(configuration)), images, setup, {
      epochs: unit.epochs,
      seed: run.seed,
      onProgress,
      checkpoints,
      resume: from,
    });
  const result = await train(resume).catch((error: unknown) => {
    if (error instanceof OtherRunError) return train(undefined);
    throw error;
  });
  const { attempts, trainableParameters, totalTime } = result;
  const entry = { ...run, trainableParameters, totalTime, attempts, engine };
  if (result.status === 'failed') return { ...entry, points: null, failure: result.reason };
  return { ...entry, points: result.points };
}

/** What the journal keeps of a run that its processes did not survive. */
export function failedEntry(
  configuration: Configuration,
  operations: Operations | undefined,
  unit: Unit,
  outcome: Pick<JournalEntry, 'attempts' | 'totalTime'> & { readonly failure: string },
): JournalEntry {
  const { trainableParameters } = costCounter(
    configuration,
    operations,
  )(parseCell(unit.cell, textSpace(configuration)));
  return { ...runOf(unit, configuration), trainableParameters, points: null, engine: 'none', ...outcome };
}

/** Counts parameters and multiply-adds of a configuration's networks. */
export function costCounter(configuration: Configuration, operations: Operations | undefined) {
  const { size, channels, labels } = configuration.images;
  const { network } = setupOf(configuration);
  const config: NetworkConfig = { ...network, imageSize: size, imageChannels: channels, labels };
  return createCostCounter(config, operations, textSpace(configuration));
}

/** The parts of a run's record that are known before it is trained. */
export function runOf(
  unit: Unit,
  configuration: Configuration,
): Pick<JournalEntry, 'configuration' | 'seed' | 'moduleHash' | 'cell' | 'epochs' | 'repeat'> {
  const { moduleHash, epochs, repeat } = unit;
  const { pruned } = parseCell(unit.cell, textSpace(configuration));
  if (pruned === undefined) throw new NasbenchError(`cell ${unit.cell} is disconnected and cannot be trained`);
  const { vertices, edges } = packCell(pruned, textSpace(configuration));
  return {
    configuration: configurationDigest(configuration),
    seed: runSeed(configuration.seed, unit),
    moduleHash,
    cell: { vertices, edges, operations: pruned.operations.slice(1, -1) },
    epochs,
    repeat,
  };
}
