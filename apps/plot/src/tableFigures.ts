import { isPresent, meanOverRepeats, type NASBench, stdOverRepeats, surrogateError } from '@nasbench/dataset';
import { UsageError } from '@nasbench/foundation/errors';
import {
  accuracyTimeFigure,
  accuracyTimeParametersFigure,
  ecdfFigure,
  type Figure,
  type FigureSource,
  trainingCurvesFigure,
} from '@nasbench/viz';

/** What a figure of a table is drawn of. */
export interface FigureRequest {
  readonly bench: NASBench;
  /** how the table is named in captions */
  readonly source: string;
  readonly epochs: number;
  /** row of the cell whose curves are drawn */
  readonly row: number;
}

/** The figures of a table, by the name that `nasbench plot` knows them by. */
export const TABLE_FIGURES: Readonly<
  Record<string, { readonly about: string; readonly draw: (request: FigureRequest) => Figure }>
> = {
  ecdf: { about: 'distribution of train, validation and test accuracy (figure 2, left)', draw: ecdf },
  noise: { about: 'distribution of the standard deviation over repeats (figure 2, right)', draw: noise },
  cost: { about: 'training time against parameters, coloured by accuracy (figure 3, left)', draw: cost },
  'accuracy-time': { about: 'accuracy against training time (figure 3, right)', draw: accuracyTime },
  curves: { about: 'one cell at the start, half and end of its runs (--cell; default: the best)', draw: curves },
};

function ecdf({ bench, source, epochs }: FigureRequest): Figure {
  const series = ['train', 'validation', 'test'].map((label) => ({
    label,
    values: means(bench, `${label}_accuracy_${epochs}`),
  }));
  return ecdfFigure({ ...sourceOf(bench, source), series, quantity: 'mean accuracy over repeats', epochs });
}

function noise({ bench, source }: FigureRequest): Figure {
  const series = noiseSeries(bench);
  if (series.length === 0) throw new UsageError('the figure noise needs cells with two repeats or more at one budget');
  return ecdfFigure({
    ...sourceOf(bench, source),
    series,
    quantity: 'standard deviation of test accuracy over repeats',
  });
}

/** Standard deviations over repeats, for the budgets at which two cells or more have two runs or more. */
export function noiseSeries(bench: NASBench): { label: string; values: Float64Array }[] {
  return bench.metadata.epochs
    .map((epochs) => ({
      label: epochs === 1 ? '1 epoch' : `${epochs} epochs`,
      values: stdOverRepeats(bench.column(`test_accuracy_${epochs}`)).filter((value) => !Number.isNaN(value)),
    }))
    .filter(({ values }) => values.length >= 2);
}

function cost({ bench, source, epochs }: FigureRequest): Figure {
  const { trainingTime, accuracy, trainableParameters } = cellsWithRuns(bench, epochs);
  return accuracyTimeParametersFigure({
    ...sourceOf(bench, source),
    trainableParameters,
    trainingTime,
    accuracy,
    epochs,
  });
}

function accuracyTime({ bench, source, epochs }: FigureRequest): Figure {
  const { trainingTime, accuracy } = cellsWithRuns(bench, epochs);
  return accuracyTimeFigure({ ...sourceOf(bench, source), trainingTime, accuracy, epochs });
}

function curves({ bench, source, row }: FigureRequest): Figure {
  const { moduleHash, runs } = bench.metricsByHash(bench.table.moduleHash(row));
  const finished = [...runs].flatMap(([epochs, repeats]) =>
    repeats.flatMap((run, repeat) =>
      run === null ? [] : [{ epochs, repeat, points: [run.start, run.half, run.end] }],
    ),
  );
  return trainingCurvesFigure({ ...sourceOf(bench, source), cell: `cell ${moduleHash.slice(0, 8)}`, runs: finished });
}

/** What a picture says of where its numbers come from. */
export function sourceOf(bench: NASBench, source: string): FigureSource {
  const error = surrogateError(bench.metadata);
  return { provenance: bench.metadata.provenance, source: error === undefined ? source : `${source}, ${error}` };
}

/** Means over repeats of the cells that have a run. */
function means(bench: NASBench, column: string): Float64Array {
  return meanOverRepeats(bench.column(column)).filter((value) => !Number.isNaN(value));
}

/** Means over repeats, and parameters, of the cells that have a run at the budget. */
function cellsWithRuns(bench: NASBench, epochs: number) {
  const column = bench.column(`test_accuracy_${epochs}`);
  const rows = Array.from({ length: bench.table.rowCount }, (_, row) => row).filter((row) =>
    Array.from({ length: column.repeats }, (_, repeat) => row * column.repeats + repeat).some((run) =>
      isPresent(column, run),
    ),
  );
  const pick = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, (row) => values[row]);
  return {
    trainableParameters: pick(bench.table.cells.trainableParameters),
    trainingTime: pick(meanOverRepeats(bench.column(`training_time_${epochs}`))),
    accuracy: pick(meanOverRepeats(column)),
  };
}
