import * as Plot from '@observablehq/plot';
import { type Axis, positionOnAxis } from './axis.ts';
import { AXIS, GRID, INK, MUTED } from './colors.ts';
import { formatTick } from './numbers.ts';
import { element, fromDom, type SvgElement } from './svg.ts';
import { textLine, textWidth, wrapText } from './text.ts';

const TICK_SIZE = 12;
const LABEL_SIZE = 12.5;
const LABEL_LINE = 16;

export interface PanelOptions {
  readonly document: Document;
  readonly width: number;
  /** of the whole panel, axis labels included */
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  /** Free pixels at the right, for labels of line ends. */
  readonly marginRight?: number;
  /** Small multiples: what this panel shows; replaces the label of the y axis. */
  readonly heading?: string;
  /** Marks of Observable Plot in the axes' units. */
  readonly marks?: readonly Plot.Markish[];
}

/** One pair of axes: what was drawn, where its data area lies, and how values become pixels. */
export interface Panel {
  readonly element: SvgElement;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  x(value: number): number;
  y(value: number): number;
}

/** Draws axes, grid and marks with Observable Plot. Labels: x below at the centre, y above at the left, horizontal. */
export function drawPanel(options: PanelOptions): Panel {
  const { document, width, height, x, y } = options;
  const formatX = x.format ?? formatTick;
  const formatY = y.format ?? formatTick;
  const yLabels = y.ticks.map((tick) => textWidth(formatY(tick), TICK_SIZE));
  const lastX = x.ticks.at(-1);
  const overhang = lastX === undefined ? 0 : textWidth(formatX(lastX), TICK_SIZE) / 2;
  const xLabel = wrapText(x.label, width, LABEL_SIZE);
  const yLabel = options.heading ? [options.heading] : wrapText(y.label, width, LABEL_SIZE);
  const left = Math.ceil(Math.max(20, ...yLabels) + 12);
  const right = width - Math.ceil(Math.max(options.marginRight ?? 0, overhang, 8));
  const top = 8 + LABEL_LINE * yLabel.length;
  const bottom = height - 28 - LABEL_LINE * xLabel.length;
  const geometry = {
    left,
    right,
    top,
    bottom,
    x: (value: number) => left + positionOnAxis(x, value) * (right - left),
    y: (value: number) => bottom - positionOnAxis(y, value) * (bottom - top),
  };
  const plot = Plot.plot({
    document,
    width,
    height,
    marginLeft: left,
    marginRight: width - right,
    marginTop: top,
    marginBottom: height - bottom,
    x: { type: x.scale, domain: x.domain, label: null },
    y: { type: y.scale, domain: y.domain, label: null },
    marks: [
      Plot.gridX(x.ticks, { stroke: GRID.light, strokeOpacity: 1 }),
      Plot.gridY(y.ticks, { stroke: GRID.light, strokeOpacity: 1 }),
      Plot.axisX(x.ticks, { ...AXIS_STYLE, text: formatX }),
      Plot.axisY(y.ticks, { ...AXIS_STYLE, text: formatY }),
      Plot.ruleY([y.domain[0]], { stroke: AXIS.light }),
      ...(options.marks ?? []),
    ],
  });
  const drawn = fromDom(plot, INK.light);
  const headline = yLabel.map((line, i) =>
    options.heading
      ? textLine(line, left, 14, { size: LABEL_SIZE, fill: INK.light, weight: 600 })
      : textLine(line, 0, 12 + i * LABEL_LINE, { size: LABEL_SIZE, fill: MUTED.light }),
  );
  const footline = xLabel.map((line, i) => {
    const half = textWidth(line, LABEL_SIZE) / 2;
    const middle = Math.min(Math.max((left + right) / 2, half), width - half);
    const baseline = height - 5 - (xLabel.length - 1 - i) * LABEL_LINE;
    return textLine(line, middle, baseline, { size: LABEL_SIZE, fill: MUTED.light, anchor: 'middle' });
  });
  return {
    ...geometry,
    element: element(
      'g',
      {},
      element('g', { 'font-size': TICK_SIZE, 'text-anchor': 'middle' }, ...drawn.children.map(onWholePixels)),
      ...headline,
      ...footline,
    ),
  };
}

const AXIS_STYLE = { stroke: AXIS.light, fill: MUTED.light, fontSize: TICK_SIZE, tickSize: 4, label: null } as const;

/**
 * Plot shifts its marks by half a pixel on coarse screens, which would make a browser's bytes differ from Node's. Nothing
 * else moves a mark by a half here: axes are continuous and offsets whole.
 */
function onWholePixels(mark: SvgElement | string): SvgElement | string {
  if (typeof mark === 'string' || mark.attributes['transform'] === undefined) return mark;
  const { transform, ...attributes } = mark.attributes;
  const [x, y] =
    String(transform)
      .match(/-?[\d.]+/g)
      ?.map((shift) => Math.floor(Number(shift))) ?? [];
  return { ...mark, attributes: { ...attributes, ...((x !== 0 || y !== 0) && { transform: `translate(${x},${y})` }) } };
}
