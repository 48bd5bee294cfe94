import { type SeriesStyle, SURFACE } from './colors.ts';
import type { Block } from './frame.ts';
import { type Point, placeLabels } from './labels.ts';
import { lineSample, seriesLegend } from './legend.ts';
import type { Panel } from './panel.ts';
import { element, round, type SvgElement } from './svg.ts';
import { textLine, textWidth } from './text.ts';

const LABEL_SIZE = 12.5;

/** A curve in pixels, with the name and look of its series. */
export interface Curve {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly points: readonly Point[];
}

function drawCurve({ points, style }: Curve): SvgElement {
  const d = points.map(({ x, y }, i) => {
    const before = points[i - 1];
    if (!before) return `M${round(x)},${round(y)}`;
    if (before.x === x) return before.y === y ? '' : `V${round(y)}`;
    return before.y === y ? `H${round(x)}` : `L${round(x)},${round(y)}`;
  });
  return element('path', {
    d: d.join(''),
    fill: 'none',
    stroke: style.color.light,
    'stroke-width': 2.25,
    'stroke-linejoin': 'round',
    ...(style.dash && { 'stroke-dasharray': style.dash }),
  });
}

/** Draws curves into a panel, their names beside them if there is room for all of them, else in a legend above. */
export function curvesBlocks(panel: Panel, curves: readonly Curve[], width: number, height: number): Block[] {
  const drawn = [panel.element, ...curves.map(drawCurve)];
  if (curves.length === 1) return [{ element: element('g', {}, ...drawn), height }];
  const boxes = placeLabels(
    curves.map(({ label, points }, line) => ({
      line,
      width: textWidth(label, LABEL_SIZE, 600),
      height: LABEL_SIZE,
      anchors: anchors(points, panel),
    })),
    curves.map(({ points }) => points),
    {
      x: panel.left + 2,
      y: panel.top + 2,
      width: panel.right - panel.left - 4,
      height: panel.bottom - panel.top - 4,
    },
    10,
  );
  if (!boxes)
    return [
      seriesLegend(
        width,
        curves.map(({ label, style }) => ({ label, sample: lineSample(style) })),
      ),
      { element: element('g', {}, ...drawn), height },
    ];
  const labels = curves.map(({ label, style }, i) => {
    const box = boxes[i] ?? { x: 0, y: 0 };
    return textLine(label, box.x, box.y + LABEL_SIZE * 0.82, {
      size: LABEL_SIZE,
      weight: 600,
      fill: style.color.light,
      halo: SURFACE.light,
    });
  });
  return [{ element: element('g', {}, ...drawn, ...labels), height }];
}

/** Points of the curve at heights from the middle of the panel outwards. */
function anchors(points: readonly Point[], panel: Panel): Point[] {
  return [0.55, 0.45, 0.65, 0.35, 0.75, 0.25, 0.85, 0.15].flatMap((share) => {
    const y = panel.bottom - share * (panel.bottom - panel.top);
    const i = points.findIndex((point, at) => at > 0 && (point.y - y) * (points[at - 1].y - y) <= 0);
    return i < 0 ? [] : [{ x: points[i].x, y }];
  });
}
