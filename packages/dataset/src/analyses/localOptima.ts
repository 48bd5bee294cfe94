import { UsageError } from '@nasbench/foundation/errors';
import type { NeighborGraph } from './neighborGraph.ts';
import { rowsByValue, type Values } from './values.ts';

/** The hills of a landscape: where steepest ascent ends, and from where. */
export interface Landscape {
  /** Rows with no better neighbour, best first. */
  readonly optima: Uint32Array;
  /** For each of them the number of rows whose ascent ends there, itself included. */
  readonly basinSizes: Uint32Array;
  /** For every row the row where its ascent ends; -1 where the value is missing. */
  readonly optimumOf: Int32Array;
  /** For every row the steps on the way there. */
  readonly steps: Uint16Array;
}

/**
 * Local optima and their basins of attraction under steepest ascent: from every row to its best neighbour, as long as that is
 * strictly better (of equal ones, the first in the table). A row is a local optimum if no neighbour is strictly better, so each
 * row of a plateau that nothing exceeds counts as one. Rows without a value are not there. O(n log n + neighbours).
 *
 * @param values larger is better; negate times and errors.
 * @throws UsageError if the graph is one of other rows.
 */
export function localOptima(graph: NeighborGraph, values: Values): Landscape {
  checkGraph(graph, values);
  const count = values.length;
  const optimumOf = new Int32Array(count).fill(-1);
  const steps = new Uint16Array(count);
  const basin = new Uint32Array(count);
  const optima: number[] = [];
  // Best first: whatever a row climbs to has been dealt with.
  for (const row of rowsByValue(values)) {
    let best = row;
    for (let i = graph.starts[row]; i < graph.starts[row + 1]; i++) {
      const neighbor = graph.neighbors[i];
      if (values[neighbor] > values[best]) best = neighbor;
    }
    if (best === row) {
      optima.push(row);
      optimumOf[row] = row;
    } else {
      optimumOf[row] = optimumOf[best];
      steps[row] = steps[best] + 1;
    }
    basin[optimumOf[row]]++;
  }
  return {
    optima: Uint32Array.from(optima),
    basinSizes: Uint32Array.from(optima, (row) => basin[row]),
    optimumOf,
    steps,
  };
}

/**
 * The number of edits on the shortest way from every row to the nearest target, over cells of the table; -1 where there is none.
 * This is not the distance between encodings (`distanceToCells`): a way may change to another encoding at every cell, and it may
 * not lead through invalid points. Breadth-first: O(rows + neighbours).
 *
 * @throws UsageError for a target that is not a row.
 */
export function graphDistances(graph: NeighborGraph, targets: readonly number[]): Int16Array {
  const count = graph.starts.length - 1;
  const distances = new Int16Array(count).fill(-1);
  const queue = new Uint32Array(count);
  let end = 0;
  for (const row of targets) {
    checkRow(row, count);
    if (distances[row] === 0) continue;
    distances[row] = 0;
    queue[end++] = row;
  }
  for (let start = 0; start < end; start++) {
    const row = queue[start];
    for (let i = graph.starts[row]; i < graph.starts[row + 1]; i++) {
      const neighbor = graph.neighbors[i];
      if (distances[neighbor] !== -1) continue;
      distances[neighbor] = distances[row] + 1;
      queue[end++] = neighbor;
    }
  }
  return distances;
}

function checkGraph(graph: NeighborGraph, values: Values): void {
  const rows = graph.starts.length - 1;
  if (rows !== values.length)
    throw new UsageError(`expected ${rows} values, one for each cell, found ${values.length}`);
}

export function checkRow(row: number, count: number): void {
  if (!Number.isInteger(row) || row < 0 || row >= count) {
    throw new UsageError(`expected a row of 0 to ${count - 1}, found ${row}`);
  }
}
