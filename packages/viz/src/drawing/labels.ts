/** Places the names of curves and points directly beside them where nothing else is. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelRequest {
  readonly width: number;
  readonly height: number;
  /** Where the label may point to, best first. */
  readonly anchors: readonly Point[];
  /** Which of the lines the label names; -1: none. */
  readonly line: number;
}

const GAP = 8;

/**
 * Finds a box for every label that touches no line, no point and no other label; undefined if that is impossible.
 *
 * @param lines polylines in pixels that must stay free
 * @param air pixels between a label and the lines of other series, none of which may pass between it and its anchor;
 *   undefined where labels name points: there is nothing between
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  lines: readonly (readonly Point[])[],
  bounds: Box,
  air?: number,
): Box[] | undefined {
  const placed: Box[] = [];
  for (const request of requests) {
    const box = firstFree(request, lines, placed, bounds, air);
    if (!box) return undefined;
    placed.push(box);
  }
  return placed;
}

function firstFree(
  { width, height, anchors, line: own }: LabelRequest,
  lines: readonly (readonly Point[])[],
  placed: readonly Box[],
  bounds: Box,
  air?: number,
): Box | undefined {
  for (const { x, y } of anchors)
    for (const [dx, dy] of [
      [GAP, GAP * 0.6],
      [-GAP - width, -height - GAP * 0.6],
      [GAP, -height - GAP * 0.6],
      [-GAP - width, GAP * 0.6],
      [GAP, -height / 2],
      [-GAP - width, -height / 2],
    ] as const) {
      const box = { x: x + dx, y: y + dy, width, height };
      if (
        contains(bounds, box) &&
        !placed.some((other) => overlap(box, other)) &&
        !lines.some((line, i) => crosses(line, i === own || air === undefined ? box : spanned(box, x, y, air)))
      )
        return box;
    }
  return undefined;
}

/** The box with its anchor and some air: what the lines of other series must leave free. */
function spanned(box: Box, x: number, y: number, air: number): Box {
  const [left, top] = [Math.min(box.x - air, x + 2), Math.min(box.y, y)];
  return {
    x: left,
    y: top,
    width: Math.max(box.x + box.width + air, x - 2) - left,
    height: Math.max(box.y + box.height, y) - top,
  };
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width + 4 && b.x < a.x + a.width + 4 && a.y < b.y + b.height + 2 && b.y < a.y + a.height + 2;
}

function crosses(line: readonly Point[], box: Box): boolean {
  for (let i = 1; i < line.length; i++) if (segmentCrosses(line[i - 1], line[i], box)) return true;
  return line.length === 1 && segmentCrosses(line[0], line[0], box);
}

/** Clips the segment by the box (Liang and Barsky). */
function segmentCrosses(a: Point, b: Point, box: Box): boolean {
  let enter = 0;
  let leave = 1;
  for (const [start, delta, low, high] of [
    [a.x, b.x - a.x, box.x, box.x + box.width],
    [a.y, b.y - a.y, box.y, box.y + box.height],
  ] as const) {
    if (delta === 0) {
      if (start < low || start > high) return false;
      continue;
    }
    const t0 = (low - start) / delta;
    const t1 = (high - start) / delta;
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
    if (enter > leave) return false;
  }
  return true;
}

/** Moves sorted-by-wish positions apart to at least `gap`, inside [low, high]; the order is kept. */
export function dodge(wishes: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wishes.map((_, i) => i).toSorted((i, j) => wishes[i] - wishes[j]);
  const result = [...wishes];
  let floor = low;
  for (const i of order) {
    result[i] = Math.max(result[i], floor);
    floor = result[i] + gap;
  }
  let ceiling = high;
  for (const i of order.toReversed()) {
    result[i] = Math.min(result[i], ceiling);
    ceiling = result[i] - gap;
  }
  return result;
}
