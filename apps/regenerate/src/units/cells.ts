import { readFile } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import {
  assertValid,
  type Cell,
  type CellSpace,
  cellAt,
  cellFromMatrix,
  enumerateCells,
  InvalidCellError,
  moduleHash,
} from '@nasbench/graph';
import { operationOf } from '@nasbench/terminal';

/** Every cell of a space once, in the official order. */
export function allCells(space: CellSpace): Cell[] {
  const cells = enumerateCells(space);
  return Array.from({ length: cells.count }, (_, row) => cellAt(cells, row));
}

/** The cells of a file in the reference's format, `{hash: [matrix, labels]}` with labels -1, 0, 1, 2 and -2. */
export async function cellsOfFile(file: string, space: CellSpace): Promise<Cell[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw withPath(error, `cannot read ${file}`);
  });
  const entries = Object.entries(parseObject(text, file));
  if (entries.length === 0) throw new UsageError(`${file} holds no cells`);
  return entries.map(([hash, value]) => cellOf(hash, value, file, space));
}

function parseObject(text: string, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(
      `${file} is not JSON; expected {"<module hash>": [matrix, labels], ...} as enumerate writes it`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${file}: expected {"<module hash>": [matrix, labels], ...} as enumerate writes it`);
}

function cellOf(hash: string, value: unknown, file: string, space: CellSpace): Cell {
  const [matrix, labels]: unknown[] = Array.isArray(value) ? value : [];
  if (!Array.isArray(matrix) || !matrix.every(Array.isArray) || !Array.isArray(labels)) {
    throw new UsageError(`${file}: ${hash}: expected [matrix, labels]`);
  }
  try {
    const cell = cellFromMatrix(
      matrix,
      labels.map((label) => operationOf(label, space)),
    );
    assertValid(cell, space);
    // Keys are hashes, so no cell can come twice.
    const actual = moduleHash(cell, space);
    if (actual !== hash)
      throw new UsageError(`${file}: ${hash}: the cell has the module hash ${actual}, expected its key`);
    return cell;
  } catch (error) {
    if (error instanceof InvalidCellError) throw new UsageError(`${file}: ${hash}: ${error.message}`);
    throw error;
  }
}
