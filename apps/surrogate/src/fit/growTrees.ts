import type { SymmetricTrees } from '@nasbench/dataset/surrogate';
import { createRandom, type Seed, shuffleInPlace } from '@nasbench/foundation/random';

export interface GrowOptions {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
  /** Share of the rows that each tree is grown on. */
  readonly rowShare: number;
  /** Share of the features that each tree may split by. */
  readonly featureShare: number;
  /** Added to the number of rows of a leaf: pulls small leaves towards zero. */
  readonly shrinkage: number;
  /** Most thresholds of a feature. */
  readonly bins: number;
  readonly seed: Seed;
}

/** Rows to learn from. */
export interface TrainingRows {
  readonly rows: number;
  /** Feature f of row i at `f * rows + i`. */
  readonly features: Float32Array;
  readonly featureCount: number;
  /** Output k of row i at `k * rows + i`. */
  readonly targets: Float64Array;
  readonly outputs: number;
  readonly weights: Float64Array;
}

const LARGEST_LEAF = 32_767;

/**
 * Gradient boosting of symmetric trees on squared error, all outputs in the same trees. + - * / only: the same rows and
 * seed give the same bits everywhere. After Friedman 2001 (boosting), 2002 (row shares); symmetric trees as in CatBoost.
 *
 * @param onTree called after each tree, for progress
 */
export function growTrees(data: TrainingRows, options: GrowOptions, onTree?: (done: number) => void): SymmetricTrees {
  const { rows, featureCount, outputs, weights } = data;
  const { depth, learningRate, shrinkage } = options;
  const leafCount = 2 ** depth;
  const { binOf, thresholds: thresholdsOf } = binFeatures(data, options.bins);
  const binCount = options.bins + 1;
  const random = createRandom(options.seed, 'trees');
  const base = Array.from({ length: outputs }, (_, output) => weightedMean(data, output));
  const residuals = new Float64Array(outputs * rows);
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < rows; row++) {
      residuals[output * rows + row] = data.targets[output * rows + row] - base[output];
    }
  }

  const rowOrder = new Uint32Array(rows).map((_, row) => row);
  const featureOrder = new Uint32Array(featureCount).map((_, feature) => feature);
  const rowsUsed = Math.max(1, Math.floor(rows * options.rowShare));
  const featuresUsed = Math.max(1, Math.floor(featureCount * options.featureShare));
  const leafOf = new Uint8Array(rows);
  const width = outputs + 1;
  const histogram = new Float64Array((leafCount / 2) * binCount * width);
  const left = new Float64Array((leafCount / 2) * width);
  const totals = new Float64Array((leafCount / 2) * width);

  /** The gain of every threshold of one feature, summed over the leaves so far; calls back with each. */
  function scanFeature(feature: number, nodes: number, found: (gain: number, bin: number) => void): void {
    const last = thresholdsOf[feature].length;
    histogram.fill(0, 0, nodes * binCount * width);
    const column = feature * rows;
    for (let i = 0; i < rowsUsed; i++) {
      const row = rowOrder[i];
      const at = (leafOf[row] * binCount + binOf[column + row]) * width;
      const weight = weights[row];
      histogram[at] += weight;
      for (let output = 0; output < outputs; output++) {
        histogram[at + 1 + output] += weight * residuals[output * rows + row];
      }
    }
    left.fill(0);
    for (let bin = 0; bin < last; bin++) {
      let gain = 0;
      for (let node = 0; node < nodes; node++) {
        const at = (node * binCount + bin) * width;
        const sum = node * width;
        for (let i = 0; i < width; i++) left[sum + i] += histogram[at + i];
        const leftWeight = left[sum] + shrinkage;
        const rightWeight = totals[sum] - left[sum] + shrinkage;
        for (let i = 1; i < width; i++) {
          const right = totals[sum + i] - left[sum + i];
          gain += (left[sum + i] * left[sum + i]) / leftWeight + (right * right) / rightWeight;
        }
      }
      found(gain, bin);
    }
  }

  function sumNodes(nodes: number): void {
    totals.fill(0, 0, nodes * width);
    for (let i = 0; i < rowsUsed; i++) {
      const row = rowOrder[i];
      const sum = leafOf[row] * width;
      totals[sum] += weights[row];
      for (let output = 0; output < outputs; output++) {
        totals[sum + 1 + output] += weights[row] * residuals[output * rows + row];
      }
    }
  }

  const features: number[] = [];
  const thresholds: number[] = [];
  const values: number[] = [];
  const leafSums = new Float64Array(leafCount * width);
  for (let tree = 0; tree < options.trees; tree++) {
    shuffleInPlace(random, rowOrder);
    shuffleInPlace(random, featureOrder);
    leafOf.fill(0);
    for (let level = 0; level < depth; level++) {
      const nodes = 2 ** level;
      sumNodes(nodes);
      let best = { gain: Number.NEGATIVE_INFINITY, feature: featureOrder[0], bin: 0 };
      for (let i = 0; i < featuresUsed; i++) {
        const feature = featureOrder[i];
        scanFeature(feature, nodes, (gain, bin) => {
          if (gain > best.gain) best = { gain, feature, bin };
        });
      }
      features.push(best.feature);
      // A feature with one value only has no threshold: nothing is greater than infinity.
      thresholds.push(thresholdsOf[best.feature][best.bin] ?? 3.4e38);
      const column = best.feature * rows;
      for (let row = 0; row < rows; row++) {
        if (binOf[column + row] > best.bin) leafOf[row] |= 1 << level;
      }
    }
    leafSums.fill(0);
    for (let i = 0; i < rowsUsed; i++) {
      const row = rowOrder[i];
      const sum = leafOf[row] * width;
      leafSums[sum] += weights[row];
      for (let output = 0; output < outputs; output++) {
        leafSums[sum + 1 + output] += weights[row] * residuals[output * rows + row];
      }
    }
    const first = values.length;
    for (let output = 0; output < outputs; output++) {
      for (let leaf = 0; leaf < leafCount; leaf++) {
        const weight = leafSums[leaf * width] + shrinkage;
        values.push(weight === 0 ? 0 : (learningRate * leafSums[leaf * width + 1 + output]) / weight);
      }
    }
    for (let output = 0; output < outputs; output++) {
      const at = first + output * leafCount;
      for (let row = 0; row < rows; row++) residuals[output * rows + row] -= values[at + leafOf[row]];
    }
    onTree?.(tree + 1);
  }
  return { depth, outputs, base, features, thresholds, ...quantize(values, outputs, leafCount) };
}

