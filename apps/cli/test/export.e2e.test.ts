import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeTable, requiredColumns, tableFromColumns } from '@nasbench/dataset';
import { writeTable } from '@nasbench/dataset/node';
import { createRandom } from '@nasbench/foundation/random';
import { cellAt, enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const TABLE = file('table.arrow');

/** All cells of up to 4 vertices with values of the official kind. */
beforeAll(async () => {
  const space = { ...NASBENCH_101, maxVertices: 4 };
  const cells = enumerateCells(space);
  const lists = Array.from({ length: cells.count }, (_, i) => cellAt(cells, i).original.operations.slice(1, -1));
  const random = createRandom('export');
  const metrics = requiredColumns([4, 108]).map(({ name, metric }) => ({
    name,
    repeats: 3,
    values: Float32Array.from({ length: cells.count * 3 }, () =>
      metric.endsWith('_time') ? 1000 * random.float() : random.int(9985) / 9984,
    ),
    validity: null,
  }));
  const table = tableFromColumns(
    {
      formatVersion: 1,
      provenance: 'synthetic',
      epochs: [4, 108],
      repeats: 3,
      space,
      images: null,
      network: null,
      training: null,
      codeVersion: '0.1.0',
      seed: 'export',
      engine: null,
    },
    {
      ...cells,
      moduleHashes: hashCells(cells),
      operations: Int16Array.from({ length: cells.count }, (_, i) => i),
      operationLists: lists,
      trainableParameters: new Uint32Array(cells.count).fill(8_555_530),
    },
    metrics,
  );
  await writeTable(TABLE, table);
});

describe('export', () => {
  it.each(['table.tfrecord', 'table.parquet', 'table.csv', 'table.json', 'table.jsonl', 'copy.arrow'])(
    'writes %s and says what it is',
    (name) => {
      const result = nasbenchJson('export', TABLE, '--out', file(name));
      expect(result).toMatchObject({ cells: 91, provenance: 'synthetic', bytes: statSync(file(name)).size });
      expect(nasbench('export', TABLE, '--out', file(name), '--force').stdout).toContain('provenance: synthetic');
    },
  );

  it('a copy is the same file', () => {
    expect(readFileSync(file('copy.arrow')).equals(readFileSync(TABLE))).toBe(true);
  });

  it('rows of CSV and JSON are those of the table', () => {
    const table = decodeTable(readFileSync(TABLE));
    const [header, ...lines] = readFileSync(file('table.csv'), 'utf8').split('\r\n').slice(0, -1);
    const column = header.split(',').indexOf('half_test_accuracy_108_2') - header.split(',').length;
    const { rows, metadata } = JSON.parse(readFileSync(file('table.json'), 'utf8'));
    expect(metadata).toEqual(table.metadata);
    for (let row = 0; row < 91; row++) {
      const value = table.value('half_test_accuracy_108', row, 2);
      expect(Math.fround(Number(lines[row].split(',').at(column)))).toBe(value);
      expect(Math.fround(rows[row].half_test_accuracy_108[2])).toBe(value);
      expect(rows[row].module_hash).toBe(table.moduleHash(row));
    }
  });

  it('a TFRecord comes back as the same table', () => {
    nasbenchJson('import', file('table.tfrecord'), '--out', file('back.arrow'), '--provenance', 'synthetic');
    const [before, after] = [TABLE, file('back.arrow')].map((name) => decodeTable(readFileSync(name)));
    for (const name of before.metricNames) {
      expect(Array.from(after.column(name).values)).toEqual(Array.from(before.column(name).values));
    }
  });

  it("generated_graphs.json is the reference's, as enumerate writes it", () => {
    nasbenchJson('export', TABLE, '--out', file('generated_graphs.json'));
    nasbenchJson('enumerate', '--max-vertices', '4', '--out', file('cells.json'));
    expect(readFileSync(file('generated_graphs.json'), 'utf8')).toBe(readFileSync(file('cells.json'), 'utf8'));
  });

  it('a compact file answers as the table does', () => {
    nasbenchJson('export', TABLE, '--compact', '--out', file('small.arrow'));
    expect(statSync(file('small.arrow')).size).toBeLessThan(statSync(TABLE).size / 2);
    const ask = (table: string): unknown =>
      nasbenchJson('query', table, '--cell', '0101/0010/0001/0000:conv3x3,conv3x3', '--seed', '3');
    expect(ask(file('small.arrow'))).toEqual(ask(TABLE));
    expect(nasbenchJson('info', file('small.arrow'))).toMatchObject({ cells: 91, epochs: [108], finalOnly: true });
  });

  it('final metrics of the budgets asked for', () => {
    nasbenchJson('export', TABLE, '--final', '--epochs', '4', '--out', file('final.csv'));
    const [header] = readFileSync(file('final.csv'), 'utf8').split('\r\n');
    expect(header).toBe(
      'module_hash,vertices,edges,operations,trainable_parameters,' +
        ['train_accuracy', 'validation_accuracy', 'test_accuracy', 'training_time']
          .flatMap((metric) => [0, 1, 2].map((repeat) => `${metric}_4_${repeat}`))
          .join(',') +
        ',provenance',
    );
  });
});

describe('export refuses in one line, and leaves nothing', () => {
  it.each([
    ['a name that says no format', 2, ['--out', 'table.xlsx'], /table\.xlsx: expected a name that ends with .*\.csv/],
    ['no name', 2, [], /--out/],
    ['a compact CSV', 2, ['--compact', '--out', 'small.csv'], /--compact makes Arrow files/],
    ['epochs without a choice', 2, ['--epochs', '4', '--out', 'four.csv'], /--final or --compact/],
    ['epochs that are not there', 2, ['--final', '--epochs', '36', '--out', 'f.csv'], /36 epochs.*4, 108/],
    ['final metrics as TFRecord', 1, ['--final', '--out', 'final.tfrecord'], /final metrics only/],
  ])('%s', (_, status, args, message) => {
    const named = args.map((arg, i) => (args[i - 1] === '--out' ? file(`refused/${arg}`) : arg));
    const ended = nasbench('export', TABLE, ...named);
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' });
    expect(existsSync(file('refused')) ? readdirSync(file('refused')) : []).toEqual([]);
  });

  it('a file that is there', () => {
    writeFileSync(file('there.csv'), 'mine');
    expect(nasbench('export', TABLE, '--out', file('there.csv'))).toMatchObject({ status: 2, stdout: '' });
    expect(readFileSync(file('there.csv'), 'utf8')).toBe('mine');
  });

  it('a table that is not there', () => {
    const ended = nasbench('export', file('none.arrow'), '--out', file('none.csv'));
    expect(ended.stderr).toMatch(/^nasbench: cannot read table .*none\.arrow: there is no such file\n$/);
    expect(ended.status).toBe(1);
  });
});
