import type { CellEnumeration, CellSpace } from '@nasbench/graph';
import { TableFormatError } from './errors.ts';
import { edgeSlots } from './recordedCell.ts';
import type { CellColumns } from './tableSource.ts';

/** Cells as two numbers each, in the order of a table's rows: what the graph package's loops over whole spaces take. */
export type PackedCells = Pick<CellEnumeration, 'space' | 'count' | 'vertices' | 'edges' | 'operations'>;

/** The columns of a table that say what a row's cell is. */
export type GraphColumns = Pick<CellColumns, 'vertices' | 'edges' | 'operations' | 'operationLists'>;

/** No packed cell has these operations: a list that names another operation than the space's, or too many. */
const NO_CODE = 2 ** 32 - 1;

/** Every operation list as digits of base `space.operations.length`, the last vertex least significant. */
export function operationCodes(lists: CellColumns['operationLists'], space: CellSpace): Uint32Array {
  const digits = new Map(space.operations.map((name, digit) => [name, digit]));
  return Uint32Array.from(lists, (list) => {
    let code = 0;
    for (const name of list) code = code * space.operations.length + (digits.get(name) ?? NO_CODE);
    return Math.min(code, NO_CODE);
  });
}

/** All cells of a table. `name` is the table's in messages. Throws TableFormatError for a row that is not a cell of the space. */
export function packCells(columns: GraphColumns, space: CellSpace, name = 'table'): PackedCells {
  const { vertices, edges, operations, operationLists } = columns;
  const codes = operationCodes(operationLists, space);
  for (let row = 0; row < vertices.length; row++) checkPacked(columns, codes, row, name);
  return {
    space,
    count: vertices.length,
    vertices,
    edges,
    operations: Uint32Array.from(operations, (list) => codes[list]),
  };
}

/** Throws TableFormatError if the row is not a cell of the space. */
export function checkPacked(columns: GraphColumns, codes: Uint32Array, row: number, name: string): void {
  const size = columns.vertices[row];
  const edges = columns.edges[row];
  const list = columns.operationLists[columns.operations[row]];
  const isCell = list !== undefined && list.length === size - 2 && edges < 2 ** edgeSlots(size);
  if (isCell && codes[columns.operations[row]] !== NO_CODE) return;
  throw new TableFormatError(
    `${name}: row ${row} is not a cell: ${size} vertices, edge mask ${edges}, operations ${list?.join(',')}`,
  );
}
