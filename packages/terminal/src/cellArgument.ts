import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import {
  type Cell,
  type CellSpace,
  cellAt,
  cellFromMatrix,
  enumerateCells,
  hashCells,
  hashText,
  INPUT,
  InvalidCellError,
  NASBENCH_101,
  OUTPUT,
  operationFromShortName,
  parseCell,
} from '@nasbench/graph';

/** How a CELL is named on the command line. */
export type CellArgument = string;

/**
 * CELL = a module hash, a JSON file (`[matrix, labels]` or `{matrix, operations}`), or `0110/0010/0001/0000:conv3x3,maxpool3x3`.
 * A hash is looked up among all cells of NAS-Bench-101, which takes up to 3 s for the largest ones.
 *
 * @param space says what names and numbers of operations mean
 */
export async function resolveCell(text: CellArgument, space: CellSpace = NASBENCH_101): Promise<Cell> {
  try {
    if (/^[0-9a-f]{32}$/i.test(text)) return cellOfHash(text.toLowerCase());
    if (/^\s*[01]+(\/[01]+)*\s*(:|$)/.test(text)) return parseCell(text, space);
    if (/\.json$/i.test(text) || existsSync(text)) return await cellOfFile(text, space);
  } catch (error) {
    if (error instanceof InvalidCellError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  throw new UsageError(
    `${JSON.stringify(text.slice(0, 80))} is no cell: expected a module hash (32 hexadecimal digits), an existing JSON file, or rows and operations such as 010/001/000:conv3x3`,
  );
}

/**
 * The name that a label of a file stands for: -1 is the input, -2 the output, 0, 1, .. the operations of the space, as in
 * the reference's files; names are taken as they are, short ones too. Throws InvalidCellError for anything else.
 */
export function operationOf(label: unknown, space: CellSpace): string {
  const { operations } = space;
  if (label === -1) return INPUT;
  if (label === -2) return OUTPUT;
  if (typeof label === 'number' && Object.hasOwn(operations, label)) return operations[label];
  if (typeof label === 'string') {
    const name = operationFromShortName(label, space);
    if ([INPUT, OUTPUT, ...operations].includes(name)) return name;
  }
  throw new InvalidCellError(
    'unknown-operation',
    `${JSON.stringify(label)?.slice(0, 60)} is no label: expected -1 (input), -2 (output), 0 to ${operations.length - 1}, or one of ${[INPUT, OUTPUT, ...operations].join(', ')}`,
  );
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
      return cellAt(cells, row);
    }
  }
  throw new UsageError(`no cell of NAS-Bench-101 has the module hash ${hash}`);
}

async function cellOfFile(file: string, space: CellSpace): Promise<Cell> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw withPath(error, `cannot read the cell file ${file}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON; expected [matrix, labels]`);
  }
  const [matrix, labels]: readonly unknown[] = Array.isArray(value)
    ? value
    : [property(value, 'matrix'), property(value, 'operations')];
  if (!isMatrix(matrix) || !Array.isArray(labels)) {
    throw new UsageError(
      `${file}: expected [matrix, labels] or {"matrix": [[0, 1], ...], "operations": ["input", ...]}`,
    );
  }
  return cellFromMatrix(
    matrix,
    labels.map((label) => operationOf(label, space)),
  );
}

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const isMatrix = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every((entry) => typeof entry === 'number'));
