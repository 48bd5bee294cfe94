import { type Cell, type CellSpace, cellFromMatrix, isValid, moduleHash } from '@nasbench/graph';
import { POINTS } from './columns.ts';
import { InvalidRecordError } from './errors.ts';
import { isModuleHash } from './hashBytes.ts';
import type { TableMetadata } from './metadata.ts';
import { adjacencyOf, edgeSlots, labelsOf } from './recordedCell.ts';
import type { EvaluationPoint, RunRecord } from './records.ts';

/** Throws InvalidRecordError if a record does not fit a table with these metadata; its cell is not looked at. */
export function checkRecord(record: RunRecord, metadata: TableMetadata): void {
  const { moduleHash: hash, epochs, repeat, trainableParameters, totalTime, points } = record;
  if (!isModuleHash(hash)) throw new InvalidRecordError(`module hash must be 32 lower-case hex digits, found ${hash}`);
  const run = `run of cell ${hash}, ${epochs} epochs, repeat ${repeat}`;
  const require = (holds: boolean, problem: string): void => {
    if (!holds) throw new InvalidRecordError(`${run}: ${problem}`);
  };
  require(metadata.epochs.includes(epochs), `epochs must be one of ${metadata.epochs.join(', ')}`);
  require(Number.isInteger(repeat) &&
    repeat >= 0 &&
    repeat < metadata.repeats, `repeat must be an integer of 0 .. ${metadata.repeats - 1}`);
  require(Number.isInteger(trainableParameters) &&
    trainableParameters >= 0 &&
    trainableParameters <
      2 ** 32, `trainable parameters must be an integer of 0 .. 2^32 - 1, found ${trainableParameters}`);
  require(totalTime === null || isAmount(totalTime), `total time must be seconds >= 0 or null, found ${totalTime}`);
  require(points === null || points.length === 3, 'there must be three points: start, half, end');
  for (const [i, point] of (points ?? []).entries()) {
    const problem = pointProblem(point);
    require(problem === undefined, `${POINTS[i]} point: ${problem}`);
  }
}

/** Throws InvalidRecordError unless the record's cell is a pruned cell of the space and its module hash is the recorded one. */
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
  const actual = moduleHash(cell, space);
  if (actual !== hash) throw new InvalidRecordError(`cell ${hash} has another hash: ${actual}`);
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
