import { defaultDocument } from '#document';
import { linearAxis, logAxis } from '../drawing/axis.ts';
import { COUNT_RAMP, INK, SURFACE, seriesStyle } from '../drawing/colors.ts';
import { type Block, contentWidth } from '../drawing/frame.ts';
import { type Point, placeLabels } from '../drawing/labels.ts';
import { rampLegend, seriesLegend } from '../drawing/legend.ts';
import { drawMarker } from '../drawing/markers.ts';
import { formatInteger, formatNumber } from '../drawing/numbers.ts';
import { drawPanel, type Panel } from '../drawing/panel.ts';
import { bin, DOTS_AT_MOST, dots, SQUARE, squares, stepOf } from '../drawing/points.ts';
import { element, type SvgElement } from '../drawing/svg.ts';
import { textLine, textWidth } from '../drawing/text.ts';
import { type Column, checkColumn, checkLengths } from './columns.ts';
import type { Figure, FigureOptions, FigureSource } from './figure.ts';
import { checkSource, epochsFact, makeFigure } from './makeFigure.ts';
import { countBelow, mean, sorted, spearman, withoutTail } from './statistics.ts';

export interface AccuracyTimeData extends FigureSource {
  /** seconds, one value a cell */
  readonly trainingTime: Column;
  /** fractions */
  readonly accuracy: Column;
  /** Which accuracy; default `test accuracy`. */
  readonly accuracyLabel?: string;
  readonly epochs?: number;
  /** Cells to mark: a single one has its name beside it, several (e.g. neighbours) are counted in the legend. */
  readonly highlights?: readonly {
    readonly label: string;
    readonly trainingTime: Column;
    readonly accuracy: Column;
  }[];
}

/**
 * Accuracy against training time, the time axis logarithmic (figure 3, right, of the paper), with marked cells.
 * More than 12 000 cells become squares coloured by how many cells they hold. Numbers: `n`, `spearman(time, accuracy)`
 * and the mean `accuracy(label)` and `time(label)` of each highlight.
 *
 * @throws NasbenchError for columns of different lengths, fewer than 2 cells, values that are not finite, times not
 *   above 0, accuracies outside [0, 1]
 */
export function accuracyTimeFigure(data: AccuracyTimeData, options: FigureOptions = {}): Figure {
  const width = checkSource('accuracy-time', data, options);
  checkData(data);
  const { trainingTime, accuracy, accuracyLabel = 'test accuracy', highlights = [] } = data;
  const inner = contentWidth(width);
  const height = Math.max(Math.round(inner * 0.7), 250);
  const percent = sorted(accuracy).map((fraction) => fraction * 100);
  const marked = highlights.flatMap((highlight) => Array.from(highlight.accuracy, (fraction) => fraction * 100));
  const times = sorted([...Array.from(trainingTime), ...highlights.flatMap((h) => Array.from(h.trainingTime))]);
  const y = linearAxis(
    `${accuracyLabel} (%)`,
    Math.min(withoutTail(percent), ...marked),
    Math.max(percent.at(-1) as number, ...marked),
    { floor: 0, ceiling: 100 },
  );
  const x = logAxis('training time (s)', times[0], times.at(-1) as number);
  const panel = drawPanel({ document: options.document ?? defaultDocument(), width: inner, height, x, y });
  const hidden = countBelow(percent, y.domain[0]);
  const cloud = drawCloud(
    panel,
    trainingTime,
    Array.from(accuracy, (fraction) => fraction * 100),
    inner,
  );
  const marks = drawHighlights(panel, highlights, inner);
  return makeFigure(
    {
      name: 'accuracy-time',
      title: `${capitalize(accuracyLabel)} against training time`,
      description:
        `${capitalize(accuracyLabel)} in % against training time in seconds (logarithmic).` +
        (hidden > 0 ? ` Not drawn: ${formatInteger(hidden)} below ${formatNumber(y.domain[0], 3)} %.` : ''),
      facts: [`n = ${formatInteger(accuracy.length)} cells`, ...epochsFact(data.epochs)],
      blocks: [
        ...cloud.legend,
        ...marks.legend,
        { element: element('g', {}, panel.element, cloud.element, ...marks.elements), height },
      ],
      numbers: {
        n: accuracy.length,
        'spearman(time, accuracy)': spearman(trainingTime, accuracy),
        ...Object.fromEntries(
          highlights.flatMap((highlight) => [
            [`accuracy(${highlight.label})`, mean(highlight.accuracy)],
            [`time(${highlight.label})`, mean(highlight.trainingTime)],
          ]),
        ),
      },
      width,
    },
    data,
    options,
  );
}

