import path from 'node:path';
import { type Json, NASBench, type RunCounts, rankRows, runCounts } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { writeFileAtomically } from '@nasbench/foundation/files';
import { drawCells, type Figure, type ReportTable, renderReport } from '@nasbench/viz';
import { noiseSeries, sourceOf, TABLE_FIGURES } from './tableFigures.ts';

/** Cells drawn side by side, and rows of the list of the best. */
const DRAWN_CELLS = 4;
const LISTED_CELLS = 10;

/**
 * Writes the report of a table: every figure it has numbers for, and its best cells, as one HTML page. `tableFile` is what the
 * page calls the table.
 */
export async function writeReport(
  bench: NASBench,
  tableFile: string,
  out: string,
  { force = false }: { force?: boolean } = {},
): Promise<void> {
  await writeFileAtomically(out, reportOf(bench, path.basename(tableFile)), { force });
}

function reportOf(bench: NASBench, source: string): string {
  const { epochs: budgets } = bench.metadata;
  const epochs = budgets[budgets.length - 1];
  const ranking = rankRows(bench.column(`validation_accuracy_${epochs}`));
  if (ranking.length < 2)
    throw new NasbenchError(`a report needs two cells or more with runs of ${epochs} epochs, found ${ranking.length}`);
  const draw = (name: string): Figure => TABLE_FIGURES[name].draw({ bench, source, epochs, row: ranking[0] });
  return renderReport({
    title: `Benchmark table: ${source}`,
    summary: summaryOf(bench),
    provenance: sourceOf(bench, source),
    sections: [
      { heading: 'How the table was made', tables: [settingsTable(bench)] },
      {
        heading: 'Accuracies',
        paragraphs: ['How many cells reach which accuracy; means over the repeats. Further right is better.'],
        figures: [draw('ecdf'), ...(noiseSeries(bench).length > 0 ? [draw('noise')] : [])],
      },
      {
        heading: 'What accuracy costs',
        paragraphs: ['Training time grows with parameters; accuracy does not simply follow either.'],
        figures: [draw('cost'), draw('accuracy-time')],
      },
      {
        heading: 'The best cells',
        paragraphs: ['By mean validation accuracy, as a search would find them; test accuracy is shown beside it.'],
        drawings: [
          { svg: drawBest(bench, ranking.slice(0, DRAWN_CELLS), epochs), caption: `Cells of ${source}, best first.` },
        ],
        tables: [rankingTable(bench, ranking.slice(0, LISTED_CELLS), epochs)],
      },
      {
        heading: 'Training of the best cell',
        paragraphs: ['Evaluated at the start, at half and at the end of every run.'],
        figures: [draw('curves')],
      },
    ],
    howToRepeat: `nasbench report ${source} --out report.html`,
  });
}

/** How many cells and runs. That a cell has fewer repeats than others says nothing of what was meant to be trained. */
function summaryOf(bench: NASBench): string {
  const { epochs: budgets, repeats } = bench.metadata;
  const counts = budgets.map((epochs) => runCounts(bench.table, epochs));
  const [first] = counts;
  const spread = counts.map(({ cellsByRuns }) => cellsByRuns.map(describeCells).join(', '));
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  const trouble = failed > 0 ? ` ${failed} ${failed === 1 ? 'run' : 'runs'} failed.` : '';
  const cells = `${bench.table.rowCount} cells`;
  if (counts.every(({ cellsByRuns }) => cellsByRuns.length === 1 && cellsByRuns[0].runs === repeats))
    return `${cells}, each trained ${timesOf(repeats)} for ${budgets.join(' and for ')} epochs.${trouble}`;
  if (spread.every((one) => one === spread[0])) {
    const runs = first.runs + first.failed;
    return `${cells} trained for ${budgets.join(' and for ')} epochs: ${spread[0]}; ${runs} runs of each budget.${trouble}`;
  }
  return `${cells}; ${counts.map(({ epochs }, i) => `for ${epochs} epochs ${spread[i]}`).join('; ')}.${trouble}`;
}

const describeCells = ({ runs, cells }: RunCounts['cellsByRuns'][number]): string =>
  `${cells} ${cells === 1 ? 'cell' : 'cells'} ${runs === 0 ? 'not at all' : timesOf(runs)}`;

const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);

function settingsTable({ metadata }: NASBench): ReportTable {
  const { space, images, network, training, seed, engine, engines, codeVersion } = metadata;
  const text = (value: Json): string =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, entry]) => `${key} ${typeof entry === 'object' ? JSON.stringify(entry) : String(entry)}`)
          .join(', ')
      : `${value ?? 'unknown'}`;
  const description =
    typeof images === 'object' && images !== null && 'description' in images ? images.description : images;
  return {
    columns: ['setting', 'value'],
    rows: [
      ['space', `at most ${space.maxVertices} vertices and ${space.maxEdges} edges; ${space.operations.join(', ')}`],
      ['images', text(description)],
      ['network', text(network && { ...network })],
      ['training', text(training)],
      ['engine', text(engine ?? engines?.join(', ') ?? null)],
      ['seed, code version', `${seed ?? 'none'}, ${codeVersion}`],
    ],
  };
}

function drawBest(bench: NASBench, rows: readonly number[], epochs: number): string {
  return drawCells(
    rows.map((row, i) => {
      const hash = bench.table.moduleHash(row);
      const { testAccuracy } = bench.query(hash, { epochs, repeat: 'mean' });
      return {
        cell: bench.table.cell(row),
        title: `${i + 1}. ${hash.slice(0, 8)}`,
        subtitle: `test ${(100 * testAccuracy).toFixed(2)} %, ${bench.metadata.provenance}`,
      };
    }),
  );
}

function rankingTable(bench: NASBench, rows: readonly number[], epochs: number): ReportTable {
  return {
    caption: `Means over repeats after ${epochs} epochs; ${bench.metadata.provenance}.`,
    columns: ['rank', 'module hash', 'validation (%)', 'test (%)', 'training time (s)', 'parameters'],
    rows: rows.map((row, i) => {
      const values = bench.query(bench.table.moduleHash(row), { epochs, repeat: 'mean' });
      const percent = (fraction: number): string => (100 * fraction).toFixed(2);
      return [
        i + 1,
        values.moduleHash,
        percent(values.validationAccuracy),
        percent(values.testAccuracy),
        values.trainingTime.toFixed(1),
        values.trainableParameters,
      ];
    }),
  };
}
