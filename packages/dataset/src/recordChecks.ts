import { type Cell, type CellSpace, cellFromMatrix, isValid } from '@nasbench/graph';
import { POINTS } from './columns.ts';
import { hashesOf } from './compact/computedCells.ts';
import { InvalidRecordError } from './errors.ts';
import { compareHashes, isModuleHash, readHash } from './hashBytes.ts';
import type { TableMetadata } from './metadata.ts';
import { packCells } from './packedCells.ts';
import { adjacencyOf, edgeSlots, labelsOf } from './recordedCell.ts';
import type { EvaluationPoint, RunRecord } from './records.ts';
import type { CellColumns } from './tableSource.ts';

/** Throws InvalidRecordError if a record does not fit a table with these metadata; its cell is not looked at. */
export function checkRecord(record: RunRecord, metadata: TableMetadata): void {
  const { moduleHash: hash, epochs, repeat, trainableParameters, totalTime, points } = record;
  if (!isModuleHash(hash)) throw new InvalidRecordError(`module hash must be 32 lower-case hex digits, found ${hash}`);
  // Texts are made for what is wrong only: millions of records are right.
  const fail = (problem: string): never => {
    throw new InvalidRecordError(`run of cell ${hash}, ${epochs} epochs, repeat ${repeat}: ${problem}`);
  };
  if (!metadata.epochs.includes(epochs)) fail(`epochs must be one of ${metadata.epochs.join(', ')}`);
  if (!(Number.isInteger(repeat) && repeat >= 0 && repeat < metadata.repeats))
    fail(`repeat must be an integer of 0 .. ${metadata.repeats - 1}`);
  if (!(Number.isInteger(trainableParameters) && trainableParameters >= 0 && trainableParameters < 2 ** 32))
    fail(`trainable parameters must be an integer of 0 .. 2^32 - 1, found ${trainableParameters}`);
  if (!(totalTime === null || isAmount(totalTime))) fail(`total time must be seconds >= 0 or null, found ${totalTime}`);
  if (points === null) return;
  if (points.length !== 3) fail('there must be three points: start, half, end');
  for (let i = 0; i < points.length; i++) {
    const problem = pointProblem(points[i]);
    if (problem !== undefined) fail(`${POINTS[i]} point: ${problem}`);
  }
}

/** Throws InvalidRecordError unless the record's cell is a pruned cell of the space; its hash is not looked at. */
export function checkCell({ moduleHash: hash, cell: recorded }: RunRecord, space: CellSpace): void {
  const { vertices, edges, operations } = recorded;
  if (
    !Number.isInteger(vertices) ||
    vertices < 2 ||
    vertices > space.maxVertices ||
    operations.length !== vertices - 2 ||
    !Number.isInteger(edges) ||
    edges < 0 ||
    edges >= 2 ** edgeSlots(vertices)
  ) {
    throw new InvalidRecordError(
      `cell ${hash}: expected 2 .. ${space.maxVertices} vertices, their edge mask and interior operations, found ${JSON.stringify(recorded)}`,
    );
  }
  const cell: Cell = cellFromMatrix(adjacencyOf(recorded), labelsOf(recorded));
  if (!isValid(cell, space) || cell.pruned?.operations.length !== vertices) {
    throw new InvalidRecordError(`cell ${hash} is not a pruned cell of the space: ${JSON.stringify(recorded)}`);
  }
}

/** Throws InvalidRecordError unless every cell has the hash that it was recorded with. */
export function checkHashes(cells: CellColumns, space: CellSpace): void {
  const actual = hashesOf(packCells(cells, space));
  for (let row = 0; row < cells.vertices.length; row++) {
    if (compareHashes(actual, row, cells.moduleHashes, row) === 0) continue;
    const hash = readHash(cells.moduleHashes, row);
    throw new InvalidRecordError(`cell ${hash} has another hash: ${readHash(actual, row)}`);
  }
}

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;
const isFraction = (value: number): boolean => value >= 0 && value <= 1;

function pointProblem(point: EvaluationPoint): string | undefined {
  if (!isAmount(point.epochs)) return `epochs must be >= 0, found ${point.epochs}`;
  if (!isAmount(point.trainingTime)) return `training time must be seconds >= 0, found ${point.trainingTime}`;
  for (const metric of ['trainAccuracy', 'validationAccuracy', 'testAccuracy'] as const) {
    if (!isFraction(point[metric])) return `${metric} must be of 0 .. 1, found ${point[metric]}`;
  }
  return undefined;
}
