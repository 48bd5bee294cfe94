import { UsageError } from '@nasbench/foundation/errors';
import type { ValidityRule } from '@nasbench/graph';
import { CellIndex } from './cellIndex.ts';
import { checkRow } from './localOptima.ts';
import { bitCount, columnStart } from './matrixBits.ts';
import { type OnProgress, type PackedCells, writeDigits } from './packedCells.ts';

/** How far everything is from some cells, in edits: edges and operations that differ. */
export interface CellDistances {
  /** Points of encoding A that are valid and prune to one of the targets. */
  readonly encodings: number;
  /** Element d: how many valid points are at distance d from the nearest of them. They add up to all valid points. */
  readonly validPoints: Float64Array;
  /** The same over all points, valid or not: 2^21 times 3^5 in NAS-Bench-101. */
  readonly allPoints: Float64Array;
  /** For every row the smallest distance between an encoding of its cell and one of a target; 255 if it has no valid encoding. */
  readonly rows: Uint8Array;
}

/** No distance is as large: 21 edges and 5 operations. */
const FAR = 100;
const NONE = 255;

/** What fits memory: matrices of 7 vertices, and labellings that are gone through one by one. */
const MAX_VERTICES = 7;

/**
 * The edit distance to the nearest of some cells: Hamming distance in encoding A, over all encodings of both sides. It gives the
 * share of the space within a distance of the best cells (figure 6 of the paper, `shareWithin`) and, with
 * `fitnessDistance`, the fitness-distance correlation. Exact, by counting every point: for each labelling of the vertices, the
 * distances of all matrices are relaxed along one edge after another.
 *
 * All 510 million points of NAS-Bench-101 take about six seconds for the best cell and nine for twelve cells: labellings that
 * differ equally from all targets share their distances. The best cell has 4 encodings, and 0.61 % of all points (of the valid
 * ones: prune-first 0.58 %, raw-edges 1.01 %) lie within distance 6 of them. So the 35.4 % of the paper is not about that cell
 * alone; presumably about all twelve cells within two standard errors of the best.
 *
 * @param targets rows.
 * @param options.rule which points are valid: `prune-first` or `raw-edges` (those with more than the space's edges before
 *   pruning are not).
 * @param options.onProgress gets the labellings done and their number.
 * @throws UsageError for a space of more than 7 vertices, no target, a target that is not a row, or one cell in two rows.
 */
export function distanceToCells(
  cells: PackedCells,
  targets: readonly number[],
  options: { readonly rule: ValidityRule; readonly onProgress?: OnProgress },
): CellDistances {
  const { space, count } = cells;
  if (space.maxVertices > MAX_VERTICES) {
    throw new UsageError(
      `distances are counted in spaces of up to ${MAX_VERTICES} vertices, found ${space.maxVertices}`,
    );
  }
  if (targets.length === 0) throw new UsageError('expected at least one target');
  for (const row of targets) checkRow(row, count);
  const points = classifyPoints(cells, options.rule);
  const targetPoints = pointsOf(points, new Set(targets));

  const pairs = columnStart(space.maxVertices);
  const longest = pairs + space.maxVertices - 2;
  const validPoints = new Float64Array(longest + 1);
  const allPoints = new Float64Array(longest + 1);
  const rows = new Uint8Array(count).fill(NONE);
  // A word holds four matrices; the space of two vertices has but two.
  const words = new Int32Array(Math.ceil(2 ** pairs / 4));
  const distances = new Uint8Array(words.buffer, 0, 2 ** pairs);
  let done = 0;
  for (const { labelings, costs } of groupLabelings(points.labelings, targetPoints)) {
    startDistances(distances, targetPoints, costs);
    for (let bit = 0; bit < pairs; bit++) relaxAlong(words, bit);
    for (let edges = 0; edges < distances.length; edges++) {
      allPoints[distances[edges]] += labelings.length;
      if (points.reductionOf[edges] !== INVALID) validPoints[distances[edges]] += labelings.length;
    }
    for (const labeling of labelings) {
      nearestOfRows(rows, points, labeling, distances);
      done++;
      options.onProgress?.(done, points.labelings.length);
    }
  }
  const encodings = targetPoints.reduce((sum, { matrices }) => sum + matrices.length, 0);
  return { encodings, validPoints, allPoints, rows };
}

/** The share of points, 0 .. 1, within `distance` edits: of `validPoints` or `allPoints`. */
export function shareWithin(points: Float64Array, distance: number): number {
  let within = 0;
  let all = 0;
  points.forEach((count, d) => {
    all += count;
    if (d <= distance) within += count;
  });
  return within / all;
}

/** Points of encoding A by matrix and labelling. */
interface Points {
  /** Reduction of each matrix by its id, INVALID if no labelling of it is valid. */
  readonly reductionOf: Uint16Array;
  /** All labellings of the interior vertices, as digits. */
  readonly labelings: readonly Uint8Array[];
  /** For each labelling, the row (or -1) by reduction. */
  readonly rowOf: readonly Int32Array[];
}

