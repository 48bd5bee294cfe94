import type { BenchmarkTable } from '../table.ts';
import { type ExportOptions, engineTexts, rowRanges, valueOrNull } from './flatColumns.ts';
import { numberText } from './numberText.ts';

/** Text is handed on in pieces of so many rows. */
const ROWS_IN_A_PIECE = 250;

/**
 * The table as one JSON document in pieces: `{"metadata": {...}, "rows": [...]}`, a row a line. A row is an object of the
 * table's own columns: `module_hash`, `vertices`, `edges`, `operations` (a list), `trainable_parameters`, and for each
 * per-run column a list of its repeats, null where the run is absent. Numbers as in `exportCsv`.
 */
export function* exportJson(table: BenchmarkTable, { onProgress }: ExportOptions = {}): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const rowText = rowWriter(table, '');
  yield encoder.encode(`{"metadata":${JSON.stringify(table.metadata)},\n"rows":[\n`);
  for (const [start, end] of rowRanges(table.rowCount, ROWS_IN_A_PIECE)) {
    let text = '';
    for (let row = start; row < end; row++) text += `${rowText(row)}${row === table.rowCount - 1 ? '\n' : ',\n'}`;
    yield encoder.encode(text);
    onProgress?.(end);
  }
  yield encoder.encode(']}\n');
}

/**
 * The rows of `exportJson` alone, an object a line without commas between (JSON Lines, NDJSON), for tools that read one line
 * at a time. Every row says its provenance; the other metadata are left out.
 */
export function* exportJsonLines(table: BenchmarkTable, { onProgress }: ExportOptions = {}): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const rowText = rowWriter(table, `,"provenance":${JSON.stringify(table.metadata.provenance)}`);
  for (const [start, end] of rowRanges(table.rowCount, ROWS_IN_A_PIECE)) {
    let text = '';
    for (let row = start; row < end; row++) text += `${rowText(row)}\n`;
    yield encoder.encode(text);
    onProgress?.(end);
  }
}

function rowWriter(table: BenchmarkTable, ending: string): (row: number) => string {
  const { cells } = table;
  const operations = cells.operationLists.map((list) => JSON.stringify(list));
  const metrics = table.metricNames.map((name) => ({ head: `,${JSON.stringify(name)}:[`, column: table.column(name) }));
  const engines = engineTexts(table);
  return (row) => {
    let text = `{"module_hash":"${table.moduleHash(row)}","vertices":${cells.vertices[row]},"edges":${cells.edges[row]}`;
    text += `,"operations":${operations[cells.operations[row]]},"trainable_parameters":${cells.trainableParameters[row]}`;
    for (const { head, column } of metrics) {
      const isSingle = column.values instanceof Float32Array;
      text += head;
      for (let repeat = 0; repeat < column.repeats; repeat++) {
        const value = valueOrNull(column, row * column.repeats + repeat);
        text += `${repeat === 0 ? '' : ','}${value === null ? 'null' : numberText(value, isSingle)}`;
      }
      text += ']';
    }
    for (const { name, repeats, text: engine } of engines) {
      const texts = Array.from({ length: repeats }, (_, repeat) => engine(row * repeats + repeat));
      text += `,${JSON.stringify(name)}:${JSON.stringify(texts)}`;
    }
    return `${text}${ending}}`;
  };
}
