import { type BenchmarkTable, type EvaluationPoints, metricColumn, runsOf } from '@nasbench/dataset';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { createRandom } from '@nasbench/foundation/random';
import { moduleHash } from '@nasbench/graph';
import type { RunName } from '../units/units.ts';

/** Which runs of a table are to be trained again. */
export interface RunChoice {
  /** so many cells, at most */
  readonly rows: number;
  /** decides which cells */
  readonly seed: string;
  /** only these budgets; default: all */
  readonly epochs?: readonly number[] | undefined;
  /** only this repeat; default: all */
  readonly repeat?: number | undefined;
}

/** A run that a table holds. */
export interface StoredRun extends RunName {
  readonly row: number;
  /** null: it failed */
  readonly points: EvaluationPoints | null;
  /** seconds that it took; null if the table does not say */
  readonly seconds: number | null;
}

/**
 * All runs of some cells, which a seed chooses among those that have any.
 *
 * @param engine of a table with runs of several engines only those of this one
 * @throws UsageError if the table has no such runs; NasbenchError for a cell whose hash is not the one that is stored
 */
export function chooseRuns(table: BenchmarkTable, choice: RunChoice, engine: string): StoredRun[] {
  const { epochs: budgets, repeats, engines } = table.metadata;
  const { epochs = budgets, repeat: only } = choice;
  for (const budget of epochs) {
    if (budgets.includes(budget)) continue;
    throw new UsageError(`no runs with ${budget} epochs in this table, which has ${budgets.join(', ')}`);
  }
  if (only !== undefined && only >= repeats)
    throw new UsageError(`no repeat ${only} in this table, which has 0 .. ${repeats - 1}`);
  const random = createRandom(choice.seed, 'verify');
  const rows = Uint32Array.from({ length: table.rowCount }, (_, row) => row);
  const chosen: StoredRun[][] = [];
  for (let i = 0; i < rows.length && chosen.length < choice.rows; i++) {
    const other = i + random.int(rows.length - i);
    [rows[i], rows[other]] = [rows[other], rows[i]];
    const runs = epochs.flatMap((budget) => storedRuns(table, rows[i], budget, engine));
    const wanted = only === undefined ? runs : runs.filter(({ repeat }) => repeat === only);
    if (wanted.length > 0) chosen.push(wanted);
  }
  if (chosen.length === 0)
    throw new UsageError(
      engines === undefined
        ? 'the table has no such runs'
        : `the table has no such runs of ${engine}, only of ${engines.filter((other) => other !== engine).join(', ')}`,
    );
  const ordered = chosen.toSorted(([a], [b]) => a.row - b.row);
  for (const [{ row }] of ordered) assertHash(table, row);
  return ordered.flat();
}

function storedRuns(table: BenchmarkTable, row: number, epochs: number, engine: string): StoredRun[] {
  const { engines, finalOnly } = table.metadata;
  return runsOf(table, row, epochs).flatMap((run, repeat): StoredRun[] => {
    const name = { row, moduleHash: table.moduleHash(row), epochs, repeat };
    if (run !== null) {
      if (engines !== undefined && run.engine !== engine) return [];
      const { start, half, end, totalTime } = run;
      return [{ ...name, points: [start, half, end], seconds: totalTime ?? end.trainingTime }];
    }
    // A failed run is known by its time alone; nobody knows on which engine.
    const seconds = finalOnly === true ? null : table.value(metricColumn('total_time', epochs), row, repeat);
    return seconds === null || engines !== undefined ? [] : [{ ...name, points: null, seconds }];
  });
}

function assertHash(table: BenchmarkTable, row: number): void {
  const [stored, actual] = [table.moduleHash(row), moduleHash(table.cell(row), table.metadata.space)];
  if (stored !== actual)
    throw new NasbenchError(`row ${row}: the table says module hash ${stored}, its cell has ${actual}`);
}