const INVALID = 0xffff;

function classifyPoints(cells: PackedCells, rule: ValidityRule): Points {
  const { maxVertices, maxEdges, operations } = cells.space;
  const index = new CellIndex(cells);
  const reductionOf = new Uint16Array(2 ** columnStart(maxVertices)).fill(INVALID);
  for (let edges = 0; edges < reductionOf.length; edges++) {
    if (rule === 'raw-edges' && bitCount(edges) > maxEdges) continue;
    const reduction = index.reduce(maxVertices, edges);
    if (reduction !== undefined) reductionOf[edges] = reduction.id;
  }
  const { reductions } = index;
  const interior = maxVertices - 2;
  const labelings = Array.from({ length: operations.length ** interior }, (_, code) => {
    const digits = new Uint8Array(interior);
    writeDigits(digits, code, interior, operations.length);
    return digits;
  });
  const rowOf = labelings.map((digits) => Int32Array.from(reductions, (reduction) => index.find(reduction, digits)));
  return { reductionOf, labelings, rowOf };
}

/** The encodings of the targets that have the same labelling. */
interface TargetPoints {
  readonly digits: Uint8Array;
  readonly matrices: readonly number[];
}

function pointsOf({ reductionOf, labelings, rowOf }: Points, targets: ReadonlySet<number>): TargetPoints[] {
  const matricesOf = new Map<number, number[]>();
  reductionOf.forEach((reduction, edges) => {
    if (reduction === INVALID) return;
    const matrices = matricesOf.get(reduction);
    if (matrices === undefined) matricesOf.set(reduction, [edges]);
    else matrices.push(edges);
  });
  return labelings.flatMap((digits, labeling) => {
    const matrices: number[] = [];
    rowOf[labeling].forEach((row, reduction) => {
      if (!targets.has(row)) return;
      for (const edges of matricesOf.get(reduction) ?? []) matrices.push(edges);
    });
    return matrices.length === 0 ? [] : { digits, matrices };
  });
}

/** Labellings, by their place in the list, that differ in `costs[i]` operations from those of target points i. */
interface LabelingGroup {
  readonly labelings: number[];
  readonly costs: readonly number[];
}

function groupLabelings(labelings: readonly Uint8Array[], targets: readonly TargetPoints[]): LabelingGroup[] {
  const groups = new Map<string, LabelingGroup>();
  labelings.forEach((digits, labeling) => {
    const costs = targets.map((target) =>
      digits.reduce((sum, digit, i) => sum + Number(digit !== target.digits[i]), 0),
    );
    const key = costs.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labelings: [labeling], costs });
    else group.labelings.push(labeling);
  });
  return [...groups.values()];
}

function startDistances(distances: Uint8Array, targets: readonly TargetPoints[], costs: readonly number[]): void {
  distances.fill(FAR);
  targets.forEach(({ matrices }, i) => {
    for (const edges of matrices) if (costs[i] < distances[edges]) distances[edges] = costs[i];
  });
}

/** Makes every distance at most one more than that of the matrix without, or with, edge `bit`; four bytes at a time. */
function relaxAlong(words: Int32Array, bit: number): void {
  if (bit === 0) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      words[i] = atMostOneMore(word, ((word & 0xff_00ff) << 8) | ((word >>> 8) & 0xff_00ff));
    }
  } else if (bit === 1) {
    for (let i = 0; i < words.length; i++) words[i] = atMostOneMore(words[i], (words[i] << 16) | (words[i] >>> 16));
  } else {
    const stride = 1 << (bit - 2);
    for (let block = 0; block < words.length; block += 2 * stride) {
      for (let without = block; without < block + stride; without++) {
        const a = words[without];
        const b = words[without + stride];
        words[without] = atMostOneMore(a, b);
        words[without + stride] = atMostOneMore(b, a);
      }
    }
  }
}

/** Byte by byte the smaller of a and b + 1, all bytes below 127. */
function atMostOneMore(a: number, b: number): number {
  const more = (b + 0x0101_0101) | 0;
  // The top bit of each byte tells whether a >= more; spread over the other seven it selects.
  const isMore = ((a | 0x8080_8080) - more) & 0x8080_8080;
  const mask = isMore - (isMore >>> 7);
  return (more & mask) | (a & ~mask);
}

function nearestOfRows(rows: Uint8Array, points: Points, labeling: number, distances: Uint8Array): void {
  const { reductionOf } = points;
  const rowOf = points.rowOf[labeling];
  for (let edges = 0; edges < distances.length; edges++) {
    if (reductionOf[edges] === INVALID) continue;
    const row = rowOf[reductionOf[edges]];
    if (row !== -1 && distances[edges] < rows[row]) rows[row] = distances[edges];
  }
}
