import { UsageError } from '@nasbench/foundation/errors';
import type { Cell, CellGraph, Matrix } from './cell.ts';
import { InvalidCellError, type InvalidCellReason, quote } from './errors.ts';
import { type CellSpace, INPUT, NASBENCH_101, OUTPUT, type ValidityRule } from './space.ts';

/**
 * Whether the cell belongs to the search space: connected, within the limits on vertices and edges after pruning (and
 * on raw edges, with the rule `raw-edges`), labelled `input`, ..., `output` with operations of the space.
 */
export function isValid(cell: Cell, space: CellSpace = NASBENCH_101, rule: ValidityRule = 'prune-first'): boolean {
  return violation(cell, space, rule) === undefined;
}

/** Throws the InvalidCellError that says why {@link isValid} is false. */
export function assertValid(cell: Cell, space: CellSpace = NASBENCH_101, rule: ValidityRule = 'prune-first'): void {
  const reason = violation(cell, space, rule);
  if (reason !== undefined) throw new InvalidCellError(reason, explain(reason, cell, space));
}

/** The pruned form, or the error that says that there is none. */
export function prunedGraph(cell: Cell): CellGraph {
  if (cell.pruned === undefined) throw new InvalidCellError('disconnected', DISCONNECTED);
  return cell.pruned;
}

/** The label of an interior vertex as its index in the space's list; throws if it is not in the list. */
export function operationIndex(operation: string, space: CellSpace): number {
  const index = space.operations.indexOf(operation);
  if (index < 0) throw new InvalidCellError('unknown-operation', unknownOperation(operation, space));
  return index;
}

export function countEdges(matrix: Matrix): number {
  let edges = 0;
  for (const row of matrix) for (const value of row) edges += value;
  return edges;
}

const DISCONNECTED = 'the output cannot be reached from the input';

function unknownOperation(operation: string | undefined, space: CellSpace): string {
  return `unknown operation ${quote(operation)}, expected one of ${space.operations.join(', ')}`;
}

// In the order of the paper's scripts and the reference API: raw edges, connection, vertices, edges, labels.
function violation(cell: Cell, space: CellSpace, rule: ValidityRule): InvalidCellReason | undefined {
  if (rule !== 'prune-first' && rule !== 'raw-edges') {
    throw new UsageError(`the validity rule must be prune-first or raw-edges, got ${quote(rule)}`);
  }
  const { original, pruned } = cell;
  if (rule === 'raw-edges' && countEdges(original.matrix) > space.maxEdges) return 'too-many-edges';
  if (pruned === undefined) return 'disconnected';
  if (pruned.matrix.length > space.maxVertices) return 'too-many-vertices';
  if (countEdges(pruned.matrix) > space.maxEdges) return 'too-many-edges';
  const labels = pruned.operations;
  const output = labels.length - 1;
  if (labels[0] !== INPUT || labels[output] !== OUTPUT) return 'input-output-labels';
  for (let v = 1; v < output; v++) {
    if (!space.operations.includes(labels[v])) return 'unknown-operation';
  }
  return undefined;
}

function explain(reason: InvalidCellReason, cell: Cell, space: CellSpace): string {
  const { original } = cell;
  const pruned = cell.pruned ?? original;
  const labels = pruned.operations;
  switch (reason) {
    case 'disconnected':
      return DISCONNECTED;
    case 'too-many-vertices':
      return `too many vertices after pruning: got ${pruned.matrix.length}, expected at most ${space.maxVertices}`;
    case 'too-many-edges': {
      const edges = countEdges(pruned.matrix);
      const after = edges > space.maxEdges;
      return `too many edges ${after ? 'after' : 'before'} pruning: got ${after ? edges : countEdges(original.matrix)}, expected at most ${space.maxEdges}`;
    }
    case 'input-output-labels':
      return `the first and last vertex must be labelled input and output, got ${quote(labels[0])} and ${quote(labels.at(-1))}`;
    default:
      return unknownOperation(
        labels.slice(1, -1).find((label) => !space.operations.includes(label)),
        space,
      );
  }
}
