// Rows, and the number and sum of the values of every column, as this package reads a table: what other tools must find, too.
//   node packages/dataset/checks/sums.js TABLE.arrow > sums.json        (after `npm run build`)
import { openTable } from '@nasbench/dataset';

const table = await openTable(process.argv[2]);
const { rowCount, metadata } = table;
const { moduleHashes, vertices, edges, operations, operationLists, trainableParameters } = table.cells;
const rows = Array.from({ length: rowCount }, (_, row) => row);
const columns = {
  // A hash counts as the number that its first eight digits are, a list of operations as its letters and commas.
  module_hash: summed(rows, (row) => new DataView(moduleHashes.buffer, moduleHashes.byteOffset).getUint32(16 * row)),
  vertices: summed(rows, (row) => vertices[row]),
  edges: summed(rows, (row) => edges[row]),
  operations: summed(rows, (row) => operationLists[operations[row]].join(',').length),
  trainable_parameters: summed(rows, (row) => trainableParameters[row]),
};
for (const name of table.metricNames) {
  const type = table.column(name).values instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
  for (let repeat = 0; repeat < metadata.repeats; repeat++) {
    columns[`${name}_${repeat}`] = { ...summed(rows, (row) => table.value(name, row, repeat)), type };
  }
}
process.stdout.write(`${JSON.stringify({ rows: rowCount, provenance: metadata.provenance, columns }, undefined, 1)}\n`);

/** Count and sum of the values that are there. */
function summed(of, valueOf) {
  let count = 0;
  let sum = 0;
  for (const row of of) {
    const value = valueOf(row);
    if (value === null) continue;
    count++;
    sum += value;
  }
  return { count, sum };
}
