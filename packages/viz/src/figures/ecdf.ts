import { NasbenchError } from '@nasbench/foundation/errors';
import { defaultDocument } from '#document';
import { type Axis, linearAxis, logAxis, positionOnAxis } from '../drawing/axis.ts';
import { seriesStyle, splitStyle } from '../drawing/colors.ts';
import { type Curve, curvesBlocks } from '../drawing/curves.ts';
import { contentWidth } from '../drawing/frame.ts';
import type { Point } from '../drawing/labels.ts';
import { formatInteger, formatNumber } from '../drawing/numbers.ts';
import { drawPanel, type Panel } from '../drawing/panel.ts';
import { type Column, checkColumn } from './columns.ts';
import type { Figure, FigureOptions, FigureSource } from './figure.ts';
import { checkSource, epochsFact, makeFigure } from './makeFigure.ts';
import { countBelow, mean, quantile, sorted, withoutTail } from './statistics.ts';

export interface EcdfData extends FigureSource {
  /** One curve each; labels `train`, `validation` and `test` have their fixed colours. */
  readonly series: readonly { readonly label: string; readonly values: Column }[];
  /** What the values are, e.g. `test accuracy`, `standard deviation of test accuracy over the repeats`. */
  readonly quantity: string;
  /** Unit of the values; default `fraction`: values in [0, 1], shown in percent. */
  readonly unit?: string;
  /** Training budget of all series, if it is one. */
  readonly epochs?: number;
  /** What one value belongs to; default `cells`. */
  readonly counted?: string;
  /** Default `linear`; on a `log` axis zeros count but lie left of it. */
  readonly scale?: 'linear' | 'log';
  /** Part of the axis to show, in the values' unit; default everything but a thin tail of outliers. */
  readonly domain?: readonly [number, number];
}

/** A series in the unit of the axis; its values ascend. */
interface Series {
  readonly label: string;
  readonly values: Float64Array;
}

/**
 * Empirical cumulative distributions, one curve a series (figure 2 of the paper; final regrets of figure 7).
 * Numbers: `n(label)`, `min`, `median`, `mean` and `max` of each series, in the values' own unit.
 *
 * @throws NasbenchError without series, with fewer than 2 values, with values that are not finite or, for fractions, outside [0, 1]
 */
export function ecdfFigure(data: EcdfData, options: FigureOptions = {}): Figure {
  const width = checkSource('ecdf', data, options);
  checkData(data);
  const { quantity, unit = 'fraction', counted = 'cells', scale = 'linear' } = data;
  const factor = unit === 'fraction' ? 100 : 1;
  const shownUnit = unit === 'fraction' ? '%' : unit;
  const ascending = data.series.map(({ values }) => sorted(values));
  const series = data.series.map(({ label }, i) => ({
    label,
    values: ascending[i].map((value) => value * factor),
  }));
  const x = valueAxis(
    `${quantity} (${shownUnit})`,
    series,
    scale,
    data.domain?.map((limit) => limit * factor),
    unit === 'fraction' ? { floor: 0, ceiling: 100 } : {},
  );
  const inner = contentWidth(width);
  const height = Math.max(Math.round(inner * 0.62), 230);
  const panel = drawPanel({
    document: options.document ?? defaultDocument(),
    width: inner,
    height,
    x,
    y: {
      label: `${counted} with at most this value (%)`,
      scale: 'linear',
      domain: [0, 100],
      ticks: [0, 25, 50, 75, 100],
    },
  });
  const curves = series.map(
    ({ label, values }, i): Curve => ({
      label,
      style: series.length === 1 ? seriesStyle(0) : (splitStyle(label) ?? seriesStyle(i)),
      points: steps(values, x, panel),
    }),
  );
  return makeFigure(
    {
      name: 'ecdf',
      title: `Distribution of ${quantity}`,
      description:
        `Empirical cumulative distribution of ${quantity} in ${shownUnit}: the height of a curve is the share of ` +
        `${counted} with at most that value.${hiddenText(series, x, shownUnit)}`,
      facts: [sizeFact(series, counted), ...epochsFact(data.epochs)],
      blocks: curvesBlocks(panel, curves, inner, height),
      numbers: Object.fromEntries(data.series.flatMap(({ label }, i) => summary(label, ascending[i]))),
      width,
    },
    data,
    options,
  );
}

