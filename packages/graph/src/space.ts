import { InvalidSpaceError, quote } from './errors.ts';

/** Label of the first vertex; in hashes it is -1. */
export const INPUT = 'input';

/** Label of the last vertex; in hashes it is -2. */
export const OUTPUT = 'output';

/** Limits of a search space. Both limits count the pruned cell; input and output are vertices too. */
export interface CellSpace {
  readonly maxVertices: number;
  readonly maxEdges: number;
  /** Operations of interior vertices. Their order is part of the space: an operation's index is its label in module hashes. */
  readonly operations: readonly string[];
}

/** The space of NAS-Bench-101: 423 624 unique cells. */
export const NASBENCH_101: CellSpace = Object.freeze({
  maxVertices: 7,
  maxEdges: 9,
  operations: Object.freeze(['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3']),
});

/**
 * What makes a raw, unpruned matrix valid besides being connected and labelled from the space.
 * - `prune-first`: prune, then count vertices and edges (the reference API). 73.34 % of all 7-vertex matrices pass.
 * - `raw-edges`: the raw matrix, too, may have no more than the maximum of edges (the paper's benchmark scripts). 27.35 % pass.
 */
export type ValidityRule = 'prune-first' | 'raw-edges';

/** Most vertices a matrix may have before pruning: a vertex set is then one 32-bit mask. */
export const MAX_MATRIX_VERTICES = 32;

/** Throws InvalidSpaceError unless the limits are integers in range and the operations are distinct names. */
export function checkSpace(space: CellSpace, mostVertices: number = MAX_MATRIX_VERTICES): void {
  if (space === NASBENCH_101) return;
  const { maxVertices, maxEdges, operations } = space;
  if (!Number.isInteger(maxVertices) || maxVertices < 2 || maxVertices > mostVertices) {
    throw new InvalidSpaceError(`maxVertices must be an integer of 2 to ${mostVertices}, got ${quote(maxVertices)}`);
  }
  if (!Number.isInteger(maxEdges) || maxEdges < 1) {
    throw new InvalidSpaceError(`maxEdges must be an integer of 1 or more, got ${quote(maxEdges)}`);
  }
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new InvalidSpaceError(`operations must list one name or more, got ${quote(operations)}`);
  }
  operations.forEach((operation: unknown, index) => {
    if (typeof operation !== 'string' || operation === '' || operation === INPUT || operation === OUTPUT) {
      throw new InvalidSpaceError(
        `operation ${index} must be a name other than input and output, got ${quote(operation)}`,
      );
    }
    if (operations.indexOf(operation) !== index) {
      throw new InvalidSpaceError(`operation ${quote(operation)} is listed twice`);
    }
  });
}
