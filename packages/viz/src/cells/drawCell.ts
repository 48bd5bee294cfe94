import { NasbenchError } from '@nasbench/foundation/errors';
import type { Cell } from '@nasbench/graph';
import { INK, MUTED } from '../drawing/colors.ts';
import { picture } from '../drawing/frame.ts';
import { element, type SvgElement } from '../drawing/svg.ts';
import { textLine, textWidth, wrapText } from '../drawing/text.ts';
import { type GraphOptions, graphPicture } from './graphPicture.ts';

export interface CellDrawingOptions extends GraphOptions {
  /** Above the cell, e.g. its name. */
  readonly title?: string;
  /** Below the title, e.g. its accuracy with its provenance. */
  readonly subtitle?: string;
}

export interface CellsDrawingOptions extends GraphOptions {
  /** Cells in a row; default all of them, at most 4. */
  readonly columns?: number;
}

const PADDING = 14;
const GAP = 36;
const TITLE_SIZE = 13.5;
const SUBTITLE_SIZE = 11;
const NARROWEST = 150;

/**
 * Draws a cell as a layered graph from input to output: a standalone SVG, operations in the same colours everywhere.
 *
 * @throws NasbenchError when the form or the channels asked for do not exist (output not reachable, too few channels)
 */
export function drawCell(cell: Cell, { title, subtitle, ...options }: CellDrawingOptions = {}): string {
  return drawCells(
    [{ cell, ...(title !== undefined && { title }), ...(subtitle !== undefined && { subtitle }) }],
    options,
  );
}

/**
 * Draws several cells side by side in one SVG, in rows, their inputs at one height.
 *
 * @throws NasbenchError for an empty list, or what `drawCell` throws
 */
export function drawCells(
  cells: readonly { readonly cell: Cell; readonly title?: string; readonly subtitle?: string }[],
  options: CellsDrawingOptions = {},
): string {
  if (cells.length === 0) throw new NasbenchError('a drawing of cells needs at least one cell, got none');
  const columns = options.columns ?? Math.min(cells.length, 4);
  if (!Number.isInteger(columns) || columns < 1)
    throw new NasbenchError(`columns of a drawing must be a whole number from 1 on, got ${columns}`);
  const drawn = cells.map(({ cell, title, subtitle }) => withHeading(graphPicture(cell, options), title, subtitle));
  const rows = Array.from({ length: Math.ceil(drawn.length / columns) }, (_, row) =>
    drawn.slice(row * columns, (row + 1) * columns),
  );
  const widths = Array.from({ length: Math.min(columns, drawn.length) }, (_, column) =>
    Math.max(...rows.flatMap((row) => row[column]?.width ?? [])),
  );
  const children: SvgElement[] = [];
  let y = PADDING;
  for (const row of rows) {
    const heading = Math.max(...row.map((one) => one.headingHeight));
    let x = PADDING;
    for (const [column, one] of row.entries()) {
      const left = x + (widths[column] - one.width) / 2;
      children.push(
        element('g', { transform: `translate(${left},${y})` }, ...one.heading),
        element('g', { transform: `translate(${left + one.graphLeft},${y + heading})` }, one.graph),
      );
      x += widths[column] + GAP;
    }
    y += Math.max(...row.map((one) => heading + one.graphHeight)) + GAP;
  }
  const width = Math.ceil(PADDING * 2 + widths.reduce((sum, next) => sum + next + GAP, -GAP));
  const label = `Cell${cells.length > 1 ? 's' : ''}: ${cells.map(({ cell, title }) => title ?? describe(cell)).join('; ')}`;
  return picture(width, Math.ceil(y - GAP + PADDING), label, children);
}

function withHeading(graph: ReturnType<typeof graphPicture>, title?: string, subtitle?: string) {
  const width = Math.max(graph.width, title || subtitle ? NARROWEST : 0);
  const heading: SvgElement[] = [];
  let y = 0;
  const add = (text: string, size: number, fill: string, weight: 400 | 600): void => {
    for (const line of wrapText(text, width, size, weight)) {
      y += size + 3;
      heading.push(textLine(line, (width - textWidth(line, size, weight)) / 2, y - 3, { size, fill, weight }));
    }
  };
  if (title) add(title, TITLE_SIZE, INK.light, 600);
  if (subtitle) add(subtitle, SUBTITLE_SIZE, MUTED.light, 400);
  return {
    width,
    heading,
    headingHeight: y === 0 ? 0 : y + 10,
    graph: graph.element,
    graphLeft: (width - graph.width) / 2,
    graphHeight: graph.height,
  };
}

function describe({ original }: Cell): string {
  return original.operations.join(', ');
}
