import { edgeBit, MAX_PACKED_VERTICES, type PackedCell } from '@nasbench/graph';
import type { NetworkCosts } from '@nasbench/model';

/** Labels of vertices here: input, the three operations of NAS-Bench-101 in their order, output. */
const LABELS = ['input', 'conv3x3', 'conv1x1', 'maxpool3x3', 'output'] as const;
const OUTPUT_LABEL = 4;
const OPERATIONS = [1, 2, 3] as const;

/** What a path is measured by: the sum of these weights, by label, over its vertices. */
const PATH_MEASURES = {
  length: [0, 1, 1, 1, 0],
  conv3x3: [0, 1, 0, 0, 0],
  conv1x1: [0, 0, 1, 0, 0],
  maxpool3x3: [0, 0, 0, 1, 0],
  convolutions: [0, 1, 1, 0, 0],
  receptive_field: [0, 1, 0, 1, 0],
  conv3x3_less_pools: [0, 1, 0, -1, 0],
  weighted: [0, 2, 1, -1, 0],
} as const;
const MEASURE_NAMES = Object.keys(PATH_MEASURES) as (keyof typeof PATH_MEASURES)[];
const MEASURE_WEIGHTS = MEASURE_NAMES.map((name) => PATH_MEASURES[name]);

const UNREACHED = 99;

/**
 * Names of the numbers that a surrogate knows a cell by, in the order of `writeCellFeatures`. They do not change when
 * vertices are numbered differently.
 */
export const CELL_FEATURES: readonly string[] = [
  'vertices',
  'edge_count',
  'paths',
  'shortcut',
  'input_edges',
  'feeding_output',
  'trainable_parameters',
  'multiply_adds',
  'multiply_adds_per_parameter',
  ...OPERATIONS.flatMap((label) =>
    [
      'count',
      'from_input',
      'to_output',
      'from_input_to_output',
      'in_degrees',
      'out_degrees',
      'largest_in_degree',
      'visits_backward',
      'visits_forward',
      'largest_share_of_paths',
    ].map((name) => `${LABELS[label]}.${name}`),
  ),
  ...LABELS.slice(0, 4).flatMap((first) =>
    OPERATIONS.flatMap((middle) => LABELS.slice(1).map((last) => `chains.${first}.${LABELS[middle]}.${last}`)),
  ),
  ...MEASURE_NAMES.flatMap((name) =>
    ['longest', 'shortest', 'mean', 'branch_mean', 'branch_smallest', 'branch_largest'].map(
      (kind) => `path_${name}.${kind}`,
    ),
  ),
];

const CHAIN_COUNT = 4 * 3 * 4;

/** Writes the features of one pruned cell of NAS-Bench-101's operations: CELL_FEATURES.length numbers from `start`, `stride` apart. */
export type FeatureWriter = (
  cell: PackedCell,
  costs: NetworkCosts,
  features: Float32Array,
  start: number,
  stride: number,
) => void;

