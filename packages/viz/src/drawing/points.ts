import type { ThemedColor } from './colors.ts';
import type { Panel } from './panel.ts';
import { element, round, type SvgElement } from './svg.ts';

/** Above this, single dots only hide one another and make the file large: they are binned into small squares. */
export const DOTS_AT_MOST = 12_000;
/** Side of the squares in pixels. */
export const SQUARE = 2;

/**
 * Draws the points inside the data area as dots; `step` gives the index of a point's colour. One path a colour is the
 * most compact form, but would paint the last colour over all others: so the points are drawn in several such layers.
 */
export function dots(
  panel: Panel,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  colors: readonly ThemedColor[],
  step: (index: number) => number,
): SvgElement {
  const layerSize = Math.ceil(x.length / LAYERS);
  const layers: SvgElement[] = [];
  for (let start = 0; start < x.length; start += layerSize) {
    const paths = colors.map((): string[] => []);
    for (let i = start; i < Math.min(start + layerSize, x.length); i++) {
      const left = panel.x(x[i]);
      const top = panel.y(y[i]);
      if (left < panel.left || left > panel.right || top < panel.top || top > panel.bottom) continue;
      paths[step(i)]?.push(`M${left.toFixed(1)},${top.toFixed(1)}h0`);
    }
    layers.push(...strokes(paths, colors));
  }
  const diameter = x.length > 3000 ? 2.5 : x.length > 500 ? 4 : 6;
  return element('g', { fill: 'none', 'stroke-linecap': 'round', 'stroke-width': diameter }, ...layers);
}

const LAYERS = 12;

function strokes(paths: readonly (readonly string[])[], colors: readonly ThemedColor[]): SvgElement[] {
  return colors.flatMap(({ light }, i) =>
    paths[i]?.length ? [element('path', { d: paths[i].join(''), stroke: light })] : [],
  );
}

/** Squares of the data area that hold points: how many, and the sum of a third column. */
export interface Squares {
  readonly columns: number;
  readonly rows: number;
  readonly counts: Uint32Array;
  readonly sums: Float64Array;
}

/** Bins points into squares of `SQUARE` pixels. */
export function bin(panel: Panel, x: ArrayLike<number>, y: ArrayLike<number>, third?: ArrayLike<number>): Squares {
  const columns = Math.ceil((panel.right - panel.left) / SQUARE);
  const rows = Math.ceil((panel.bottom - panel.top) / SQUARE);
  const counts = new Uint32Array(columns * rows);
  const sums = new Float64Array(columns * rows);
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor((panel.x(x[i]) - panel.left) / SQUARE);
    const row = Math.floor((panel.y(y[i]) - panel.top) / SQUARE);
    if (column < 0 || column >= columns || row < 0 || row >= rows) continue;
    const square = row * columns + column;
    counts[square] = counts[square] + 1;
    if (third) sums[square] = sums[square] + third[i];
  }
  return { columns, rows, counts, sums };
}

/** Draws filled squares, neighbours of one colour as one run, one path a colour. */
export function squares(
  panel: Panel,
  binned: Squares,
  colors: readonly ThemedColor[],
  step: (square: number) => number,
): SvgElement {
  const paths = colors.map((): string[] => []);
  for (let row = 0; row < binned.rows; row++)
    for (let column = 0; column < binned.columns; ) {
      const start = row * binned.columns + column;
      if (binned.counts[start] === 0) {
        column++;
        continue;
      }
      const color = step(start);
      let end = column + 1;
      while (
        end < binned.columns &&
        binned.counts[row * binned.columns + end] !== 0 &&
        step(row * binned.columns + end) === color
      )
        end++;
      const left = panel.left + column * SQUARE;
      const top = panel.top + (row + 0.5) * SQUARE;
      paths[color]?.push(`M${round(left)},${round(top)}h${(end - column) * SQUARE}`);
      column = end;
    }
  return element(
    'g',
    { fill: 'none', 'stroke-width': SQUARE, 'shape-rendering': 'crispEdges' },
    ...strokes(paths, colors),
  );
}

/** Index of the interval between ascending limits that holds a value. */
export function stepOf(limits: readonly number[], value: number): number {
  let step = 0;
  while (step < limits.length && value >= limits[step]) step++;
  return step;
}
