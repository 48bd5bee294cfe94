import { UsageError } from '@nasbench/foundation/errors';
import type { Random } from '@nasbench/foundation/random';
import type { Cell } from './cell.ts';
import { cellFromIndices } from './encodings/encoding.ts';
import { quote } from './errors.ts';
import { pairCount } from './packed.ts';
import { padGraph, rowMajorPairs } from './pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101, type ValidityRule } from './space.ts';
import { isValid } from './validity.ts';

/**
 * The paper's mutation (`run_regularized_evolution.py` on encoding A): one of the 26 parameters of the original form,
 * uniformly chosen, is set to another of its values. The child may be invalid, or the same cell after pruning. An original
 * with fewer vertices than the space's maximum is padded with vertices without edges first.
 *
 * @throws InvalidCellError if the original form does not fit encoding A of the space.
 */
export function mutateCell(cell: Cell, random: Random, space: CellSpace = NASBENCH_101): Cell {
  checkSpace(space);
  const { matrix, operations } = padGraph(cell.original, space);
  const edges = pairCount(space.maxVertices);
  const choices = space.operations.length;
  const chosen = random.int(choices > 1 ? edges + operations.length : edges);
  if (chosen < edges) {
    const [x, y] = rowMajorPairs(space.maxVertices)[chosen];
    matrix[x][y] = 1 - matrix[x][y];
  } else {
    const i = chosen - edges;
    operations[i] = (operations[i] + 1 + random.int(choices - 1)) % choices;
  }
  return cellFromIndices(matrix, operations, space);
}

export interface NotebookMutation {
  /** Expected number of changed operations; expected number of flipped edges is `rate` times (maxVertices - 1) / 2. Default 1. */
  readonly rate?: number | undefined;
  /** Default {@link NASBENCH_101}. */
  readonly space?: CellSpace | undefined;
  /** Default `prune-first`. */
  readonly rule?: ValidityRule | undefined;
}

/**
 * The mutation of the reference's notebook (`NASBench.ipynb`, `mutate_spec`): every edge of the original form flips with
 * probability rate / vertices, every operation changes to another with probability rate / interior vertices; drawn again
 * until the child is valid.
 *
 * @throws InvalidCellError if the original form does not fit encoding A of the space.
 */
export function mutateCellNotebook(cell: Cell, random: Random, options: NotebookMutation = {}): Cell {
  const { rate = 1, space = NASBENCH_101, rule = 'prune-first' } = options;
  checkSpace(space);
  if (!Number.isFinite(rate) || rate <= 0) throw new UsageError(`rate must be a positive number, got ${quote(rate)}`);
  const choices = space.operations.length;
  for (;;) {
    const { matrix, operations } = padGraph(cell.original, space);
    for (const [x, y] of rowMajorPairs(space.maxVertices)) {
      if (random.float() < rate / space.maxVertices) matrix[x][y] = 1 - matrix[x][y];
    }
    for (let i = 0; i < operations.length; i++) {
      if (random.float() < rate / operations.length && choices > 1) {
        operations[i] = (operations[i] + 1 + random.int(choices - 1)) % choices;
      }
    }
    const child = cellFromIndices(matrix, operations, space);
    if (isValid(child, space, rule)) return child;
  }
}
