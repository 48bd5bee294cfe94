import { moduleHash, NASBENCH_101 } from '@nasbench/graph';
import { countParameters, NETWORK_PRESETS } from '@nasbench/model';
import { tableFromIPC } from 'apache-arrow';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BenchmarkTable,
  buildTable,
  decodeTable,
  encodeTable,
  finalMetrics,
  NASBench,
  OutOfDomainError,
  type RunRecord,
  runRecords,
  TableFormatError,
  type TableMetadata,
} from '../src/index.ts';
import { CELLS, METADATA, run, someRecords } from './samples.ts';

const PAPER = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };

/** Every cell of the sample space, as the official table has them: counts of 9 984 images and the paper's parameters. */
function officialLike(images = 9984): RunRecord[] {
  return CELLS.flatMap(({ cell }, i) => {
    const digits = cell.operations.map((name) => NASBENCH_101.operations.indexOf(name));
    const code = digits.reduce((sum, digit) => sum * 3 + digit, 0);
    const trainableParameters = countParameters({ ...cell, operations: code }, PAPER);
    return [0, 1, 2].flatMap((repeat) =>
      METADATA.epochs.map((epochs) => {
        const accuracy = (k: number): number =>
          Math.fround(((i * 101 + repeat * 7 + epochs * k) % (images + 1)) / images);
        const point = (at: number) => ({
          epochs: at,
          trainingTime: Math.fround(at * 1.1 + repeat),
          trainAccuracy: accuracy(at + 1),
          validationAccuracy: accuracy(at + 2),
          testAccuracy: accuracy(at + 3),
        });
        return run(i, epochs, repeat, {
          trainableParameters,
          points: [point(0), point(epochs / 2), point(epochs)],
        });
      }),
    );
  });
}

/** Everything that a table says, values as their bits. */
function contents(table: BenchmarkTable) {
  const { metadata, cells, metricNames } = table;
  return {
    metadata,
    cells,
    columns: metricNames.map((name) => {
      const { values, ...column } = table.column(name);
      const present = Array.from(values, (_, i) =>
        table.value(name, Math.floor(i / column.repeats), i % column.repeats),
      );
      return { ...column, isSingle: values instanceof Float32Array, present };
    }),
  };
}

const compact = (table: BenchmarkTable): Uint8Array => encodeTable(table, { compact: true });
const columnsOf = (bytes: Uint8Array): string[] => tableFromIPC(bytes).schema.names.map(String);

describe('compact files', () => {
  it('hold counts, and neither hashes nor parameters, where the values are the official kind', () => {
    const table = buildTable(officialLike(), METADATA);
    const bytes = compact(table);
    const arrow = tableFromIPC(bytes);
    expect(columnsOf(bytes)).not.toContain('module_hash');
    expect(columnsOf(bytes)).not.toContain('trainable_parameters');
    expect(String(arrow.getChild('test_correct_12')?.type)).toBe('FixedSizeList[3]<Uint16>');
    const counts = arrow.getChild('test_correct_12')?.get(5) as Iterable<number>;
    expect(Array.from(counts, (count) => Math.fround(count / 9984))).toEqual(
      [0, 1, 2].map((repeat) => table.value('test_accuracy_12', 5, repeat)),
    );
    expect(arrow.schema.metadata.get('nasbench.compact')).toContain('"test_correct_12":9984');
    expect(contents(decodeTable(bytes))).toEqual(contents(table));
    expect(compact(decodeTable(bytes))).toEqual(bytes);
    // A plain file made of it has everything again.
    expect(encodeTable(decodeTable(bytes))).toEqual(encodeTable(table));
  });

  it('give the same table whatever its values are, runs absent or not', () => {
    fc.assert(
      fc.property(someRecords, (records) => {
        const table = buildTable(records, METADATA);
        expect(contents(decodeTable(compact(table)))).toEqual(contents(table));
      }),
      { seed: 301, numRuns: 40 },
    );
  });

  it.each([1, 10, 64, 1000, 10_000, 65_535])('find that accuracies are counts of %i images', (images) => {
    const table = buildTable(officialLike(images), METADATA);
    const bytes = compact(table);
    expect(columnsOf(bytes)).toContain('half_validation_correct_4');
    expect(contents(decodeTable(bytes))).toEqual(contents(table));
  });

  it('keep what is no quotient, what is not the hash of its cell, and parameters of an unknown network', () => {
    const records = officialLike();
    const [start, half, end] = records[7].points ?? [];
    if (start === undefined || half === undefined || end === undefined) throw new Error('the run has points');
    records[7] = { ...records[7], points: [start, half, { ...end, testAccuracy: Math.fround(Math.PI / 4) }] };
    const other = records.map((record) => ({ ...record, trainableParameters: record.trainableParameters + 1 }));
    const table = buildTable(other, METADATA);
    const bytes = compact(table);
    expect(columnsOf(bytes)).toContain('test_accuracy_12');
    expect(columnsOf(bytes)).toContain('test_correct_4');
    expect(columnsOf(bytes)).toContain('trainable_parameters');
    expect(contents(decodeTable(bytes))).toEqual(contents(table));
  });

  it("compute parameters with the table's own network", () => {
    const network = { ...NETWORK_PRESETS.tiny, imageSize: 14, imageChannels: 1, labels: 10 };
    const records = officialLike().map((record) => {
      const code = record.cell.operations.reduce((sum, name) => sum * 3 + NASBENCH_101.operations.indexOf(name), 0);
      return { ...record, trainableParameters: countParameters({ ...record.cell, operations: code }, network) };
    });
    const table = buildTable(records, { ...METADATA, network });
    const bytes = compact(table);
    expect(columnsOf(bytes)).not.toContain('trainable_parameters');
    expect(decodeTable(bytes).cells.trainableParameters).toEqual(table.cells.trainableParameters);
  });

  it('answer about single rows in any order before anything is computed whole', () => {
    const table = buildTable(officialLike(), METADATA);
    const opened = decodeTable(compact(table));
    for (const row of [90, 0, 45, 46, 45]) {
      expect(opened.moduleHash(row)).toBe(table.moduleHash(row));
      expect(opened.moduleHash(row)).toBe(moduleHash(table.cell(row)));
      expect(opened.trainableParameters(row)).toBe(table.trainableParameters(row));
      expect(opened.findRow(table.moduleHash(row))).toBe(row);
    }
    expect(opened.findRow('f'.repeat(32))).toBe(-1);
    expect([...runRecords(opened)]).toEqual([...runRecords(table)]);
  });

  it('are smaller: 37 bytes a cell with three repeats of one budget', () => {
    const table = finalMetrics(buildTable(officialLike(), METADATA));
    const [full, small] = [encodeTable(table).length, compact(table).length];
    expect(full - small).toBeGreaterThan((16 + 4 + 18) * CELLS.length - 1000);
  });
});

