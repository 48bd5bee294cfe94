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

/** Trees with their numbers in typed arrays, and features as places among their thresholds: integers compare without branches. */
export function compileTrees(trees: SymmetricTrees): CompiledTrees {
  const { depth, outputs } = trees;
  const leafCount = 2 ** depth;
  const leaves = Int32Array.from(trees.leaves);
  const treeCount = trees.features.length / depth;
  const used = [...new Set(trees.features)];
  const thresholdsOf = new Map(used.map((feature) => [feature, sortedThresholds(trees, feature)]));
  /** Of every split: the place of its feature in `used`, and of its threshold among the feature's. */
  const columnOf = Uint16Array.from(trees.features, (feature) => used.indexOf(feature));
  const binOf = Uint16Array.from(trees.thresholds, (threshold, split) =>
    (thresholdsOf.get(trees.features[split]) as Float32Array).indexOf(Math.fround(threshold)),
  );
  let size = -1;
  let bins = new Uint16Array(0);
  let leafOf = new Uint8Array(0);
  let sums = new Int32Array(0);

  return {
    outputs,
    predict(features, stride, count, predictions) {
      if (size !== count) {
        size = count;
        bins = new Uint16Array(used.length * count);
        leafOf = new Uint8Array(count);
        sums = new Int32Array(outputs * count);
      }
      used.forEach((feature, k) => {
        const thresholds = thresholdsOf.get(feature) as Float32Array;
        writeBins(features.subarray(feature * stride, feature * stride + count), thresholds, bins, k * count);
      });
      sums.fill(0);
      for (let tree = 0; tree < treeCount; tree++) {
        leafOf.fill(0);
        for (let level = 0; level < depth; level++) {
          const split = tree * depth + level;
          markGreater(leafOf, bins, columnOf[split] * count, binOf[split], level, count);
        }
        for (let output = 0; output < outputs; output++) {
          addLeaves(sums, output * count, leaves, (tree * outputs + output) * leafCount, leafOf, count);
        }
      }
      for (let output = 0; output < outputs; output++) {
        const [base, scale] = [trees.base[output], trees.scale[output]];
        for (let i = 0; i < count; i++) predictions[output * stride + i] = base + scale * sums[output * count + i];
      }
    },
  };
}

function sortedThresholds({ features, thresholds }: SymmetricTrees, feature: number): Float32Array {
  const own = thresholds.filter((_, split) => features[split] === feature);
  return Float32Array.from(new Set(Float32Array.from(own))).toSorted();
}

/** For each value, the number of thresholds that it is greater than. */
function writeBins(values: Float32Array, thresholds: Float32Array, bins: Uint16Array, start: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let low = 0;
    let high = thresholds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value > thresholds[middle]) low = middle + 1;
      else high = middle;
    }
    bins[start + i] = low;
  }
}

// The two loops in which nearly all time is spent, as functions of their own: engines optimise these sooner.

/** A value is greater than threshold number `bin` if more than `bin` thresholds are below it: the sign of the difference says so. */
function markGreater(
  leafOf: Uint8Array,
  bins: Uint16Array,
  start: number,
  bin: number,
  level: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) leafOf[i] |= ((bin - bins[start + i]) >>> 31) << level;
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
