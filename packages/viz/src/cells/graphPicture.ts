import { NasbenchError } from '@nasbench/foundation/errors';
import { type Cell, type CellGraph, type Matrix } from '@nasbench/graph';
import { vertexChannels } from '@nasbench/model';
import { INK, MUTED, operationColors, SURFACE } from '../drawing/colors.ts';
import type { Box, Point } from '../drawing/labels.ts';
import { formatInteger } from '../drawing/numbers.ts';
import { element, round, type SvgElement } from '../drawing/svg.ts';
import { textLine, textWidth, truncateText } from '../drawing/text.ts';
import { layoutCell, type Size } from './layout.ts';

export interface GraphOptions {
  /** `pruned` (default, if there is one) or `original`, in which vertices that take no part are dashed. */
  readonly form?: 'pruned' | 'original';
  /** Channels of the cell's input and output: shows those of every vertex and the 1x1 projections. Pruned form only. */
  readonly channels?: { readonly input: number; readonly output: number };
}

const LABEL_SIZE = 12.5;
const DETAIL_SIZE = 11;

/** A cell's graph without heading; origin at its top left. */
export function graphPicture(cell: Cell, options: GraphOptions): Size & { readonly element: SvgElement } {
  const graph = chooseGraph(cell, options);
  const { matrix, operations } = graph;
  const channels = options.channels && vertexChannels(options.channels.input, options.channels.output, matrix);
  const labels = operations.map(operationLabel);
  const details = operations.map((_, v) => (channels ? channelText(matrix, channels, v) : undefined));
  const sizes = labels.map((label, v): Size => {
    const text = Math.max(textWidth(label, LABEL_SIZE, 600), textWidth(details[v] ?? '', DETAIL_SIZE));
    return { width: Math.max(Math.ceil(text) + 24, 84), height: channels ? 44 : 30 };
  });
  const projection = (from: number, to: number): string | undefined =>
    channels && from === 0 ? `1×1 conv, ${formatInteger(channels[to])}` : undefined;
  const layout = layoutCell(matrix, sizes, (from, to) => {
    const text = projection(from, to);
    return text === undefined ? undefined : { width: textWidth(text, DETAIL_SIZE) + 10, height: 16 };
  });
  const active = activeVertices(matrix);
  const edges = layout.edges.map(({ from, to, points }) => drawEdge(points, active[from] && active[to]));
  const pills = layout.edges.flatMap(({ from, to, label }) =>
    label ? [drawPill(projection(from, to) ?? '', label)] : [],
  );
  const vertices = layout.vertices.map((box, v) => drawVertex(box, operations[v], labels[v], details[v], active[v]));
  return {
    width: layout.width,
    height: layout.height,
    element: element('g', {}, ...edges, ...pills, ...vertices),
  };
}

function chooseGraph({ original, pruned }: Cell, { form, channels }: GraphOptions): CellGraph {
  if (form === 'pruned' && !pruned)
    throw new NasbenchError('no pruned form to draw: the output of the cell is not reachable from its input');
  const graph = form === 'original' ? original : (pruned ?? original);
  if (channels && graph !== pruned)
    throw new NasbenchError('channels are those of the pruned form: draw that, or leave channels out');
  return graph;
}

/** `conv3x3-bn-relu` -> `conv 3×3`, `maxpool3x3` -> `max-pool 3×3`. */
function operationLabel(operation: string): string {
  const words = operation
    .replace(/-bn-relu$/, '')
    .replace(/^maxpool/, 'max-pool')
    .replace(/([a-z])(\d+)x(\d+)/g, '$1 $2×$3');
  return truncateText(words, 190, LABEL_SIZE, 600);
}

/** The output of a cell concatenates: it shows whose channels it adds up. */
function channelText(matrix: Matrix, channels: readonly number[], v: number): string {
  const parts = channels.filter((_, from) => from > 0 && v === channels.length - 1 && matrix[from][v] === 1);
  const text = parts.length > 1 ? `${parts.map(formatInteger).join(' + ')} = ` : '';
  return `${text}${formatInteger(channels[v])} ${channels[v] === 1 ? 'channel' : 'channels'}`;
}

