import { requiredColumns, tableFromColumns } from '@nasbench/dataset';
import { createRandom } from '@nasbench/foundation/random';
import { enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import { countParameters, NETWORK_PRESETS } from '@nasbench/model';

const NETWORK = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };

const SCALE = {
  train_accuracy: 0.1,
  validation_accuracy: 0.06,
  test_accuracy: 0.06,
  training_time: 400,
  total_time: 900,
};

/**
 * The whole of NAS-Bench-101's space with made-up values: real cells and hashes, accuracies k / 9984 and times in a
 * plausible range, as float32 (total times as doubles). Parameters are those of the paper's network.
 */
export function syntheticTable({ epochs = [4, 12, 36, 108], repeats = 3, seed = 0 } = {}) {
  const random = createRandom(seed, 'synthetic table');
  const cells = enumerateCells();
  const { count, vertices, edges } = cells;
  const lists = new Map();
  const operations = Int16Array.from(vertices, (size, i) => {
    const key = `${size} ${cells.operations[i]}`;
    if (!lists.has(key)) lists.set(key, { code: lists.size, names: interior(size, cells.operations[i]) });
    return lists.get(key).code;
  });
  const metrics = requiredColumns(epochs).map(({ name, metric, budget, point }) => {
    const values = metric === 'total_time' ? new Float64Array(count * repeats) : new Float32Array(count * repeats);
    const share = { start: 0, half: 0.5, end: 1 }[point] * (budget / Math.max(...epochs));
    const isTime = metric.endsWith('_time');
    for (let i = 0; i < values.length; i++) {
      const draw = random.float() * SCALE[metric];
      values[i] = isTime ? share * (1500 + draw) : Math.floor(9984 * (0.1 + 0.84 * share - draw * share)) / 9984;
    }
    return { name, repeats, values, validity: null };
  });
  return tableFromColumns(
    {
      formatVersion: 1,
      provenance: 'synthetic',
      epochs,
      repeats,
      space: NASBENCH_101,
      images: null,
      network: null,
      training: null,
      codeVersion: '0.1.0',
      seed: String(seed),
      engine: null,
    },
    {
      moduleHashes: hashCells(cells),
      vertices,
      edges,
      operations,
      operationLists: Array.from(lists.values(), ({ names }) => names),
      trainableParameters: Uint32Array.from({ length: count }, (_, i) =>
        countParameters({ vertices: vertices[i], edges: edges[i], operations: cells.operations[i] }, NETWORK),
      ),
    },
    metrics,
  );
}

/** Interior operations of a packed cell: digits of the code, the last vertex least significant. */
function interior(vertices, code) {
  const names = [];
  for (let v = vertices - 2, rest = code; v > 0; v--, rest = Math.floor(rest / 3)) {
    names.unshift(NASBENCH_101.operations[rest % 3]);
  }
  return names;
}
