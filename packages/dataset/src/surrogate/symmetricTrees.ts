/**
 * A sum of symmetric trees: all splits of a level are the same one, so a tree of depth D is D comparisons and a table of
 * 2^D leaves, each with a value for every output. Leaves are whole numbers of `scale`, so that sums are exact whatever
 * their order, and the same on every machine.
 */
export interface SymmetricTrees {
  readonly depth: number;
  readonly outputs: number;
  /** Value of one step of a leaf, for each output. */
  readonly scale: readonly number[];
  /** Value at which each output begins. */
  readonly base: readonly number[];
  /** depth numbers a tree: which feature is compared. */
  readonly features: readonly number[];
  /** depth numbers a tree: bit `level` of the leaf is set where the feature is greater than this. Exact float32. */
  readonly thresholds: readonly number[];
  /** outputs x 2^depth integers a tree. */
  readonly leaves: readonly number[];
}

/** Trees whose arrays are typed, for many cells. */
export interface CompiledTrees {
  readonly outputs: number;
  /**
   * Predictions of `count` cells, at most the block's size.
   *
   * @param features feature f of cell i at `f * stride + i`
   * @param predictions gets output k of cell i at `k * stride + i`
   */
  predict(features: Float32Array, stride: number, count: number, predictions: Float64Array): void;
}

export function compileTrees(trees: SymmetricTrees): CompiledTrees {
  const { depth, outputs } = trees;
  const leafCount = 2 ** depth;
  const features = Uint16Array.from(trees.features);
  const thresholds = Float32Array.from(trees.thresholds);
  const leaves = Int32Array.from(trees.leaves);
  const treeCount = features.length / depth;
  let leafOf = new Uint8Array(0);
  let sums = new Int32Array(0);

  return {
    outputs,
    predict(columns, stride, count, predictions) {
      if (leafOf.length < count) {
        leafOf = new Uint8Array(count);
        sums = new Int32Array(outputs * count);
      }
      sums.fill(0);
      for (let tree = 0; tree < treeCount; tree++) {
        leafOf.fill(0);
        for (let level = 0; level < depth; level++) {
          const column = features[tree * depth + level] * stride;
          const threshold = thresholds[tree * depth + level];
          markGreater(leafOf, columns, column, threshold, level, count);
        }
        for (let output = 0; output < outputs; output++) {
          const first = (tree * outputs + output) * leafCount;
          addLeaves(sums, output * count, leaves, first, leafOf, count);
        }
      }
      for (let output = 0; output < outputs; output++) {
        const [base, scale] = [trees.base[output], trees.scale[output]];
        for (let i = 0; i < count; i++) predictions[output * stride + i] = base + scale * sums[output * count + i];
      }
    },
  };
}

// The two loops in which nearly all time is spent, as functions of their own: engines optimise these sooner.

function markGreater(
  leafOf: Uint8Array,
  columns: Float32Array,
  column: number,
  threshold: number,
  level: number,
  count: number,
): void {
  const bit = 1 << level;
  for (let i = 0; i < count; i++) leafOf[i] |= columns[column + i] > threshold ? bit : 0;
}

function addLeaves(
  sums: Int32Array,
  start: number,
  leaves: Int32Array,
  first: number,
  leafOf: Uint8Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) sums[start + i] += leaves[first + leafOf[i]];
}
