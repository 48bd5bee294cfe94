import { defaultDocument } from '#document';
import { logAxis } from '../drawing/axis.ts';
import { RAMP } from '../drawing/colors.ts';
import { contentWidth } from '../drawing/frame.ts';
import { rampLegend } from '../drawing/legend.ts';
import { formatInteger } from '../drawing/numbers.ts';
import { drawPanel, type Panel } from '../drawing/panel.ts';
import { bin, DOTS_AT_MOST, dots, SQUARE, squares, stepOf } from '../drawing/points.ts';
import { element, type SvgElement } from '../drawing/svg.ts';
import { type Column, checkColumn, checkLengths } from './columns.ts';
import type { Figure, FigureOptions, FigureSource } from './figure.ts';
import { checkSource, epochsFact, makeFigure } from './makeFigure.ts';
import { pearson, quantile, ranks, sorted } from './statistics.ts';

export interface AccuracyTimeParametersData extends FigureSource {
  /** one value a cell */
  readonly trainableParameters: Column;
  /** seconds */
  readonly trainingTime: Column;
  /** fractions */
  readonly accuracy: Column;
  /** Which accuracy; default `test accuracy`. */
  readonly accuracyLabel?: string;
  readonly epochs?: number;
}

/**
 * Training time against trainable parameters, coloured by accuracy, both axes logarithmic (figure 3, left, of the paper).
 * More than 12 000 cells are averaged over small squares. Numbers: `n` and the Spearman correlations
 * `spearman(parameters, accuracy)`, `spearman(time, accuracy)`, `spearman(parameters, time)`.
 *
 * @throws NasbenchError for columns of different lengths, fewer than 2 cells, values that are not finite, times or
 *   parameters not above 0, accuracies outside [0, 1]
 */
export function accuracyTimeParametersFigure(data: AccuracyTimeParametersData, options: FigureOptions = {}): Figure {
  const width = checkSource('cost', data, options);
  const { trainableParameters, trainingTime, accuracy, accuracyLabel = 'test accuracy' } = data;
  checkColumn('cost', 'trainableParameters', trainableParameters, { minimum: Number.MIN_VALUE });
  checkColumn('cost', 'trainingTime', trainingTime, { minimum: Number.MIN_VALUE });
  checkColumn('cost', 'accuracy', accuracy, { minimum: 0, maximum: 1 });
  checkLengths('cost', { trainableParameters, trainingTime, accuracy });
  const inner = contentWidth(width);
  const height = Math.max(Math.round(inner * 0.7), 250);
  const parameters = sorted(trainableParameters);
  const times = sorted(trainingTime);
  const panel = drawPanel({
    document: options.document ?? defaultDocument(),
    width: inner,
    height,
    x: logAxis('trainable parameters', parameters[0], parameters.at(-1) as number),
    y: logAxis('training time (s)', times[0], times.at(-1) as number),
  });
  const limits = colorLimits(sorted(accuracy), RAMP.length);
  const binned = accuracy.length > DOTS_AT_MOST;
  return makeFigure(
    {
      name: 'cost',
      title: 'Training time, trainable parameters and accuracy',
      description:
        `Training time in seconds against the number of trainable parameters, both axes logarithmic, coloured by ` +
        `${accuracyLabel} in %; ${binned ? `each ${SQUARE} px square is the mean of its cells` : 'each dot is a cell'}.`,
      facts: [`n = ${formatInteger(accuracy.length)} cells`, ...epochsFact(data.epochs)],
      blocks: [
        rampLegend(inner, `${accuracyLabel} (%)`, RAMP.slice(0, limits.length + 1), limits),
        {
          element: element(
            'g',
            {},
            panel.element,
            drawPoints(
              panel,
              data,
              limits.map((limit) => Number(limit) / 100),
              binned,
            ),
          ),
          height,
        },
      ],
      numbers: {
        n: accuracy.length,
        ...rankCorrelations(data),
      },
      width,
    },
    data,
    options,
  );
}

function rankCorrelations(data: AccuracyTimeParametersData): Record<string, number> {
  const [parameters, time, accuracy] = [data.trainableParameters, data.trainingTime, data.accuracy].map(ranks) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return {
    'spearman(parameters, accuracy)': pearson(parameters, accuracy),
    'spearman(time, accuracy)': pearson(time, accuracy),
    'spearman(parameters, time)': pearson(parameters, time),
  };
}

function drawPoints(
  panel: Panel,
  { trainableParameters: x, trainingTime: y, accuracy }: AccuracyTimeParametersData,
  limits: readonly number[],
  binned: boolean,
): SvgElement {
  if (!binned) return dots(panel, x, y, RAMP, (i) => stepOf(limits, accuracy[i]));
  const cells = bin(panel, x, y, accuracy);
  return squares(panel, cells, RAMP, (square) => stepOf(limits, cells.sums[square] / cells.counts[square]));
}

/** Limits in percent that give every colour a like share of the cells, with as few decimals as keep them apart. */
function colorLimits(ascending: Float64Array, colors: number): string[] {
  const exact = Array.from({ length: colors - 1 }, (_, i) => quantile(ascending, (i + 1) / colors) * 100);
  const rounded = [0, 1, 2].map((decimals) => Array.from(new Set(exact.map((limit) => limit.toFixed(decimals)))));
  return rounded.find(({ length }) => length === exact.length) ?? rounded[2];
}
