import { cellFromMatrix, isValid, moduleHash, NASBENCH_101 } from '@nasbench/graph';
import * as fc from 'fast-check';
import type { EvaluationPoint, RecordedCell, RunRecord, TableMetadata } from '../src/index.ts';
import { adjacencyOf, edgeSlots, labelsOf } from '../src/recordedCell.ts';

/** Every unique cell of up to 4 vertices: 91 of them. */
export const CELLS: readonly { readonly moduleHash: string; readonly cell: RecordedCell }[] = smallCells();

export const METADATA: TableMetadata = {
  formatVersion: 1,
  provenance: 'synthetic',
  epochs: [4, 12],
  repeats: 3,
  space: { ...NASBENCH_101, maxVertices: 4 },
  images: { name: 'none', train: 0 },
  network: null,
  training: { batchSize: 32, schedule: ['cosine'] },
  codeVersion: '0.1.0',
  seed: 'seed "1"',
  engine: null,
};

function smallCells(): { moduleHash: string; cell: RecordedCell }[] {
  const cells = new Map<string, RecordedCell>();
  for (let vertices = 2; vertices <= 4; vertices++) {
    for (let edges = 0; edges < 2 ** edgeSlots(vertices); edges++) {
      for (let code = 0; code < 3 ** (vertices - 2); code++) {
        const operations = Array.from(
          { length: vertices - 2 },
          (_, i) => NASBENCH_101.operations[Math.floor(code / 3 ** i) % 3],
        );
        const recorded = { vertices, edges, operations };
        const cell = cellFromMatrix(adjacencyOf(recorded), labelsOf(recorded));
        if (!isValid(cell) || cell.pruned?.operations.length !== vertices) continue;
        const hash = moduleHash(cell);
        if (!cells.has(hash)) cells.set(hash, recorded);
      }
    }
  }
  return Array.from(cells, ([hash, cell]) => ({ moduleHash: hash, cell }));
}

export function point(epochs: number, value: number): EvaluationPoint {
  const accuracy = Math.fround(value);
  return {
    epochs,
    trainingTime: Math.fround(epochs * 10 + value),
    trainAccuracy: accuracy,
    validationAccuracy: Math.fround(value / 2),
    testAccuracy: Math.fround(value / 4),
  };
}

/** A completed run with values that tell cell, budget and repeat apart. */
export function run(cellIndex: number, epochs: number, repeat: number, changes: Partial<RunRecord> = {}): RunRecord {
  const value = (cellIndex + 1) / 128 + repeat / 1024 + epochs / 65536;
  return {
    ...CELLS[cellIndex],
    trainableParameters: 1000 + cellIndex,
    epochs,
    repeat,
    points: [point(0, value / 16), point(epochs / 2, value / 2), point(epochs, value)],
    totalTime: epochs * 100.1 + repeat,
    ...changes,
  };
}

const fraction = fc.oneof(
  fc.integer({ min: 0, max: 9984 }).map((count) => Math.fround(count / 9984)),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const seconds = fc.oneof(fc.float({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }));

function pointAt(epochs: number): fc.Arbitrary<EvaluationPoint> {
  return fc.record({
    epochs: fc.oneof(
      { weight: 20, arbitrary: fc.constant(epochs) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: epochs, noNaN: true }) },
    ),
    trainingTime: seconds,
    trainAccuracy: fraction,
    validationAccuracy: fraction,
    testAccuracy: fraction,
  });
}

/** Records of some runs of some cells in any order, some of them failed. */
export const someRecords: fc.Arbitrary<RunRecord[]> = fc
  .uniqueArray(
    fc.record({
      cell: fc.nat(CELLS.length - 1),
      epochs: fc.constantFrom(...METADATA.epochs),
      repeat: fc.nat(METADATA.repeats - 1),
    }),
    { maxLength: 40, selector: ({ cell, epochs, repeat }) => `${cell} ${epochs} ${repeat}` },
  )
  .chain((runs) =>
    fc.tuple(
      ...runs.map(({ cell, epochs, repeat }) =>
        fc.record({
          moduleHash: fc.constant(CELLS[cell].moduleHash),
          cell: fc.constant(CELLS[cell].cell),
          trainableParameters: fc.constant(cell * 4e7),
          epochs: fc.constant(epochs),
          repeat: fc.constant(repeat),
          points: fc.option(fc.tuple(pointAt(0), pointAt(epochs / 2), pointAt(epochs)), { freq: 5 }),
          totalTime: fc.option(seconds),
        }),
      ),
    ),
  );