function checkData({ series, unit = 'fraction', scale, domain }: EcdfData): void {
  if (series.length === 0) throw new NasbenchError('figure ecdf needs at least one series, got none');
  const limits = unit === 'fraction' ? { minimum: 0, maximum: 1 } : scale === 'log' ? { minimum: 0 } : {};
  for (const { label, values } of series) checkColumn('ecdf', `series "${label}"`, values, limits);
  const labels = series.map(({ label }) => label);
  if (new Set(labels).size < labels.length)
    throw new NasbenchError(`figure ecdf needs different labels, got ${labels.join(', ')}`);
  if (scale === 'log' && series.every(({ values }) => sorted(values).at(-1) === 0))
    throw new NasbenchError('figure ecdf needs values above 0 on a log axis, but all are 0');
  if (domain && !(domain[0] < domain[1] && (scale !== 'log' || domain[0] > 0)))
    throw new NasbenchError(`figure ecdf needs an ascending domain, above 0 on a log axis, got ${domain.join(' to ')}`);
}

function valueAxis(
  label: string,
  series: readonly Series[],
  scale: 'linear' | 'log',
  domain: readonly number[] | undefined,
  limits: { readonly floor?: number; readonly ceiling?: number },
): Axis {
  const high = domain?.[1] ?? Math.max(...series.map(({ values }) => values.at(-1) as number));
  const air = domain ? 0 : 0.03;
  if (scale === 'linear')
    return linearAxis(label, domain?.[0] ?? Math.min(...series.map(({ values }) => withoutTail(values))), high, {
      air,
      ...limits,
    });
  const positive = series.map(({ values }) => values.find((value) => value > 0) ?? high);
  return logAxis(label, domain?.[0] ?? Math.min(...positive), high, { air });
}

/** The curve in pixels, without steps that are smaller than half a pixel. */
function steps(ascending: Float64Array, axis: Axis, panel: Panel): Point[] {
  const n = ascending.length;
  const height = (count: number): number => panel.bottom - (count / n) * (panel.bottom - panel.top);
  const hidden = countBelow(ascending, axis.domain[0]);
  const points: Point[] = [{ x: panel.left, y: height(hidden) }];
  for (let i = hidden; i < n; i++) {
    if (ascending[i + 1] === ascending[i]) continue;
    const share = positionOnAxis(axis, ascending[i]);
    if (share > 1) break;
    const last = points.at(-1) as Point;
    const next = { x: panel.left + share * (panel.right - panel.left), y: height(i + 1) };
    if (i < n - 1 && next.x - last.x < 0.5 && last.y - next.y < 0.5) continue;
    points.push({ x: next.x, y: last.y }, next);
  }
  points.push({ x: panel.right, y: (points.at(-1) as Point).y });
  return points;
}

function hiddenText(series: readonly Series[], axis: Axis, unit: string): string {
  const parts = series.flatMap(({ label, values }) => {
    const below = countBelow(values, axis.domain[0]);
    return below > 0 ? [`${formatInteger(below)} (${label})`] : [];
  });
  if (parts.length === 0) return '';
  return ` Counted, but left of the axis: ${parts.join(', ')} below ${formatNumber(axis.domain[0], 3)} ${unit}.`;
}

function sizeFact(series: readonly Series[], counted: string): string {
  const sizes = [...new Set(series.map(({ values }) => values.length))];
  if (sizes.length === 1) return `n = ${formatInteger(sizes[0])} ${counted}`;
  return `n = ${series.map(({ label, values }) => `${formatInteger(values.length)} (${label})`).join(', ')} ${counted}`;
}

function summary(label: string, ascending: Float64Array): [string, number][] {
  return [
    [`n(${label})`, ascending.length],
    [`min(${label})`, ascending[0]],
    [`median(${label})`, quantile(ascending, 0.5)],
    [`mean(${label})`, mean(ascending)],
    [`max(${label})`, ascending.at(-1) as number],
  ];
}
