import { readFile } from 'node:fs/promises';
import { NasbenchError } from '@nasbench/foundation/errors';
import type { PackedCell } from '@nasbench/graph';
import { cellsOfHashes } from './observations.ts';

/** Means over repeats of some cells: exact values beside single runs. */
export interface Means {
  readonly source: string;
  /** Of every cell and budget, in the order of the file. */
  readonly rows: readonly MeanRow[];
}

export interface MeanRow {
  readonly cell: PackedCell;
  readonly epochs: number;
  readonly validation: number;
  readonly test: number;
  /** NaN if not known. */
  readonly seconds: number;
}

const COLUMNS = ['hash', 'epochs', 'mean_validation_accuracy', 'mean_test_accuracy', 'mean_training_time_s'] as const;

/** Reads a CSV file that has these columns, one row for each cell and budget. No commas but in quoted fields. Throws NasbenchError. */
export async function readMeans(source: string): Promise<Means> {
  const text = await readFile(source, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new NasbenchError(`cannot read ${source}: ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`, {
      cause,
    });
  });
  const [header, ...lines] = text.trim().split(/\r?\n/).map(fieldsOf);
  const places = COLUMNS.map((name) => header.indexOf(name));
  const absent = COLUMNS.filter((_, k) => places[k] < 0);
  if (absent.length > 0) throw new NasbenchError(`${source}: expected a CSV file with the column ${absent.join(', ')}`);
  const cells = cellsOfHashes(
    lines.map((fields) => fields[places[0]]),
    source,
  );
  const rows = lines.map((fields, i) => {
    const numbers = places.slice(1).map((place) => (fields[place] ? Number(fields[place]) : Number.NaN));
    const [epochs, validation, test, seconds] = numbers;
    if (![epochs, validation, test].every(Number.isFinite)) {
      throw new NasbenchError(`${source}: line ${i + 2}: expected numbers, found ${JSON.stringify(fields.join(','))}`);
    }
    return { cell: cells[i], epochs, validation, test, seconds };
  });
  return { source, rows };
}

const fieldsOf = (line: string): string[] =>
  Array.from(line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g), ([, quoted, plain]) => quoted ?? plain);
