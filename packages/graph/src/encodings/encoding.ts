import type { Random } from '@nasbench/foundation/random';
import { type Cell, cellFromMatrix, type Matrix } from '../cell.ts';
import { InvalidCellError, quote } from '../errors.ts';
import { type CellSpace, INPUT, OUTPUT } from '../space.ts';

/** One coordinate of an encoding. Names are those of the paper's scripts: `edge_0`, `op_node_0`, `num_edges`. */
export type Parameter =
  /** A value of 0 .. choices - 1. */
  | { readonly kind: 'categorical'; readonly name: string; readonly choices: number }
  /** An integer of 0 .. most. */
  | { readonly kind: 'integer'; readonly name: string; readonly most: number }
  /** A real number of [0, 1]. */
  | { readonly kind: 'real'; readonly name: string };

/** A parametrisation of a space by vectors of fixed length, for search algorithms. Points may decode to invalid cells. */
export interface Encoding {
  readonly name: string;
  readonly space: CellSpace;
  readonly parameters: readonly Parameter[];
  /** The cell of a point. @throws InvalidCellError if the point has another length or a value out of range. */
  readonly decode: (point: readonly number[]) => Cell;
  /**
   * A point that decodes to the cell's original form, padded to the space's number of vertices. @throws InvalidCellError
   * if there is none: too many vertices or edges for the encoding, or an operation that is not in the space.
   */
  readonly encode: (cell: Cell) => number[];
}

/** A uniformly drawn point: each parameter independently, uniform over its values. */
export function randomPoint(encoding: Encoding, random: Random): number[] {
  return encoding.parameters.map((parameter) => randomValue(parameter, random));
}

/**
 * The paper's mutation on any encoding: one uniformly chosen parameter takes another value, each other value being equally
 * likely (a real one is drawn anew). Parameters without another value are never chosen. The cell may be invalid or the same.
 */
export function mutatePoint(encoding: Encoding, point: readonly number[], random: Random): number[] {
  checkPoint(encoding.parameters, point);
  const mutable = encoding.parameters.flatMap((parameter, i) => (valueCount(parameter) > 1 ? [i] : []));
  const child = point.slice();
  if (mutable.length === 0) return child;
  const chosen = mutable[random.int(mutable.length)];
  const parameter = encoding.parameters[chosen];
  child[chosen] =
    parameter.kind === 'real'
      ? random.float()
      : (point[chosen] + 1 + random.int(valueCount(parameter) - 1)) % valueCount(parameter);
  return child;
}

function randomValue(parameter: Parameter, random: Random): number {
  return parameter.kind === 'real' ? random.float() : random.int(valueCount(parameter));
}

function valueCount(parameter: Parameter): number {
  if (parameter.kind === 'real') return Number.POSITIVE_INFINITY;
  return parameter.kind === 'categorical' ? parameter.choices : parameter.most + 1;
}

/** Throws InvalidCellError unless the point has a value in range for every parameter. */
export function checkPoint(parameters: readonly Parameter[], point: readonly number[]): void {
  if (!Array.isArray(point) || point.length !== parameters.length) {
    throw new InvalidCellError(
      'malformed-encoding',
      `a point must be an array of ${parameters.length} numbers, got ${quote(point)}`,
    );
  }
  parameters.forEach((parameter, i) => {
    const value: unknown = point[i];
    const real = parameter.kind === 'real';
    const most = real ? 1 : valueCount(parameter) - 1;
    if (typeof value === 'number' && value >= 0 && value <= most && (real || Number.isInteger(value))) return;
    throw new InvalidCellError(
      'malformed-encoding',
      `${parameter.name} must be ${real ? 'a number' : 'an integer'} of 0 to ${most}, got ${quote(value)}`,
    );
  });
}

/** The parameters of the interior vertices' operations, alike in all encodings. */
export function operationParameters(space: CellSpace): Parameter[] {
  return Array.from({ length: space.maxVertices - 2 }, (_, i) => ({
    kind: 'categorical',
    name: `op_node_${i}`,
    choices: space.operations.length,
  }));
}

export function cellFromIndices(matrix: Matrix, operations: readonly number[], space: CellSpace): Cell {
  return cellFromMatrix(matrix, [INPUT, ...operations.map((index) => space.operations[index]), OUTPUT]);
}
