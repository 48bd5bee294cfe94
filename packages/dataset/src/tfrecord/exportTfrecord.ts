import { NasbenchError } from '@nasbench/foundation/errors';
import { epochsColumns, metricColumn, POINTS, requiredColumns, scheduledEpochs } from '../columns.ts';
import { readHash, writeHash } from '../hashBytes.ts';
import type { BenchmarkTable } from '../table.ts';
import { isPresent, type MetricColumn } from '../tableSource.ts';
import { OperationTexts } from './cellText.ts';
import { checkpointKey, formOf } from './form.ts';
import { createRun, METRIC_PLACES, POINT_VALUES, placeOf, TOTAL_TIME } from './run.ts';
import { RecordWriter } from './writeRecord.ts';

/**
 * The completed runs of a table as a file of the official form, in pieces of about a megabyte: cells in the order of the
 * table, then budgets, then repeats. What `importTfrecord` read comes out byte by byte the same.
 *
 * The format has no place for a run that failed or was never made: it is left out, and if the same cell and budget have a
 * later repeat, an import moves that up.
 *
 * @throws NasbenchError for a table of final metrics only, and for a cell with 2^31 trainable parameters or more, which the format's int32 does not hold.
 */
export function* exportTfrecord(table: BenchmarkTable): Generator<Uint8Array> {
  const { metadata, cells, rowCount } = table;
  const { epochs, repeats, space } = metadata;
  if (metadata.finalOnly === true) {
    throw new NasbenchError('a TFRecord holds start, half and end of every run, this table final metrics only');
  }
  const { base64, checkpointPaths = {} } = formOf(metadata);
  const hasPaths = Object.keys(checkpointPaths).length > 0;
  const texts = new OperationTexts(space);
  const writer = new RecordWriter(texts);
  const budgets = epochs.map((budget) => ({ budget, columns: columnsOf(table, budget) }));
  const codes = cells.operationLists.map((names) => texts.codeOf(names));
  const run = createRun();
  run.mime = base64 !== 'plain';
  for (let row = 0; row < rowCount; row++) {
    const hash = readHash(cells.moduleHashes, row);
    writeHash(run.hash, 0, hash);
    run.vertices = cells.vertices[row];
    run.edges = cells.edges[row];
    run.operations = codes[cells.operations[row]];
    run.parameters = cells.trainableParameters[row];
    if (run.parameters >= 2 ** 31) {
      throw new NasbenchError(
        `cell ${hash} has ${run.parameters} trainable parameters, a TFRecord holds at most 2^31 - 1`,
      );
    }
    writer.cell(run);
    for (const { budget, columns } of budgets) {
      run.epochs = budget;
      for (let repeat = 0; repeat < repeats; repeat++) {
        const index = row * repeats + repeat;
        if (!isPresent(columns.accuracy, index)) continue;
        run.values.set(columns.scheduled);
        for (const { place, column } of columns.measured) run.values[place] = column.values[index];
        run.hasTotalTime = isPresent(columns.totalTime, index);
        if (run.hasTotalTime) run.values[TOTAL_TIME] = columns.totalTime.values[index];
        run.checkpointPaths = hasPaths
          ? POINTS.map((_, point) => checkpointPaths[checkpointKey(hash, budget, repeat, point)] ?? null)
          : null;
        writer.run(run);
      }
    }
    yield* writer.pieces();
  }
  yield* writer.pieces(true);
}

interface BudgetColumns {
  /** Present where a run is. */
  readonly accuracy: MetricColumn;
  readonly totalTime: MetricColumn;
  /** Columns of the points and their places in `Run.values`. */
  readonly measured: readonly { readonly place: number; readonly column: MetricColumn }[];
  /** `Run.values` with the epochs at which points are due, which tables have columns for only if they differ. */
  readonly scheduled: Float64Array;
}

function columnsOf(table: BenchmarkTable, budget: number): BudgetColumns {
  const specs = [...requiredColumns([budget]), ...epochsColumns([budget])];
  const scheduled = createRun().values;
  for (const [i, point] of POINTS.entries()) {
    scheduled[i * POINT_VALUES + METRIC_PLACES.indexOf('epochs')] = scheduledEpochs(budget, point);
  }
  return {
    accuracy: table.column(metricColumn('test_accuracy', budget)),
    totalTime: table.column(metricColumn('total_time', budget)),
    measured: specs
      .filter(({ name, metric }) => metric !== 'total_time' && table.hasColumn(name))
      .map((spec) => ({ place: placeOf(spec), column: table.column(spec.name) })),
    scheduled,
  };
}
