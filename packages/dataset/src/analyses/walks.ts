import { UsageError } from '@nasbench/foundation/errors';
import { createRandom, type Random, type Seed } from '@nasbench/foundation/random';
import type { ValidityRule } from '@nasbench/graph';
import { CellIndex } from './cellIndex.ts';
import { bitCount, columnStart } from './matrixBits.ts';
import type { NeighborGraph } from './neighborGraph.ts';
import type { PackedCells } from './packedCells.ts';
import type { Values } from './values.ts';

export interface WalkOptions {
  /** Walk i is the same whatever the number of walks. */
  readonly seed: Seed;
  /** Default 1 000. */
  readonly walks?: number;
  /** Steps of each; default 100. */
  readonly steps?: number;
}

/** Draws that may fail before a walk over encodings gives up finding a valid point of the table. */
const MAX_DRAWS = 1_000_000;

/**
 * Random walks over unique cells: each starts at a row drawn uniformly out of those that have a neighbour and goes on to one of
 * its neighbours, uniformly. Every walk is the rows visited, `steps + 1` of them. O(walks times steps).
 *
 * @throws UsageError for numbers that are not positive integers, or if no cell has a neighbour.
 */
export function randomWalks({ starts, neighbors }: NeighborGraph, options: WalkOptions): Uint32Array[] {
  const count = starts.length - 1;
  if (neighbors.length === 0) throw new UsageError('no walk is possible: no cell of the table has a neighbour in it');
  return walk(options, (random) => {
    let row = random.int(count);
    while (starts[row] === starts[row + 1]) row = random.int(count);
    return {
      row: () => row,
      step() {
        row = neighbors[starts[row] + random.int(starts[row + 1] - starts[row])];
      },
    };
  });
}

/**
 * Random walks over the points of encoding A, as a mutating search makes them: each starts at a point drawn uniformly out of
 * those that are valid and prune to a cell of the table, and goes on to one of their kind that differs in one edge or one
 * operation, uniformly. Edges and operations that pruning removes count, so a step may well stay in the same row: these walks
 * forget more slowly than {@link randomWalks}. Every walk is the rows visited, `steps + 1` of them. O(walks times steps), after
 * an index of the cells is made.
 *
 * @throws UsageError for numbers that are not positive integers, or if a walk finds no valid point of the table.
 */
export function randomEncodingWalks(
  cells: PackedCells,
  options: WalkOptions & { readonly rule: ValidityRule },
): Uint32Array[] {
  const { space } = cells;
  const index = new CellIndex(cells);
  const vertices = space.maxVertices;
  const interior = vertices - 2;
  const pairs = columnStart(vertices);
  const base = space.operations.length;
  const digits = new Uint8Array(interior);
  const rowAt = (edges: number): number => {
    if (options.rule === 'raw-edges' && bitCount(edges) > space.maxEdges) return -1;
    const reduction = index.reduce(vertices, edges);
    return reduction === undefined ? -1 : index.find(reduction, digits);
  };
  return walk(options, (random) => {
    let edges = 0;
    let row = -1;
    drawUntil(() => {
      edges = random.int(2 ** pairs);
      for (let i = 0; i < interior; i++) digits[i] = random.int(base);
      row = rowAt(edges);
      return row !== -1;
    });
    return {
      row: () => row,
      step: () =>
        drawUntil(() => {
          const choice = random.int(pairs + interior * (base - 1));
          const i = Math.floor((choice - pairs) / (base - 1));
          const [edgesBefore, digitBefore] = [edges, digits[i]];
          if (choice < pairs) edges ^= 1 << choice;
          else digits[i] = (digits[i] + 1 + ((choice - pairs) % (base - 1))) % base;
          const next = rowAt(edges);
          if (next === -1) {
            edges = edgesBefore;
            if (choice >= pairs) digits[i] = digitBefore;
            return false;
          }
          row = next;
          return true;
        }),
    };
  });
}

function drawUntil(draw: () => boolean): void {
  for (let draws = 0; draws < MAX_DRAWS; draws++) if (draw()) return;
  throw new UsageError(`no walk is possible: ${MAX_DRAWS} draws found no valid point of the table`);
}

interface Walker {
  /** Where it is. */
  row(): number;
  step(): void;
}

function walk({ seed, walks = 1000, steps = 100 }: WalkOptions, start: (random: Random) => Walker): Uint32Array[] {
  for (const [name, value] of Object.entries({ walks, steps })) {
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`${name} must be a positive integer, found ${value}`);
  }
  return Array.from({ length: walks }, (_, i) => {
    const walker = start(createRandom(seed, 'random walk', i));
    const rows = new Uint32Array(steps + 1);
    rows[0] = walker.row();
    for (let step = 1; step <= steps; step++) {
      walker.step();
      rows[step] = walker.row();
    }
    return rows;
  });
}

/**
 * The random-walk autocorrelation of figure 6 of the paper: element k is Pearson's correlation between the values k steps
 * apart, over all such pairs of all walks, 1 at lag 0. The paper draws it against the square root of the lag, about
 * the distance that a walk gets. Pairs with a missing value are left out; NaN where no pair differs. O(walks x steps x lags).
 *
 * @param options.maxLag default: half of the shortest walk.
 * @throws UsageError for a lag that is not an integer of 0 to the steps of the shortest walk.
 */
export function autocorrelation(
  values: Values,
  walks: readonly Uint32Array[],
  options: { readonly maxLag?: number } = {},
): Float64Array {
  const steps = walks.reduce((shortest, { length }) => Math.min(shortest, length), Number.POSITIVE_INFINITY) - 1;
  const { maxLag = Math.floor(steps / 2) } = options;
  if (!Number.isInteger(maxLag) || maxLag < 0 || maxLag > steps) {
    throw new UsageError(`the largest lag must be an integer of 0 to ${steps}, found ${maxLag}`);
  }
  return Float64Array.from({ length: maxLag + 1 }, (_, lag) => laggedCorrelation(values, walks, lag));
}

function laggedCorrelation(values: Values, walks: readonly Uint32Array[], lag: number): number {
  const forEachPair = (visit: (x: number, y: number) => void): void => {
    for (const rows of walks) {
      for (let step = 0; step + lag < rows.length; step++) {
        const x = values[rows[step]];
        const y = values[rows[step + lag]];
        if (!Number.isNaN(x) && !Number.isNaN(y)) visit(x, y);
      }
    }
  };
  let pairs = 0;
  let sumX = 0;
  let sumY = 0;
  forEachPair((x, y) => {
    pairs++;
    sumX += x;
    sumY += y;
  });
  let xx = 0;
  let yy = 0;
  let xy = 0;
  forEachPair((x, y) => {
    const dx = x - sumX / pairs;
    const dy = y - sumY / pairs;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}
