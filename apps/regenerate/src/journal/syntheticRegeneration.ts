import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { EvaluationPoint } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { createRandom, type Random } from '@nasbench/foundation/random';
import { packCell } from '@nasbench/graph';
import { type Configuration, configurationDigest } from '../configuration/configuration.ts';
import { claimFolder, type Work } from '../configuration/regenerationFile.ts';
import { runSeed } from '../pool/trainUnit.ts';
import { UnitList } from '../units/units.ts';
import { type JournalEntry, journalFolder, journalLine } from './journal.ts';

const LINES_AT_ONCE = 5000;

/**
 * A regeneration folder as `regenerate` writes it, without training: real cells, hashes, seeds and checksums, numbers made up
 * from a seed. For benchmarks and tests of what reads such folders.
 *
 * @returns the number of runs
 */
export async function writeSyntheticRegeneration(
  folder: string,
  configuration: Configuration,
  work: Work,
  seed: string,
): Promise<number> {
  await mkdir(journalFolder(folder), { recursive: true });
  await claimFolder(folder, configuration, work, false);
  const units = new UnitList(work, configuration);
  const random = createRandom(seed, 'synthetic regeneration');
  const digest = configurationDigest(configuration);
  const file = path.join(journalFolder(folder), 'segment-0001.jsonl');
  for (let start = 0; start < units.length; start += LINES_AT_ONCE) {
    let lines = '';
    for (let index = start; index < Math.min(start + LINES_AT_ONCE, units.length); index++) {
      lines += journalLine(entryAt(units, index, configuration, digest, random));
    }
    await appendFile(file, lines);
  }
  return units.length;
}

function entryAt(
  units: UnitList,
  index: number,
  { seed, operations }: Configuration,
  digest: string,
  random: Random,
): JournalEntry {
  const run = units.nameAt(index);
  const row = units.cellOf(index);
  const cell = units.cell(row).pruned;
  if (cell === undefined) throw new NasbenchError(`cell ${run.moduleHash} is disconnected and cannot be trained`);
  const { vertices, edges } = packCell(cell, { maxVertices: 8, maxEdges: 28, operations });
  const totalTime = 100 + 1000 * random.float();
  const point = (epochs: number): EvaluationPoint => ({
    epochs,
    trainingTime: Math.fround((totalTime * epochs) / run.epochs),
    trainAccuracy: accuracy(random),
    validationAccuracy: accuracy(random),
    testAccuracy: accuracy(random),
  });
  return {
    configuration: digest,
    seed: runSeed(seed, run),
    moduleHash: run.moduleHash,
    cell: { vertices, edges, operations: cell.operations.slice(1, -1) },
    epochs: run.epochs,
    repeat: run.repeat,
    trainableParameters: 1000 + row,
    totalTime,
    attempts: 1,
    engine: 'none 0.1.0',
    points: [point(0), point(run.epochs / 2), point(run.epochs)],
  };
}

const accuracy = (random: Random): number => Math.fround(random.int(9985) / 9984);