function checkData({ trainingTime, accuracy, highlights = [] }: AccuracyTimeData): void {
  const time = { minimum: Number.MIN_VALUE };
  const fraction = { minimum: 0, maximum: 1 };
  checkColumn('accuracy-time', 'trainingTime', trainingTime, time);
  checkColumn('accuracy-time', 'accuracy', accuracy, fraction);
  checkLengths('accuracy-time', { trainingTime, accuracy });
  for (const { label, ...columns } of highlights) {
    checkColumn('accuracy-time', `trainingTime of "${label}"`, columns.trainingTime, { ...time, atLeast: 1 });
    checkColumn('accuracy-time', `accuracy of "${label}"`, columns.accuracy, { ...fraction, atLeast: 1 });
    checkLengths('accuracy-time', columns);
  }
}

/** All cells: dots, or squares by count with their legend. */
function drawCloud(
  panel: Panel,
  x: Column,
  y: Column,
  width: number,
): { readonly element: SvgElement; readonly legend: readonly Block[] } {
  if (x.length <= DOTS_AT_MOST) return { element: dots(panel, x, y, COUNT_RAMP, () => 2), legend: [] };
  const cells = bin(panel, x, y);
  const most = cells.counts.reduce((a, b) => Math.max(a, b), 1);
  const limits = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    .filter((limit) => limit <= most)
    .slice(0, COUNT_RAMP.length - 1);
  return {
    element: squares(panel, cells, COUNT_RAMP, (square) => stepOf(limits, cells.counts[square])),
    legend: [
      rampLegend(width, `cells per ${SQUARE} px square`, COUNT_RAMP.slice(0, limits.length + 1), limits.map(String)),
    ],
  };
}

type Highlights = NonNullable<AccuracyTimeData['highlights']>;

/** Groups first, single cells above them; names beside single cells if there is room, else everything in the legend. */
function drawHighlights(
  panel: Panel,
  highlights: Highlights,
  width: number,
): { readonly elements: readonly SvgElement[]; readonly legend: readonly Block[] } {
  const markers = highlights.map(({ label, trainingTime, accuracy }, i) => ({
    label,
    single: trainingTime.length === 1,
    points: Array.from(
      trainingTime,
      (time, at): Point => ({
        x: panel.x(time),
        y: panel.y(accuracy[at] * 100),
      }),
    ),
    draw: (x: number, y: number, radius: number) => drawMarker(i, seriesStyle(i + 1), x, y, radius),
  }));
  const single = markers.filter((marker) => marker.single);
  const groups = markers.filter((marker) => !marker.single);
  const boxes = placeLabels(
    single.map(({ label, points }) => ({
      line: -1,
      width: textWidth(label, NAME_SIZE, 600),
      height: NAME_SIZE,
      anchors: points,
    })),
    markers.flatMap(({ points }) => points.map(outline)),
    { x: panel.left, y: panel.top, width: panel.right - panel.left, height: panel.bottom - panel.top },
  );
  const names = single.flatMap(({ label }, i) => {
    const box = boxes?.[i];
    if (!box) return [];
    const look = { size: NAME_SIZE, weight: 600, fill: INK.light, halo: SURFACE.light } as const;
    return [textLine(label, box.x, box.y + NAME_SIZE * 0.82, look)];
  });
  const entries = (boxes ? groups : markers).map(({ label, points, draw }) => ({
    label: points.length === 1 ? label : `${label} (${formatInteger(points.length)})`,
    sample: (x: number, y: number) => draw(x + 13, y, 4.5),
  }));
  return {
    elements: [
      ...groups.flatMap(({ points, draw }) => points.map(({ x, y }) => draw(x, y, 3.5))),
      ...single.flatMap(({ points, draw }) => points.map(({ x, y }) => draw(x, y, 5.5))),
      ...names,
    ],
    legend: entries.length === 0 ? [] : [seriesLegend(width, entries)],
  };
}

const NAME_SIZE = 12;

/** What a label must leave free around a marker. */
function outline({ x, y }: Point): Point[] {
  const [left, right, top, bottom] = [x - 6, x + 6, y - 6, y + 6];
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
    { x: left, y: top },
  ];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