describe('final metrics', () => {
  const table = buildTable(officialLike(), METADATA);

  it('keep the end of the largest budget, or of those asked for', () => {
    const final = finalMetrics(table);
    expect(final.metadata).toEqual({ ...METADATA, epochs: [12], finalOnly: true });
    expect(final.metricNames).toEqual(
      ['train_accuracy', 'validation_accuracy', 'test_accuracy', 'training_time'].map((metric) => `${metric}_12`),
    );
    expect(final.column('test_accuracy_12')).toEqual(table.column('test_accuracy_12'));
    expect(finalMetrics(table, [12, 4]).metadata.epochs).toEqual([4, 12]);
    expect(() => finalMetrics(table, [108])).toThrow('no runs with 108 epochs in this table, which has 4, 12');
  });

  it.each([true, false])('can be queried after a round trip (compact: %s)', (isCompact) => {
    const bench = new NASBench(decodeTable(encodeTable(finalMetrics(table), { compact: isCompact })));
    const cell = table.cell(33);
    const expected = new NASBench(table).query(cell, { repeat: 2 });
    expect(bench.query(cell, { repeat: 2 })).toEqual(expected);
    expect(bench.query(table.moduleHash(33), { repeat: 'mean' })).toMatchObject({ epochs: 12 });
    expect(() => bench.query(cell, { stopHalfway: true })).toThrow(OutOfDomainError);
    expect(() => bench.query(cell, { epochs: 4 })).toThrow('no runs with 4 epochs');
    const [first] = bench.metricsBySpec(cell).runs.get(12) ?? [];
    expect(first?.end.testAccuracy).toBe(table.value('test_accuracy_12', 33, 0));
    expect(first?.half.testAccuracy).toBeNaN();
    expect(first?.totalTime).toBeNull();
    expect(() => [...runRecords(bench.table)]).toThrow('this table holds final metrics only');
  });

  it('are no metadata for records', () => {
    const metadata: TableMetadata = { ...METADATA, finalOnly: true };
    expect(() => buildTable([], metadata)).toThrow('finalOnly');
  });
});

describe('damaged compact files', () => {
  const bytes = compact(finalMetrics(buildTable(officialLike(), METADATA)));

  /** Replaces one text of the file by another of the same length. */
  function replaced(from: string, to: string): Uint8Array {
    const text = new TextDecoder('latin1').decode(bytes);
    expect(text).toContain(from);
    expect(to).toHaveLength(from.length);
    return Uint8Array.from(text.replaceAll(from, to), (letter) => letter.charCodeAt(0));
  }

  it.each([
    ['no images', '"test_correct_12":9984', '"test_correct_12":-984'],
    ['a column without its counts', '"test_correct_12":9984', '"rest_correct_12":9984'],
    ['other JSON', '"computed":["module_hash",', '"computed":["module_mesh",'],
    ['no network', '"network":{"stem', '"network":["stem'],
    ['a network that cannot be', '"stemFilters":128', '"stemFilters":-28'],
    ['hashes that should be there', '"module_hash",', '              '],
  ])('%s', (_, from, to) => {
    expect(() => decodeTable(replaced(from, to))).toThrow(TableFormatError);
  });

  it('are readable or refused with TableFormatError', () => {
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, (hits) => {
        const hit = bytes.slice();
        for (const [at, value] of hits) hit[at] = value;
        let outcome = 'readable';
        try {
          const table = decodeTable(hit);
          for (const name of table.metricNames) table.column(name);
          table.findRow('0'.repeat(32));
          for (let row = 0; row < table.rowCount; row += 10) table.trainableParameters(row);
        } catch (error) {
          outcome = String(error);
        }
        expect(outcome).toMatch(/^(readable|TableFormatError: .*)$/);
      }),
      { seed: 302, numRuns: 400 },
    );
  });
});