/** Which vertices lie on a path from input to output. */
function activeVertices(matrix: Matrix): boolean[] {
  const fromInput = matrix.map((_, v) => v === 0);
  for (let x = 0; x < matrix.length; x++)
    for (let y = x + 1; y < matrix.length; y++) if (fromInput[x] && matrix[x][y] === 1) fromInput[y] = true;
  const toOutput = matrix.map((_, v) => v === matrix.length - 1);
  for (let x = matrix.length - 1; x >= 0; x--)
    for (let y = x + 1; y < matrix.length; y++) if (toOutput[y] && matrix[x][y] === 1) toOutput[x] = true;
  return matrix.map((_, v) => fromInput[v] && toOutput[v]);
}

function drawVertex(
  { x, y, width, height }: Box,
  operation: string,
  label: string,
  detail: string | undefined,
  active: boolean,
): SvgElement {
  const { fill, stroke } = operationColors(operation);
  const endpoint = operation === 'input' || operation === 'output';
  const middle = x + width / 2;
  const baseline = y + height / 2 + 4.5 - (detail === undefined ? 0 : 8);
  return element(
    'g',
    active ? {} : { opacity: 0.5 },
    element('rect', {
      x,
      y,
      width,
      height,
      rx: endpoint ? height / 2 : 6,
      fill: fill.light,
      stroke: stroke.light,
      'stroke-width': 1.5,
      ...(!active && { 'stroke-dasharray': '4 3' }),
    }),
    textLine(label, middle, baseline, { size: LABEL_SIZE, weight: 600, fill: INK.light, anchor: 'middle' }),
    ...(detail === undefined
      ? []
      : [textLine(detail, middle, baseline + 15, { size: DETAIL_SIZE, fill: INK.light, anchor: 'middle' })]),
  );
}

/** A projection's name on its edge. */
function drawPill(text: string, { x, y }: Point): SvgElement {
  const width = textWidth(text, DETAIL_SIZE) + 8;
  return element(
    'g',
    {},
    element('rect', { x: x - width / 2, y: y - 8, width, height: 16, fill: SURFACE.light }),
    textLine(text, x, y + 4, { size: DETAIL_SIZE, fill: MUTED.light, anchor: 'middle' }),
  );
}

/** A line through the points with rounded corners and an arrow head; no markers, as they need document-wide ids. */
function drawEdge(points: readonly Point[], active: boolean): SvgElement {
  const tip = points[points.length - 1];
  const before = points[points.length - 2];
  const length = Math.sqrt((tip.x - before.x) * (tip.x - before.x) + (tip.y - before.y) * (tip.y - before.y)) || 1;
  const along = { x: (tip.x - before.x) / length, y: (tip.y - before.y) / length };
  const base = { x: tip.x - along.x * 8, y: tip.y - along.y * 8 };
  let d = `M${coordinates(points[0])}`;
  for (let i = 1; i < points.length - 1; i++)
    d += `${i === 1 ? `L${coordinates(middleOf(points[0], points[1]))}` : ''}Q${coordinates(points[i])} ${coordinates(middleOf(points[i], points[i + 1]))}`;
  d += `L${coordinates(base)}`;
  const side = { x: -along.y * 3.6, y: along.x * 3.6 };
  const head = [tip, { x: base.x + side.x, y: base.y + side.y }, { x: base.x - side.x, y: base.y - side.y }];
  return element(
    'g',
    active ? {} : { opacity: 0.5 },
    element('path', {
      d,
      fill: 'none',
      stroke: MUTED.light,
      'stroke-width': 1.5,
      ...(!active && { 'stroke-dasharray': '4 3' }),
    }),
    element('path', { d: `M${head.map(coordinates).join('L')}Z`, fill: MUTED.light }),
  );
}

function middleOf(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function coordinates({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}
