import { type SeriesStyle, SURFACE } from './colors.ts';
import { element, round, type SvgElement } from './svg.ts';

/** Outlines in a box of -1 to 1; the shape tells series apart in grey. */
const SHAPES: readonly (readonly (readonly [number, number])[])[] = [
  [
    [0, -1.25],
    [1.25, 0],
    [0, 1.25],
    [-1.25, 0],
  ],
  [
    [0, -1.2],
    [1.15, 0.9],
    [-1.15, 0.9],
  ],
  [
    [-0.95, -0.95],
    [0.95, -0.95],
    [0.95, 0.95],
    [-0.95, 0.95],
  ],
  [
    [0, 1.2],
    [1.15, -0.9],
    [-1.15, -0.9],
  ],
];

/** A filled marker with a light edge, so that it stands out of a cloud of points. */
export function drawMarker(shape: number, style: SeriesStyle, x: number, y: number, radius: number): SvgElement {
  const corners = SHAPES[shape % SHAPES.length] ?? [];
  return element('path', {
    d: `M${corners.map(([dx, dy]) => `${round(x + dx * radius)},${round(y + dy * radius)}`).join('L')}Z`,
    fill: style.color.light,
    stroke: SURFACE.light,
    'stroke-width': 1,
  });
}