/** Leaves as integers of at most 16 bits. */
function quantize(
  values: readonly number[],
  outputs: number,
  leafCount: number,
): Pick<SymmetricTrees, 'scale' | 'leaves'> {
  const outputOf = (index: number): number => Math.floor(index / leafCount) % outputs;
  const largest = Array.from({ length: outputs }, () => 0);
  values.forEach((value, index) => {
    const output = outputOf(index);
    largest[output] = Math.max(largest[output], Math.abs(value));
  });
  const scale = largest.map((value) => (value === 0 ? 1 : value / LARGEST_LEAF));
  return { scale, leaves: values.map((value, index) => Math.round(value / scale[outputOf(index)]) + 0) };
}

function weightedMean({ targets, weights, rows }: TrainingRows, output: number): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    sum += weights[row] * targets[output * rows + row];
    total += weights[row];
  }
  return sum / total;
}

/** Thresholds between the values that occur, at most `bins` of them, and the number of thresholds below each value. */
function binFeatures(
  { rows, features, featureCount }: TrainingRows,
  bins: number,
): { binOf: Uint8Array; thresholds: number[][] } {
  const binOf = new Uint8Array(featureCount * rows);
  const thresholds: number[][] = [];
  for (let feature = 0; feature < featureCount; feature++) {
    const sorted = features.slice(feature * rows, (feature + 1) * rows).toSorted();
    const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
    const candidates =
      distinct.length <= bins + 1
        ? Array.from(distinct.subarray(0, -1))
        : Array.from({ length: bins }, (_, i) => sorted[Math.floor(((i + 1) * rows) / (bins + 1)) - 1]);
    const chosen = candidates.filter((value, i) => i === 0 || value > candidates[i - 1]);
    thresholds.push(chosen);
    for (let row = 0; row < rows; row++) {
      const value = features[feature * rows + row];
      let [low, high] = [0, chosen.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (value > chosen[middle]) low = middle + 1;
        else high = middle;
      }
      binOf[feature * rows + row] = low;
    }
  }
  return { binOf, thresholds };
}
