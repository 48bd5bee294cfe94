import { NasbenchError } from '@nasbench/foundation/errors';
import { deriveSeed } from '@nasbench/foundation/random';
import { type Cell, packCell, parseCell } from '@nasbench/graph';
import { type ImageSet, type TrainingProgress, type TrainingSetup, trainCell } from '@nasbench/trainer';
import type { Configuration } from './configuration.ts';
import type { JournalEntry } from './journal.ts';
import type { Unit } from './units.ts';

/** The network and procedure of a configuration; their packages check every value before it is used. */
export function setupOf({ network, training }: Configuration): TrainingSetup {
  return { network, training } as unknown as TrainingSetup;
}

/** Trains one run and gives what the journal keeps of it. Its seed follows from the run alone, not from when or where it is trained. */
export async function trainUnit(
  unit: Unit,
  configuration: Configuration,
  images: ImageSet,
  engine: string,
  onProgress: (progress: TrainingProgress) => void,
): Promise<JournalEntry> {
  const seed = deriveSeed(configuration.seed, 'run', unit.moduleHash, unit.epochs, unit.repeat);
  const result = await trainCell(parseCell(unit.cell, configuration.space), images, setupOf(configuration), {
    epochs: unit.epochs,
    seed,
    onProgress,
  });
  const { attempts, trainableParameters } = result;
  const run = { ...runOf(unit, configuration), trainableParameters, attempts, engine };
  if (result.status === 'failed') return { ...run, points: null, totalTime: null, failure: result.reason };
  return { ...run, points: result.points, totalTime: result.totalTime };
}

/** The parts of a run's record that are known before it is trained. */
export function runOf(
  unit: Unit,
  configuration: Configuration,
): Pick<JournalEntry, 'moduleHash' | 'cell' | 'epochs' | 'repeat'> {
  const graph = prunedGraph(parseCell(unit.cell, configuration.space));
  const { vertices, edges } = packCell(graph, configuration.space);
  const operations = graph.operations.slice(1, -1);
  return {
    moduleHash: unit.moduleHash,
    cell: { vertices, edges, operations },
    epochs: unit.epochs,
    repeat: unit.repeat,
  };
}

function prunedGraph(cell: Cell): NonNullable<Cell['pruned']> {
  if (cell.pruned === undefined) throw new NasbenchError('a disconnected cell cannot be trained');
  return cell.pruned;
}
