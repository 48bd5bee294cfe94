import { readFile } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import {
  type Cell,
  cellFromMatrix,
  enumerateCells,
  hashCells,
  hashText,
  InvalidCellError,
  NASBENCH_101,
  parseCell,
  unpackCell,
} from '@nasbench/graph';

/** How a CELL is named on the command line. */
export type CellArgument = string;

/**
 * CELL = a module hash, a JSON file (`[matrix, labels]` or `{matrix, operations}`), or `0110/0010/0001/0000:conv3x3,maxpool3x3`.
 * A hash is looked up among all cells of NAS-Bench-101, which takes up to 3 s for the largest ones.
 */
export async function resolveCell(text: CellArgument): Promise<Cell> {
  try {
    if (/^[0-9a-f]{32}$/.test(text)) return cellOfHash(text);
    if (text.endsWith('.json')) return await cellOfFile(text);
    return parseCell(text);
  } catch (error) {
    if (error instanceof InvalidCellError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** Small spaces first: most cells that people name by hand have few vertices. */
function cellOfHash(hash: string): Cell {
  const firstByte = Number.parseInt(hash.slice(0, 2), 16);
  for (const maxVertices of [5, 6, 7]) {
    const space = { ...NASBENCH_101, maxVertices };
    const cells = enumerateCells(space);
    const hashes = hashCells(cells);
    for (let row = 0; row < cells.count; row++) {
      if (hashes[16 * row] !== firstByte || hashText(hashes, row) !== hash) continue;
      const packed = { vertices: cells.vertices[row], edges: cells.edges[row], operations: cells.operations[row] };
      return unpackCell(packed, space);
    }
  }
  throw new UsageError(`no cell of NAS-Bench-101 has the module hash ${hash}`);
}

async function cellOfFile(file: string): Promise<Cell> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw withPath(error, `cannot read the cell file ${file}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON; expected [matrix, labels]`);
  }
  const [matrix, operations] = Array.isArray(value)
    ? value
    : [property(value, 'matrix'), property(value, 'operations')];
  if (!isMatrix(matrix) || !isLabels(operations)) {
    throw new UsageError(
      `${file}: expected [matrix, labels] or {"matrix": [[0, 1], ...], "operations": ["input", ...]}`,
    );
  }
  return cellFromMatrix(matrix, operations);
}

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const isMatrix = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every((entry) => typeof entry === 'number'));

const isLabels = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'string');
