import type { Random } from '@nasbench/foundation/random';
import type { Cell } from './cell.ts';
import { cellFromIndices } from './encodings/encoding.ts';
import type { CellEnumeration } from './enumerate.ts';
import { cellAt } from './enumeration.ts';
import { emptyMatrix } from './pad.ts';
import { type CellSpace, checkSpace, NASBENCH_101, type ValidityRule } from './space.ts';
import { isValid } from './validity.ts';

/**
 * A uniformly drawn point of encoding A: every edge with probability 1/2, every operation equally likely. Its original
 * form has `maxVertices` vertices; it may be invalid, and its pruned form is far from uniform over unique cells (in
 * NAS-Bench-101, less than 1 % have 7 vertices, as 85 % of the unique cells do).
 */
export function randomCell(random: Random, space: CellSpace = NASBENCH_101): Cell {
  checkSpace(space);
  const { maxVertices } = space;
  const matrix = emptyMatrix(maxVertices);
  for (let x = 0; x < maxVertices; x++) {
    for (let y = x + 1; y < maxVertices; y++) matrix[x][y] = random.int(2);
  }
  const operations = Array.from({ length: maxVertices - 2 }, () => random.int(space.operations.length));
  return cellFromIndices(matrix, operations, space);
}

/** {@link randomCell}, drawn again until it is valid: uniform over the valid points (the reference's `random_spec`). */
export function randomValidCell(
  random: Random,
  space: CellSpace = NASBENCH_101,
  rule: ValidityRule = 'prune-first',
): Cell {
  for (;;) {
    const cell = randomCell(random, space);
    if (isValid(cell, space, rule)) return cell;
  }
}

/** A uniformly drawn unique cell of an enumeration, in its canonical form. */
export function randomUniqueCell(random: Random, enumeration: CellEnumeration): Cell {
  return cellAt(enumeration, random.int(enumeration.count));
}
