import { NasbenchError } from '@nasbench/foundation/errors';
import { type CellSpace, depth, shortOperationName, unpackCell, width } from '@nasbench/graph';
import { createCostCounter, type NetworkConfig, OPERATIONS, PAPER_NETWORK } from '@nasbench/model';
import { countBits } from './bits.ts';
import { TableFormatError } from './errors.ts';
import type { BenchmarkTable } from './table.ts';

/** One number for every row. Do not write into it. */
export type ColumnValues = Uint8Array | Uint32Array | Float64Array;

/** Columns that follow from the cells, beside one for each operation that counts it, such as `conv3x3`. */
export const DERIVED_COLUMNS = ['edge_count', 'depth', 'width', 'multiply_adds'] as const;
export type DerivedColumn = (typeof DERIVED_COLUMNS)[number];

/** The network that `multiply_adds` is of: the table's, or the paper's (`isAssumed`) if the table does not name one. */
export function multiplyAddsNetwork({ metadata }: BenchmarkTable): { network: NetworkConfig; isAssumed: boolean } {
  const { network } = metadata;
  return { network: network ?? PAPER_NETWORK, isAssumed: network === null };
}

/** Names of the columns that count operations, in the order of the space: short names, other signs as `_`. */
export function operationCountColumns({ operations }: CellSpace): string[] {
  return operations.map((operation) => shortOperationName(operation).replace(/\W/g, '_'));
}

/** Computes a derived column; takes tens of milliseconds for 423 624 rows, `multiply_adds` half a second. */
export function derivedColumn(table: BenchmarkTable, name: DerivedColumn): Uint8Array | Float64Array {
  if (name === 'multiply_adds') return multiplyAdds(table);
  const { shapes, shapeOfRow } = shapesOf(table);
  const ofShape = Uint8Array.from(shapes, (shape) => shapeNumber(shape, name));
  const values = new Uint8Array(shapeOfRow.length);
  for (let row = 0; row < values.length; row++) values[row] = ofShape[shapeOfRow[row]];
  return values;
}

/** How often the space's operation `index` occurs in each cell. */
export function operationCounts(table: BenchmarkTable, index: number): Uint8Array {
  const { operations, operationLists } = table.cells;
  const wanted = table.metadata.space.operations[index];
  const ofList = operationLists.map((list) => list.filter((operation) => operation === wanted).length);
  const values = new Uint8Array(operations.length);
  for (let row = 0; row < values.length; row++) values[row] = ofList[operations[row]];
  return values;
}

/** A graph without its labels; all of NAS-Bench-101 has 2 494. */
interface CellShape {
  readonly vertices: number;
  readonly edges: number;
}

const SHAPES = new WeakMap<BenchmarkTable, { shapes: readonly CellShape[]; shapeOfRow: Uint32Array }>();

function shapesOf(table: BenchmarkTable): { shapes: readonly CellShape[]; shapeOfRow: Uint32Array } {
  const known = SHAPES.get(table);
  if (known !== undefined) return known;
  const { vertices, edges } = table.cells;
  const indexOf = new Map<number, number>();
  const shapes: CellShape[] = [];
  const shapeOfRow = new Uint32Array(table.rowCount);
  for (let row = 0; row < shapeOfRow.length; row++) {
    const key = vertices[row] * 2 ** 28 + edges[row];
    let shape = indexOf.get(key);
    if (shape === undefined) {
      // Refuses rows of damaged files.
      table.recordedCell(row);
      shape = shapes.length;
      indexOf.set(key, shape);
      shapes.push({ vertices: vertices[row], edges: edges[row] });
    }
    shapeOfRow[row] = shape;
  }
  const result = { shapes, shapeOfRow };
  SHAPES.set(table, result);
  return result;
}

/** Labels play no part in these: any will do. */
const ONE_LABEL: CellSpace = { maxVertices: 8, maxEdges: 28, operations: ['any'] };

function shapeNumber({ vertices, edges }: CellShape, name: 'edge_count' | 'depth' | 'width'): number {
  if (name === 'edge_count') return countBits(Uint8Array.of(edges, edges >>> 8, edges >>> 16, edges >>> 24), 32);
  const cell = unpackCell({ vertices, edges, operations: 0 }, ONE_LABEL);
  if (cell.pruned === undefined) {
    throw new TableFormatError(`a row is not a cell: with edge mask ${edges} its output cannot be reached`);
  }
  return name === 'depth' ? depth(cell) : width(cell);
}

function multiplyAdds(table: BenchmarkTable): Float64Array {
  const { space } = table.metadata;
  const { vertices, edges, operations, operationLists } = table.cells;
  const unknown = operationLists.flat().find((operation) => !Object.hasOwn(OPERATIONS, operation));
  if (unknown !== undefined) {
    throw new NasbenchError(
      `multiply_adds are not known: the table does not say what the layers of its own operation ${JSON.stringify(unknown)} are (trainable_parameters are in it)`,
    );
  }
  const costsOf = createCostCounter(multiplyAddsNetwork(table).network, undefined, space);
  const codes = operationLists.map((list) =>
    list.reduce((code, operation) => code * space.operations.length + space.operations.indexOf(operation), 0),
  );
  const values = new Float64Array(table.rowCount);
  for (let row = 0; row < values.length; row++) {
    const cell = { vertices: vertices[row], edges: edges[row], operations: codes[operations[row]] };
    try {
      values[row] = costsOf(cell).multiplyAdds;
    } catch (error) {
      if (!(error instanceof NasbenchError)) throw error;
      throw new NasbenchError(`multiply_adds of row ${row}: ${error.message}`, { cause: error });
    }
  }
  return values;
}
