import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { cellFromMatrix, depth, NASBENCH_101, width } from '@nasbench/graph';
import { NETWORK_PRESETS, planNetwork } from '@nasbench/model';
import { describe, expect, it } from 'vitest';
import {
  buildTable,
  columnValues,
  decodeTable,
  encodeTable,
  meanOverRepeats,
  multiplyAddsNetwork,
  requiredColumns,
  selectRows,
  TableFormatError,
  tableFromColumns,
} from '../src/index.ts';
import { cellColumnsOf, fiveVertexTable } from './fiveVertexTable.ts';
import { METADATA, run } from './samples.ts';

const table = fiveVertexTable();
const paper = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };

describe('columnValues', () => {
  it('derives from the cells what graph and model say of each', () => {
    const names = ['depth', 'width', 'edge_count', 'conv3x3', 'conv1x1', 'maxpool3x3', 'multiply_adds'];
    const columns = names.map((name) => columnValues(table, name));
    for (let row = 0; row < table.rowCount; row += 5) {
      const cell = table.cell(row);
      const count = (operation: string): number => cell.original.operations.filter((one) => one === operation).length;
      expect(columns.map((values) => values[row])).toEqual([
        depth(cell),
        width(cell),
        cell.original.matrix.flat().filter((value) => value === 1).length,
        ...NASBENCH_101.operations.map(count),
        planNetwork(cell, paper).multiplyAdds,
      ]);
    }
  });

  it('computes them once', () => {
    expect(columnValues(table, 'width')).toBe(columnValues(table, 'width'));
  });

  it('means by a per-run column its mean', () => {
    expect(columnValues(table, 'test_accuracy_4')).toEqual(meanOverRepeats(table.column('test_accuracy_4')));
  });

  it("takes the table's own network for multiply-adds where it is known, and says which it took", () => {
    const network = { ...NETWORK_PRESETS.tiny, imageSize: 14, imageChannels: 1, labels: 10 };
    const own = buildTable([run(40, 4, 0)], { ...METADATA, network });
    expect(multiplyAddsNetwork(own)).toEqual({ network, isAssumed: false });
    expect([...columnValues(own, 'multiply_adds')]).toEqual([planNetwork(own.cell(0), network).multiplyAdds]);
    expect(multiplyAddsNetwork(table)).toEqual({ network: paper, isAssumed: true });
  });

  it('names operation counts by the short names of other spaces', () => {
    const operations = ['conv5x5-bn-relu', 'maxpool3x3-conv1x1', 'depth'];
    const space = { maxVertices: 3, maxEdges: 3, operations };
    const columns = requiredColumns([4]).map(({ name }) => ({
      name,
      repeats: 1,
      values: new Float32Array(2),
      validity: null,
    }));
    const cells = {
      moduleHashes: Uint8Array.from({ length: 32 }, (_, i) => i),
      vertices: Uint8Array.of(3, 3),
      edges: Uint32Array.of(5, 7),
      operations: Int8Array.of(1, 0),
      operationLists: [['conv5x5-bn-relu'], ['maxpool3x3-conv1x1']],
      trainableParameters: Uint32Array.of(1, 2),
    };
    const other = tableFromColumns({ ...METADATA, epochs: [4], repeats: 1, space }, cells, columns);
    expect([...columnValues(other, 'conv5x5')]).toEqual([0, 1]);
    expect([...columnValues(other, 'maxpool3x3_conv1x1')]).toEqual([1, 0]);
    // An operation cannot take the name of another column.
    expect([...columnValues(other, 'depth')]).toEqual([2, 2]);
  });

  it('refuses rows that are no cells', () => {
    const cells = { ...table.cells, edges: table.cells.edges.slice() };
    const metrics = table.metricNames.map((name) => table.column(name));
    cells.edges[77] = 2 ** 27;
    expect(() => columnValues(tableFromColumns(table.metadata, cells, metrics), 'depth')).toThrow(
      /row 77 is not a cell/,
    );
    cells.edges[77] = 0;
    const disconnected = tableFromColumns(table.metadata, cells, metrics);
    expect(() => columnValues(disconnected, 'width')).toThrow(TableFormatError);
    expect(() => columnValues(disconnected, 'multiply_adds')).toThrow('multiply_adds of row 77');
  });
});

describe('selectRows', () => {
  it('gives all rows in their order unless asked otherwise', () => {
    expect([...selectRows(table)]).toEqual(Array.from({ length: table.rowCount }, (_, row) => row));
    expect([...selectRows(table, { top: 3 })]).toEqual([0, 1, 2]);
    expect([...selectRows(table, { top: 0, sortBy: 'depth' })]).toEqual([]);
    expect([...selectRows(buildTable([], METADATA), { sortBy: 'depth' })]).toEqual([]);
  });

  it.each([-1, 1.5, Number.NaN])('refuses top %d', (top) => {
    expect(() => selectRows(table, { top })).toThrow(UsageError);
    expect(() => selectRows(table, { top })).toThrow('top must be a whole number from 0');
  });

  it('works on a table whose columns are read when they are asked for', () => {
    const read = decodeTable(encodeTable(table));
    const selection = { where: 'width > 2 and std(test_accuracy_12) > 0.1', sortBy: 'half_training_time_4', top: 20 };
    expect(selectRows(read, selection)).toEqual(selectRows(table, selection));
  });
});

