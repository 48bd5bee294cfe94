import { NasbenchError } from '@nasbench/foundation/errors';
import * as Plot from '@observablehq/plot';
import { defaultDocument } from '#document';
import { linearAxis } from '../drawing/axis.ts';
import { type SeriesStyle, seriesStyle, splitStyle } from '../drawing/colors.ts';
import { type Block, contentWidth } from '../drawing/frame.ts';
import { dodge } from '../drawing/labels.ts';
import { lineSample, seriesLegend } from '../drawing/legend.ts';
import { drawPanel, type Panel } from '../drawing/panel.ts';
import { element } from '../drawing/svg.ts';
import { textLine } from '../drawing/text.ts';
import { checkColumn } from './columns.ts';
import type { Figure, FigureOptions, FigureSource } from './figure.ts';
import { checkSource, epochsText, makeFigure } from './makeFigure.ts';
import { mean } from './statistics.ts';

/** One evaluation of a network in training; accuracies as fractions. */
export interface TrainingCurvePoint {
  readonly epochs: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
}

export interface TrainingCurvesData extends FigureSource {
  /** Name or module hash of the cell. */
  readonly cell: string;
  /** The finished runs of one cell: any budgets, any repeats; points in the order of training. */
  readonly runs: readonly {
    readonly epochs: number;
    readonly repeat: number;
    readonly points: readonly TrainingCurvePoint[];
  }[];
}

const SPLITS = [
  { name: 'train', of: (point: TrainingCurvePoint): number => point.trainAccuracy },
  { name: 'validation', of: (point: TrainingCurvePoint): number => point.validationAccuracy },
  { name: 'test', of: (point: TrainingCurvePoint): number => point.testAccuracy },
] as const;

/**
 * Train, validation and test accuracy of a cell at the start, half and end of its runs: one panel a budget, one line a
 * repeat. Numbers: `runs` and the means over the repeats at the end, e.g. `test(108)`.
 *
 * @throws NasbenchError without runs, for a run with fewer than 2 points, for values that are not finite, accuracies
 *   outside [0, 1], a repeat that occurs twice
 */
export function trainingCurvesFigure(data: TrainingCurvesData, options: FigureOptions = {}): Figure {
  const width = checkSource('training-curves', data, options);
  checkRuns(data.runs);
  const budgets = [...new Set(data.runs.map(({ epochs }) => epochs))].toSorted((a, b) => a - b);
  const inner = contentWidth(width);
  const repeats = budgets.map((budget) => data.runs.filter(({ epochs }) => epochs === budget).length);
  return makeFigure(
    {
      name: 'training-curves',
      title: `Training of ${data.cell}`,
      description:
        `Train, validation and test accuracy in % of ${data.cell} at the evaluated points of its training, against ` +
        `epochs; one line a repeat${budgets.length > 1 ? ', one panel a budget' : ''}.`,
      facts: [
        `n = ${data.runs.length} run${data.runs.length === 1 ? '' : 's'} (` +
          `${budgets.map((budget, i) => `${repeats[i]} × ${epochsText(budget)}`).join(', ')})`,
      ],
      blocks: budgets.length === 1 ? accuracyPanel(data, inner, options) : grid(data, budgets, inner, options),
      numbers: {
        runs: data.runs.length,
        ...Object.fromEntries(
          budgets.flatMap((budget) =>
            SPLITS.map(({ name, of }) => [`${name}(${budget})`, mean(finals(data, budget, of))]),
          ),
        ),
      },
      width,
    },
    data,
    options,
  );
}

export function checkRuns(runs: TrainingCurvesData['runs']): void {
  if (runs.length === 0) throw new NasbenchError('figure training-curves needs at least one finished run, got none');
  const seen = new Set<string>();
  for (const { epochs, repeat, points } of runs) {
    const name = `run ${repeat} of ${epochsText(epochs)}`;
    if (seen.has(name))
      throw new NasbenchError(`figure training-curves needs every run once, but ${name} occurs twice`);
    seen.add(name);
    checkColumn(
      'training-curves',
      `epochs of ${name}`,
      points.map((point) => point.epochs),
      { minimum: 0 },
    );
    for (const { name: split, of } of SPLITS)
      checkColumn('training-curves', `${split} accuracy of ${name}`, points.map(of), { minimum: 0, maximum: 1 });
  }
}

