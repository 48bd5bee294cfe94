import { PRESETS } from '@nasbench/trainer';
import type { Configuration } from '../src/configuration/configuration.ts';
import type { Work } from '../src/configuration/regenerationFile.ts';
import type { JournalEntry } from '../src/journal/journal.ts';
import { runOf } from '../src/pool/trainUnit.ts';
import type { Unit } from '../src/units/units.ts';

/** A configuration that nothing is trained with. */
export const CONFIGURATION: Configuration = {
  seed: '0',
  operations: ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'],
  images: {
    name: 'synthetic',
    options: {},
    description: 'none',
    size: 16,
    channels: 3,
    labels: 10,
    train: 10,
    trainEvaluation: 10,
    validation: 10,
    test: 10,
    sha256: 'abc',
  },
  network: { ...PRESETS.tiny.network },
  training: { batchSize: 32, attempts: 2 },
  engines: 'one',
  codeVersion: '0.1.0',
};

/** 7 cells x 2 budgets x 2 repeats. */
export const WORK: Work = { space: { maxVertices: 3, maxEdges: 9 }, cells: null, epochs: [1, 2], repeats: 2 };

/** What a journal could hold of a unit; its values follow from the unit. */
export function entryOf(unit: Unit): JournalEntry {
  const accuracy = Number.parseInt(unit.moduleHash.slice(0, 2), 16) / 256;
  const point = (epochs: number) => ({
    epochs,
    trainingTime: epochs * 1.5,
    trainAccuracy: accuracy,
    validationAccuracy: accuracy,
    testAccuracy: accuracy,
  });
  return {
    ...runOf(unit, CONFIGURATION),
    trainableParameters: 10,
    points: [point(0), point(unit.epochs / 2), point(unit.epochs)],
    totalTime: unit.epochs * 2,
    attempts: 1,
    engine: 'none',
  };
}