const SAMPLE = path.resolve(
  process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared'),
  'data/nasbench101-sample.json',
);

describe('10 000 official rows', () => {
  it.skipIf(!existsSync(SAMPLE))(
    'are selected and sorted as plain arrays are [needs ../shared/data/nasbench101-sample.json]',
    { timeout: 120_000 },
    () => {
      const sample: Record<string, number[]> & { key: string[] } = JSON.parse(readFileSync(SAMPLE, 'utf8'));
      const official = sampleTable(sample);
      const graphs = new Map(sample.key.map((hash) => [hash, official.cell(official.findRow(hash))]));
      const naive = sample.key
        .map((hash, i) => ({
          hash,
          four: sample['4_final_validation_accuracy'][i],
          final: sample['108_final_validation_accuracy'][i],
          time: sample.final_training_time[i],
          parameters: sample.trainable_parameters[i],
        }))
        .toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
      const hashes = (rows: Uint32Array): string[] => Array.from(rows, (row) => official.moduleHash(row));

      const fastAndGood = selectRows(official, {
        where: 'validation_accuracy_108 > 0.93 and training_time_108[0] < 1200',
        sortBy: 'validation_accuracy_108 - validation_accuracy_4',
        descending: true,
        top: 25,
      });
      expect(hashes(fastAndGood)).toEqual(
        naive
          .filter(({ final, time }) => final > 0.93 && time < 1200)
          .toSorted((a, b) => b.final - b.four - (a.final - a.four))
          .slice(0, 25)
          .map(({ hash }) => hash),
      );
      const deepAndSmall = selectRows(official, {
        where: 'depth >= 5 and conv3x3 = 1 and 1e6 <= trainable_parameters < 3e6',
        sortBy: 'trainable_parameters',
      });
      const conv3x3 = (hash: string) =>
        graphs.get(hash)?.original.operations.filter((name) => name === 'conv3x3-bn-relu');
      expect(deepAndSmall.length).toBeGreaterThan(20);
      expect(hashes(deepAndSmall)).toEqual(
        naive
          .filter(({ hash, parameters }) => {
            const cell = graphs.get(hash) as ReturnType<typeof cellFromMatrix>;
            return depth(cell) >= 5 && conv3x3(hash)?.length === 1 && parameters >= 1e6 && parameters < 3e6;
          })
          .toSorted((a, b) => a.parameters - b.parameters)
          .map(({ hash }) => hash),
      );
      // Nothing is known of the test accuracy: no row has one.
      expect(selectRows(official, { where: 'count(test_accuracy_108) > 0' })).toHaveLength(0);
    },
  );
});

/** Only validation accuracies, one repeat, and the time of the longest runs: everything else is absent. */
function sampleTable(sample: Record<string, number[]> & { key: string[] }) {
  const everything = cellColumnsOf(NASBENCH_101);
  const byHash = new Map(sample.key.map((hash, i) => [hash, i]));
  const wanted: number[] = [];
  const indices: number[] = [];
  for (let i = 0; i < everything.vertices.length; i++) {
    const index = byHash.get(Buffer.from(everything.moduleHashes.subarray(16 * i, 16 * i + 16)).toString('hex'));
    if (index === undefined) continue;
    wanted.push(i);
    indices.push(index);
  }
  const known = (name: string): number[] | undefined =>
    name === 'training_time_108'
      ? sample.final_training_time
      : sample[`${/^validation_accuracy_(\d+)$/.exec(name)?.[1]}_final_validation_accuracy`];
  const epochs = [4, 12, 36, 108];
  return tableFromColumns(
    { ...METADATA, provenance: 'official', epochs, repeats: 1, space: NASBENCH_101 },
    {
      ...everything,
      moduleHashes: Uint8Array.from(wanted.flatMap((i) => [...everything.moduleHashes.subarray(16 * i, 16 * i + 16)])),
      vertices: Uint8Array.from(wanted, (i) => everything.vertices[i]),
      edges: Uint32Array.from(wanted, (i) => everything.edges[i]),
      operations: Int16Array.from(wanted, (i) => everything.operations[i]),
      trainableParameters: Uint32Array.from(indices, (index) => sample.trainable_parameters[index]),
    },
    requiredColumns(epochs).map(({ name }) => ({
      name,
      repeats: 1,
      values: Float32Array.from(indices, (index) => known(name)?.[index] ?? 0),
      validity: known(name) === undefined ? new Uint8Array(Math.ceil(indices.length / 8)) : null,
    })),
  );
}
