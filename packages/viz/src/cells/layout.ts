import { Graph, layout } from '@dagrejs/dagre';
import type { Matrix } from '@nasbench/graph';
import { type Box, dodge, type Point } from '../drawing/labels.ts';

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The room that an edge's label needs, undefined for no label. */
type LabelSize = (from: number, to: number) => Size | undefined;

interface CellEdge {
  readonly from: number;
  readonly to: number;
  /** From the border of one vertex to that of the other. */
  readonly points: readonly Point[];
  /** Centre of the edge's label, if it has one. */
  readonly label: Point | undefined;
}

/** Where everything lies: vertices in order, edges in row-major order of the matrix. */
export interface CellLayout extends Size {
  readonly vertices: readonly Box[];
  readonly edges: readonly CellEdge[];
}

/** What dagre is given of an edge, and fills in. */
interface LaidOutEdge {
  readonly points: Point[];
  readonly labelpos: 'c';
  readonly x?: number;
  readonly y?: number;
}

/** Layers from input (top) to output (bottom), few crossings, long edges led around the vertices between. */
export function layoutCell(matrix: Matrix, sizes: readonly Size[], labelSize: LabelSize): CellLayout {
  const graph = new Graph<object, { x: number; y: number }, LaidOutEdge>();
  graph.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 46, edgesep: 18, marginx: 2, marginy: 2 });
  for (const [v, size] of sizes.entries()) graph.setNode(String(v), { ...size, x: 0, y: 0 });
  const pairs = matrix.flatMap((row, from) => row.flatMap((edge, to) => (edge === 1 ? [{ from, to }] : [])));
  for (const { from, to } of pairs)
    graph.setEdge(String(from), String(to), { points: [], labelpos: 'c', ...labelSize(from, to) });
  layout(graph);
  const vertices = sizes.map(({ width, height }, v) => {
    const { x, y } = graph.node(String(v));
    return { x: x - width / 2, y: y - height / 2, width, height };
  });
  const routes = pairs.map(({ from, to }) => graph.edge(String(from), String(to)));
  const starts = ports(
    pairs.map(({ from }) => from),
    routes.map(({ points }) => points[1]),
    vertices,
  );
  const ends = ports(
    pairs.map(({ to }) => to),
    routes.map(({ points }) => points[points.length - 2]),
    vertices,
  );
  const edges = pairs.map(({ from, to }, i): CellEdge => {
    const { points: route, x, y } = routes[i];
    const top = vertices[from].y + vertices[from].height;
    const bottom = vertices[to].y;
    const points = [
      { x: starts[i], y: top },
      { x: starts[i], y: top + STUB / 2 },
      ...route.slice(1, -1),
      { x: ends[i], y: bottom - STUB },
      { x: ends[i], y: bottom },
    ];
    return { from, to, points, label: x === undefined || y === undefined ? undefined : { x, y } };
  });
  return fitted(vertices, edges, labelSize);
}

const MARGIN = 2;

/** Moves everything so that it starts at the margin: dagre leaves room for vertices, but not always for bent edges. */
function fitted(vertices: readonly Box[], edges: readonly CellEdge[], labelSize: LabelSize): CellLayout {
  const corners = [
    ...vertices.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
    ...edges.flatMap(({ points }) => points),
    ...edges.flatMap(({ from, to, label }) => {
      const half = (labelSize(from, to)?.width ?? 0) / 2;
      return label
        ? [
            { x: label.x - half, y: label.y },
            { x: label.x + half, y: label.y },
          ]
        : [];
    }),
  ];
  const left = Math.min(...corners.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...corners.map(({ y }) => y)) - MARGIN;
  const move = ({ x, y }: Point): Point => ({ x: x - left, y: y - top });
  return {
    vertices: vertices.map(({ width, height, ...corner }) => ({ width, height, ...move(corner) })),
    edges: edges.map(({ from, to, points, label }) => ({
      from,
      to,
      points: points.map(move),
      label: label && move(label),
    })),
    width: Math.max(...corners.map(({ x }) => x)) - left + MARGIN,
    height: Math.max(...corners.map(({ y }) => y)) - top + MARGIN,
  };
}

const PORT_GAP = 13;
/** Length of the upright piece with the arrow head. */
const STUB = 15;

/** Edges leave at the bottom and enter at the top, side by side in the order of where they go to or come from. */
function ports(owners: readonly number[], towards: readonly Point[], vertices: readonly Box[]): number[] {
  const result: number[] = [];
  for (const [v, { x, width }] of vertices.entries()) {
    const own = owners
      .flatMap((owner, i) => (owner === v ? [i] : []))
      .toSorted((a, b) => towards[a].x - towards[b].x || a - b);
    const margin = Math.min(20, width / 4);
    const [low, high] = [x + margin, x + width - margin];
    const gap = Math.min(PORT_GAP, (high - low) / Math.max(own.length - 1, 1));
    const wishes = own.map((i) => Math.min(Math.max(towards[i].x, low), high));
    for (const [at, place] of dodge(wishes, gap, low, high).entries()) result[own[at]] = place;
  }
  return result;
}