function finals({ runs }: TrainingCurvesData, budget: number, of: (point: TrainingCurvePoint) => number): number[] {
  return runs.flatMap(({ epochs, points }) => (epochs === budget ? [of(points.at(-1) as TrainingCurvePoint)] : []));
}

function panel(
  data: TrainingCurvesData,
  budget: number,
  size: { readonly width: number; readonly height: number; readonly marginRight?: number; readonly heading?: string },
  options: FigureOptions,
): Panel {
  const every = data.runs.flatMap(({ points }) => points.flatMap((point) => SPLITS.map(({ of }) => of(point) * 100)));
  const runs = data.runs.filter(({ epochs }) => epochs === budget);
  const last = Math.max(...runs.map(({ points }) => (points.at(-1) as TrainingCurvePoint).epochs));
  return drawPanel({
    ...size,
    document: options.document ?? defaultDocument(),
    x: { label: 'epochs', scale: 'linear', domain: [0, last || 1], ticks: [0, last / 2, last] },
    y: linearAxis('accuracy (%)', Math.min(...every), Math.max(...every), { air: 0.05, floor: 0, ceiling: 100 }),
    marks: SPLITS.flatMap(({ name, of }) => runs.flatMap(({ points }) => runMarks(points, of, style(name)))),
  });
}

function runMarks(
  points: readonly TrainingCurvePoint[],
  of: (point: TrainingCurvePoint) => number,
  { color, dash }: SeriesStyle,
): Plot.Markish[] {
  const channels = {
    x: (point: TrainingCurvePoint) => point.epochs,
    y: (point: TrainingCurvePoint) => of(point) * 100,
  };
  return [
    Plot.line(points, { ...channels, stroke: color.light, strokeWidth: 1.75, ...(dash && { strokeDasharray: dash }) }),
    Plot.dot(points, { ...channels, fill: color.light, r: 2.75 }),
  ];
}

function style(split: string): SeriesStyle {
  return splitStyle(split) ?? seriesStyle(0);
}

/** One budget: the names stand at the ends of the lines. */
export function accuracyPanel(data: TrainingCurvesData, width: number, options: FigureOptions): Block[] {
  const height = Math.max(Math.round(width * 0.6), 230);
  const budget = data.runs[0]?.epochs ?? 0;
  const drawn = panel(data, budget, { width, height, marginRight: 80 }, options);
  const wishes = SPLITS.map(({ of }) => drawn.y(mean(finals(data, budget, of)) * 100));
  const ys = dodge(wishes, 16, drawn.top, drawn.bottom);
  const names = SPLITS.map(({ name }, i) =>
    textLine(name, drawn.right + 10, ys[i] + 4.5, { size: 12.5, weight: 600, fill: style(name).color.light }),
  );
  return [{ element: element('g', {}, drawn.element, ...names), height }];
}

/** Several budgets: panels with one accuracy axis, side by side where there is room. */
function grid(data: TrainingCurvesData, budgets: readonly number[], width: number, options: FigureOptions): Block[] {
  const columns = width < 440 ? 1 : budgets.length === 3 ? 3 : 2;
  const gap = 14;
  const cell = { width: (width - gap * (columns - 1)) / columns, height: 190 };
  const panels = budgets.map((budget, i) => {
    const heading = epochsText(budget);
    const transform = `translate(${(i % columns) * (cell.width + gap)},${Math.floor(i / columns) * (cell.height + gap)})`;
    return element('g', { transform }, panel(data, budget, { ...cell, heading }, options).element);
  });
  const rows = Math.ceil(budgets.length / columns);
  return [
    seriesLegend(
      width,
      SPLITS.map(({ name }) => ({ label: name, sample: lineSample(style(name)) })),
      'accuracy (%)',
    ),
    { element: element('g', {}, ...panels), height: rows * cell.height + (rows - 1) * gap },
  ];
}