/** A writer with its own working memory: a few microseconds a cell. + - * / only, so the bits are the same everywhere. */
export function createFeatureWriter(): FeatureWriter {
  const labels = new Uint8Array(MAX_PACKED_VERTICES);
  const sources = new Uint8Array(MAX_PACKED_VERTICES * MAX_PACKED_VERTICES);
  const inDegree = new Uint8Array(MAX_PACKED_VERTICES);
  const outDegree = new Uint8Array(MAX_PACKED_VERTICES);
  const fromInput = new Uint8Array(MAX_PACKED_VERTICES);
  const toOutput = new Uint8Array(MAX_PACKED_VERTICES);
  const pathsTo = new Float64Array(MAX_PACKED_VERTICES);
  const pathsFrom = new Float64Array(MAX_PACKED_VERTICES);
  const backward = new Float64Array(MAX_PACKED_VERTICES);
  const forward = new Float64Array(MAX_PACKED_VERTICES);
  const largest = new Int8Array(MAX_PACKED_VERTICES);
  const smallest = new Int8Array(MAX_PACKED_VERTICES);
  const total = new Float64Array(MAX_PACKED_VERTICES);
  const chains = new Uint8Array(CHAIN_COUNT);

  /** Edges as lists of sources: those of vertex y from `y * 8`, `inDegree[y]` of them. */
  function readCell({ vertices, edges, operations }: PackedCell): void {
    let digits = operations;
    labels[0] = 0;
    labels[vertices - 1] = OUTPUT_LABEL;
    for (let v = vertices - 2; v > 0; v--) {
      labels[v] = 1 + (digits % OPERATIONS.length);
      digits = Math.floor(digits / OPERATIONS.length);
    }
    outDegree.fill(0);
    fromInput.fill(0);
    toOutput.fill(0);
    inDegree[0] = 0;
    for (let y = 1; y < vertices; y++) {
      let degree = 0;
      for (let x = 0; x < y; x++) {
        if (((edges >>> edgeBit(x, y)) & 1) === 0) continue;
        sources[y * MAX_PACKED_VERTICES + degree++] = x;
        outDegree[x]++;
        if (x === 0) fromInput[y] = 1;
        if (y === vertices - 1) toOutput[x] = 1;
      }
      inDegree[y] = degree;
    }
  }

  /** Numbers of paths, and how often a random walk from either end visits a vertex. */
  function countPaths(output: number): void {
    pathsTo.fill(0);
    pathsFrom.fill(0);
    backward.fill(0);
    forward.fill(0);
    pathsTo[0] = 1;
    forward[0] = 1;
    for (let y = 1; y <= output; y++) {
      for (let i = 0; i < inDegree[y]; i++) {
        const x = sources[y * MAX_PACKED_VERTICES + i];
        pathsTo[y] += pathsTo[x];
        forward[y] += forward[x] / outDegree[x];
      }
    }
    pathsFrom[output] = 1;
    backward[output] = 1;
    for (let y = output; y > 0; y--) {
      for (let i = 0; i < inDegree[y]; i++) {
        const x = sources[y * MAX_PACKED_VERTICES + i];
        pathsFrom[x] += pathsFrom[y];
        backward[x] += backward[y] / inDegree[y];
      }
    }
  }

  /** Counts x -> y -> z by their labels. */
  function countChains(output: number): void {
    chains.fill(0);
    for (let z = 2; z <= output; z++) {
      for (let i = 0; i < inDegree[z]; i++) {
        const y = sources[z * MAX_PACKED_VERTICES + i];
        for (let j = 0; j < inDegree[y]; j++) {
          const x = sources[y * MAX_PACKED_VERTICES + j];
          chains[(labels[x] * 3 + labels[y] - 1) * 4 + labels[z] - 1]++;
        }
      }
    }
  }

  return (cell, costs, features, start, stride) => {
    readCell(cell);
    const output = cell.vertices - 1;
    countPaths(output);
    countChains(output);
    let next = start;
    const write = (value: number): void => {
      features[next] = value;
      next += stride;
    };

    let edgeCount = 0;
    let feeding = 0;
    for (let v = 1; v <= output; v++) edgeCount += inDegree[v];
    for (let v = 1; v < output; v++) feeding += toOutput[v];
    write(cell.vertices);
    write(edgeCount);
    write(pathsTo[output]);
    write(toOutput[0]);
    write(outDegree[0]);
    write(feeding);
    write(costs.trainableParameters);
    write(costs.multiplyAdds);
    write(costs.multiplyAdds / costs.trainableParameters);

    for (const label of OPERATIONS) {
      let count = 0;
      let first = 0;
      let last = 0;
      let both = 0;
      let inDegrees = 0;
      let outDegrees = 0;
      let largestInDegree = 0;
      let visitsBackward = 0;
      let visitsForward = 0;
      let largestShare = 0;
      for (let v = 1; v < output; v++) {
        if (labels[v] !== label) continue;
        count++;
        first += fromInput[v];
        last += toOutput[v];
        both += fromInput[v] & toOutput[v];
        inDegrees += inDegree[v];
        outDegrees += outDegree[v];
        if (inDegree[v] > largestInDegree) largestInDegree = inDegree[v];
        visitsBackward += backward[v];
        visitsForward += forward[v];
        const share = (pathsTo[v] * pathsFrom[v]) / pathsTo[output];
        if (share > largestShare) largestShare = share;
      }
      write(count);
      write(first);
      write(last);
      write(both);
      write(inDegrees);
      write(outDegrees);
      write(largestInDegree);
      write(visitsBackward);
      write(visitsForward);
      write(largestShare);
    }
    for (let i = 0; i < CHAIN_COUNT; i++) write(chains[i]);

    for (const weights of MEASURE_WEIGHTS) {
      largest[0] = 0;
      smallest[0] = 0;
      total[0] = 0;
      for (let y = 1; y <= output; y++) {
        let most = -UNREACHED;
        let least = UNREACHED;
        let sum = 0;
        for (let i = 0; i < inDegree[y]; i++) {
          const x = sources[y * MAX_PACKED_VERTICES + i];
          if (largest[x] > most) most = largest[x];
          if (smallest[x] < least) least = smallest[x];
          sum += total[x];
        }
        const weight = weights[labels[y]];
        largest[y] = most + weight;
        smallest[y] = least + weight;
        total[y] = sum + weight * pathsTo[y];
      }
      // The branches are the interior vertices that feed the output; a cell of two vertices has none.
      let branchTotal = 0;
      let branchSmallest = UNREACHED;
      let branchLargest = -UNREACHED;
      for (let v = 1; v < output; v++) {
        if (toOutput[v] === 0) continue;
        branchTotal += largest[v];
        if (largest[v] < branchSmallest) branchSmallest = largest[v];
        if (smallest[v] > branchLargest) branchLargest = smallest[v];
      }
      write(largest[output]);
      write(smallest[output]);
      write(total[output] / pathsTo[output]);
      write(feeding === 0 ? 0 : branchTotal / feeding);
      write(feeding === 0 ? 0 : branchSmallest);
      write(feeding === 0 ? 0 : branchLargest);
    }
  };
}
