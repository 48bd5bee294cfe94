import { type CellEnumeration, unpackCell } from '@nasbench/graph';
import { countParameters, PAPER_NETWORK } from '@nasbench/model';
import {
  Dictionary,
  FixedSizeBinary,
  Int32,
  makeData,
  makeVector,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';

/**
 * An Arrow file of cells without results, one row each in the order of the enumeration, with the columns that describe
 * the cell in a benchmark table: `module_hash`, `vertices`, `edges` (bit x + y(y-1)/2 is x -> y), `operations`,
 * `trainable_parameters` (of the paper's network).
 */
export function cellsArrow(cells: CellEnumeration, hashes: Uint8Array): Uint8Array {
  const { count, vertices, edges, operations, space } = cells;
  const lists = new Map<string, number>();
  const codes = new Int32Array(count);
  const parameters = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const packed = { vertices: vertices[row], edges: edges[row], operations: operations[row] };
    const list = unpackCell(packed, space).original.operations.slice(1, -1).join(',');
    codes[row] = lists.get(list) ?? lists.set(list, lists.size).size - 1;
    parameters[row] = countParameters(packed, PAPER_NETWORK);
  }
  const dictionary = vectorFromArray([...lists.keys()], new Utf8());
  const table = new Table({
    module_hash: makeVector(makeData({ type: new FixedSizeBinary(16), length: count, data: hashes })),
    vertices: makeVector(vertices),
    edges: makeVector(edges),
    operations: makeVector(
      makeData({ type: new Dictionary(new Utf8(), new Int32()), length: count, data: codes, dictionary }),
    ),
    trainable_parameters: makeVector(parameters),
  });
  return tableToIPC(table, 'file');
}
