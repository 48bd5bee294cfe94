import { readFile } from 'node:fs/promises';
import type { BenchmarkTable } from '@nasbench/dataset';
import { isPresent, packCells } from '@nasbench/dataset';
import { openNamedTable } from '@nasbench/dataset/node';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { createRandom, type Seed, shuffleInPlace } from '@nasbench/foundation/random';
import { enumerateCells, hashCells, NASBENCH_101, type PackedCell, packedAt } from '@nasbench/graph';

/** Single runs to fit on or to score with: one run of each budget for every cell. */
export interface Observations {
  /** Named in the model and in messages. */
  readonly source: string;
  readonly cells: readonly PackedCell[];
  /** Ascending. */
  readonly epochs: readonly number[];
  /** Validation accuracy at each budget, one array a budget. */
  readonly validation: readonly Float64Array[];
  /** The same runs' test accuracies; undefined if the source has none. */
  readonly test: readonly Float64Array[] | undefined;
  /** Training seconds at each budget; undefined where the source has none. The largest budget's is always there. */
  readonly seconds: readonly (Float64Array | undefined)[];
  /** Rows left out because a value was missing or not a number. */
  readonly skipped: number;
}

export interface ReadOptions {
  /** At most so many rows, drawn at random. */
  readonly rows?: number | undefined;
  readonly seed: Seed;
}

/**
 * Observations from a table, or from a JSON file of columns as arrays: `key` (module hashes), `E_final_validation_accuracy`
 * for every budget E, `final_training_time` of the largest, optionally `E_final_test_accuracy`. Throws NasbenchError.
 */
export async function readObservations(source: string, options: ReadOptions): Promise<Observations> {
  const all = source.endsWith('.json')
    ? await readColumns(source)
    : fromTable(await openNamedTable(source), source, options);
  return sampleRows(dropIncomplete(all), options);
}

async function readColumns(source: string): Promise<Observations> {
  const text = await readFile(source, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new NasbenchError(`cannot read ${source}: ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`, {
      cause,
    });
  });
  let columns: Record<string, unknown>;
  try {
    columns = JSON.parse(text);
  } catch (cause) {
    throw new NasbenchError(`${source}: expected JSON: an object of columns`, { cause });
  }
  const keys = columns?.key;
  if (!Array.isArray(keys)) throw new NasbenchError(`${source}: expected a column key of module hashes`);
  const epochs = Object.keys(columns)
    .flatMap((name) => /^(\d+)_final_validation_accuracy$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  if (epochs.length === 0) throw new NasbenchError(`${source}: expected columns like 108_final_validation_accuracy`);
  const column = (name: string): Float64Array => {
    const values = columns[name];
    if (!Array.isArray(values) || values.length !== keys.length) {
      throw new NasbenchError(`${source}: expected a column ${name} of ${keys.length} numbers`);
    }
    return Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN));
  };
  const hasTest = epochs.every((budget) => `${budget}_final_test_accuracy` in columns);
  return {
    source,
    cells: cellsOfHashes(keys, source),
    epochs,
    validation: epochs.map((budget) => column(`${budget}_final_validation_accuracy`)),
    test: hasTest ? epochs.map((budget) => column(`${budget}_final_test_accuracy`)) : undefined,
    seconds: epochs.map((_, index) => (index === epochs.length - 1 ? column('final_training_time') : undefined)),
    skipped: 0,
  };
}

/** The cells of NAS-Bench-101 with these module hashes. */
export function cellsOfHashes(hashes: readonly unknown[], source: string): PackedCell[] {
  const cells = enumerateCells();
  const bytes = Buffer.from(hashCells(cells).buffer);
  const indexOf = new Map<string, number>();
  for (let index = 0; index < cells.count; index++)
    indexOf.set(bytes.toString('hex', index * 16, index * 16 + 16), index);
  return hashes.map((hash, row) => {
    const index = typeof hash === 'string' ? indexOf.get(hash) : undefined;
    if (index === undefined) {
      throw new NasbenchError(
        `${source}: row ${row}: ${JSON.stringify(hash)} is not the module hash of a cell of NAS-Bench-101`,
      );
    }
    return packedAt(cells, index);
  });
}

/** One run of every cell, drawn from the repeats that have all budgets; the same repeat at every budget. */
function fromTable(table: BenchmarkTable, source: string, { seed }: ReadOptions): Observations {
  const { epochs, repeats, space } = table.metadata;
  if (space.operations.join() !== NASBENCH_101.operations.join()) {
    throw new UsageError(
      `${source}: a surrogate is of cells with the operations ${NASBENCH_101.operations.join(', ')}`,
    );
  }
  const random = createRandom(seed, 'repeats');
  const runs = epochs.map((budget) => table.column(`validation_accuracy_${budget}`));
  const picks = Uint32Array.from({ length: table.rowCount }, (_, row) => {
    const all = Array.from({ length: repeats }, (__, repeat) => row * repeats + repeat);
    const present = all.filter((pick) => runs.every((run) => isPresent(run, pick)));
    // A row without any is left out later.
    return present.length === 0 ? all[0] : present[random.int(present.length)];
  });
  const column = (name: string): Float64Array => {
    const found = table.column(name);
    return Float64Array.from(picks, (pick) => (isPresent(found, pick) ? found.values[pick] : Number.NaN));
  };
  const packed = packCells(table.cells, space, source);
  return {
    source,
    cells: Array.from({ length: packed.count }, (_, row) => ({
      vertices: packed.vertices[row],
      edges: packed.edges[row],
      operations: packed.operations[row],
    })),
    epochs,
    validation: epochs.map((budget) => column(`validation_accuracy_${budget}`)),
    test: epochs.map((budget) => column(`test_accuracy_${budget}`)),
    seconds: epochs.map((budget) => column(`training_time_${budget}`)),
    skipped: 0,
  };
}

function dropIncomplete(all: Observations): Observations {
  const columns = [...all.validation, ...(all.test ?? []), ...all.seconds.filter((column) => column !== undefined)];
  const rows = all.cells.map((_, row) => row).filter((row) => columns.every((column) => Number.isFinite(column[row])));
  return pickRows(all, rows);
}

function sampleRows(all: Observations, { rows, seed }: ReadOptions): Observations {
  if (rows === undefined || rows >= all.cells.length) return all;
  const order = Array.from(all.cells, (_, row) => row);
  shuffleInPlace(createRandom(seed, 'rows'), order);
  const { skipped } = all;
  return { ...pickRows(all, order.slice(0, rows)), skipped };
}

function pickRows(all: Observations, rows: readonly number[]): Observations {
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]);
  return {
    ...all,
    cells: rows.map((row) => all.cells[row]),
    validation: all.validation.map(pick),
    test: all.test?.map(pick),
    seconds: all.seconds.map((column) => column && pick(column)),
    skipped: all.skipped + all.cells.length - rows.length,
  };
}
