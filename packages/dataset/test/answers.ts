import { NasbenchError } from '@nasbench/foundation/errors';
import { parseCell } from '@nasbench/graph';
import { budgetCorrelations, operationEffects, packedCells, paretoFront, repeatNoise } from '../src/analyses/index.ts';
import { exportParquet } from '../src/export/parquet.ts';
import {
  type BenchmarkTable,
  columnValues,
  encodeTable,
  evaluateExpression,
  exportCsv,
  exportJsonLines,
  exportTfrecord,
  finalMetrics,
  importTfrecord,
  meanOverRepeats,
  NASBench,
  OutOfDomainError,
  openTable,
  selectRows,
  syntheticTfrecord,
  TableFormatError,
  type TableLocation,
} from '../src/index.ts';
import { expandSurrogate, parseSurrogateModel } from '../src/surrogate/index.ts';

/*
 * Questions that the browser test asks in a page and in Node. Answers are plain values, so that they can be handed over and
 * compared.
 */

/** As they come, unpruned, isomorphic to one another, with one vertex more than the smallest. */
const CELLS = [
  '010/001/000:conv3x3',
  '0110/0001/0001/0000:conv3x3,maxpool3x3',
  '0110/0001/0001/0000:maxpool3x3,conv3x3',
  '01100/00010/00010/00001/00000:conv1x1,maxpool3x3,conv3x3',
  '01010/00100/00001/00001/00000:conv3x3,conv3x3,conv1x1',
  '0101000/0010000/0000001/0000001/0000000/0000000/0000000:conv3x3,conv3x3,conv1x1,conv1x1,maxpool3x3',
].map((text) => parseCell(text));

/** What a user asks: by cell, hash and row, one run or the mean, rows by an expression, a column, an analysis. */
export async function answersFrom(location: TableLocation) {
  const bench = await NASBench.open(location, { seed: 'answers' });
  const { table, metadata } = bench;
  const hashes = [...bench.hashes()].filter((_, row) => row % 500 === 0);
  const [smallest, largest] = [metadata.epochs[0], metadata.epochs[metadata.epochs.length - 1]];
  const accuracy = `test_accuracy_${largest}`;
  const time = `training_time_${largest}`;
  const means = (name: string): Float64Array => meanOverRepeats(table.column(name));
  return {
    metadata,
    rowCount: table.rowCount,
    byCell: CELLS.flatMap((cell) =>
      (['random', 'mean', 0, 2] as const).map((repeat) => bench.query(cell, { epochs: smallest, repeat })),
    ),
    byHash: hashes.map((hash) => bench.query(hash)),
    halfway: metadata.finalOnly ? [] : CELLS.map((cell) => bench.query(cell, { stopHalfway: true, repeat: 1 })),
    allOfCell: CELLS.map((cell) => [...bench.metricsBySpec(cell).runs]),
    byRow: [0, 1, table.rowCount - 1].map((row) => [table.moduleHash(row), table.recordedCell(row)]),
    cost: bench.budgetCounters(),
    selected: [
      ...selectRows(table, {
        where: `depth <= 3 and conv3x3 >= 1 and std(${accuracy}) < 0.2`,
        sortBy: `mean(${accuracy}) - multiply_adds / 1e12`,
        descending: true,
        top: 20,
      }),
    ],
    derived: await digest([columnValues(table, 'width'), evaluateExpression(table, `${accuracy}[1] * 2 - ${time}`)]),
    noise: repeatNoise(table.column(accuracy)).pooled,
    effects: operationEffects(packedCells(table), { accuracy: means(accuracy), time: means(time) }),
    front: [
      ...paretoFront([
        { values: means(accuracy), better: 'larger' },
        { values: means(time), better: 'smaller' },
      ]),
    ],
    correlations: budgetCorrelations(
      metadata.epochs.map((epochs) => ({ epochs, values: means(`test_accuracy_${epochs}`) })),
    ),
    refused: [
      problemOf(() => bench.query('0'.repeat(32))),
      problemOf(() => bench.query(CELLS[0], { epochs: 5 })),
      problemOf(() => bench.query(parseCell('010/000/000:conv3x3'))),
      problemOf(() => selectRows(table, { where: 'tset_accuracy > 1' })),
    ],
  };
}

/** SHA-256 of every file that can be made of a table. */
export async function exportsOf(location: TableLocation) {
  const table = await openTable(location);
  const parts: Record<string, (table: BenchmarkTable) => Iterable<Uint8Array>> = {
    csv: exportCsv,
    jsonl: exportJsonLines,
    parquet: exportParquet,
    tfrecord: exportTfrecord,
    arrow: (of) => [encodeTable(of)],
    compact: (of) => [encodeTable(finalMetrics(of), { compact: true })],
  };
  const entries = Object.entries(parts).map(async ([name, write]) => [name, await digest(write(table))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Makes a file of the official form, reads it and writes it again. */
export async function importAndExport() {
  const file = [...syntheticTfrecord({ cells: 91, epochs: [4, 108], repeats: 3, seed: 'page' })];
  const { table, ...numbers } = await importTfrecord(file, { name: 'made', metadata: { provenance: 'synthetic' } });
  return { numbers, first: await digest(file), again: await digest(exportTfrecord(table)) };
}

/** How opening a place that holds no table fails. */
export async function refusalOf(location: TableLocation) {
  return openTable(location).then(
    () => null,
    (error: unknown) => describeProblem(error),
  );
}

function problemOf(action: () => unknown) {
  try {
    action();
    return null;
  } catch (error) {
    return describeProblem(error);
  }
}

const describeProblem = (error: unknown) => ({
  name: error instanceof Error ? error.name : null,
  ours: error instanceof NasbenchError,
  isFormat: error instanceof TableFormatError,
  isOutOfDomain: error instanceof OutOfDomainError,
  message: error instanceof Error ? error.message : String(error),
});

async function digest(parts: Iterable<ArrayBufferView>): Promise<string> {
  const blob = new Blob(
    [...parts].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()),
  );
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The SHA-256 of all columns that a surrogate model gives for the cells of up to 5 vertices. */
export async function surrogateDigest(modelText: string): Promise<string> {
  const table = expandSurrogate(parseSurrogateModel(modelText, 'model'), { maxVertices: 5 });
  return digest([table.cells.moduleHashes, ...table.metricNames.map((name) => table.column(name).values)]);
}
