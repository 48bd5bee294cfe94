import type { BenchmarkTable } from '../table.ts';
import { type ExportOptions, engineTexts, flatColumnNames, rowRanges, valueOrNull } from './flatColumns.ts';
import { numberText } from './numberText.ts';

/** Text is handed on in pieces of so many rows. */
const ROWS_IN_A_PIECE = 250;

/**
 * The table as CSV (RFC 4180: a header, CRLF, quotes around the operations, whose names are separated by commas) in pieces.
 * One column for each repeat (`test_accuracy_108_0`), empty where the run is absent; the last column is the provenance. Numbers
 * are the shortest that read back to the same bits as float32 or double, whichever the column is.
 */
export function* exportCsv(table: BenchmarkTable, { onProgress }: ExportOptions = {}): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const { cells, metadata, rowCount } = table;
  const metrics = table.metricNames.map((name) => table.column(name));
  const engines = engineTexts(table);
  const operations = cells.operationLists.map((list) => quoted(list.join(',')));
  const ending = `,${quoted(metadata.provenance)}\r\n`;
  yield encoder.encode(`${flatColumnNames(table).map(quoted).join(',')}\r\n`);
  for (const [start, end] of rowRanges(rowCount, ROWS_IN_A_PIECE)) {
    let text = '';
    for (let row = start; row < end; row++) {
      text += `${table.moduleHash(row)},${cells.vertices[row]},${cells.edges[row]},`;
      text += `${operations[cells.operations[row]]},${cells.trainableParameters[row]}`;
      for (const column of metrics) {
        const isSingle = column.values instanceof Float32Array;
        for (let index = row * column.repeats; index < (row + 1) * column.repeats; index++) {
          const value = valueOrNull(column, index);
          text += value === null ? ',' : `,${numberText(value, isSingle)}`;
        }
      }
      for (const { repeats, text: engine } of engines) {
        for (let index = row * repeats; index < (row + 1) * repeats; index++) text += `,${quoted(engine(index) ?? '')}`;
      }
      text += ending;
    }
    yield encoder.encode(text);
    onProgress?.(end);
  }
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
