import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { NASBench } from '@nasbench/dataset';
import { expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

const EXAMPLE = path.resolve(import.meta.dirname, '../../../examples/own-space');

it('examples/own-space trains its own operation on its own images', async () => {
  const folder = temporaryFolder();
  // Only what is in the repository: images that a user has drawn there stay out.
  cpSync(EXAMPLE, folder, { recursive: true, filter: (file) => path.basename(file) !== 'images' });
  const drawn = spawnSync(process.execPath, [path.join(folder, 'make-images.mjs')], { encoding: 'utf8' });
  expect(drawn).toMatchObject({ status: 0, stderr: '' });

  const [out, table] = [`${folder}/runs`, `${folder}/own-space.arrow`];
  const trained = nasbench('regenerate', '--config', `${folder}/config.json`, '--out', out, '--workers', '1');
  expect([trained.status, trained.stderr]).toEqual([0, expect.any(String)]);
  expect(nasbench('assemble', out, '--out', table).status).toBe(0);

  const bench = await NASBench.open(table);
  expect(bench.metadata.space.operations).toEqual(['conv3x3-bn-relu', 'maxpool3x3', 'residual5x5']);
  expect(bench.metadata.images).toMatchObject({
    size: 16,
    channels: 1,
    labels: 3,
    train: 384,
    validation: 96,
    test: 120,
  });
  const { rows } = nasbenchJson<{ rows: { cell: string; testAccuracy: number }[] }>(
    'query',
    table,
    '--where',
    'residual5x5 = 1',
  );
  expect(rows.map(({ cell }) => cell).toSorted()).toEqual(['010/001/000:residual5x5', '011/001/000:residual5x5']);
  // One of three by chance; 0.66 and 0.71 when this was written.
  for (const { testAccuracy } of rows) expect(testAccuracy).toBeGreaterThan(0.5);

  // From scratch as the table was made, with the file that its operation is in.
  const images = ['--images', `folder:${folder}/images`];
  const operations = ['--operations', `${folder}/operations.ts`];
  const cell = '010/001/000:residual5x5';
  const { moduleHash } = nasbenchJson<{ moduleHash: string }>('query', table, '--cell', cell);
  for (const [name, epochs] of [
    [cell, 1],
    [moduleHash, 2],
  ] as const) {
    const given = ['--table', table, ...images, ...operations, '--epochs', String(epochs)];
    expect(nasbenchJson('train', name, ...given)).toMatchObject({ moduleHash, epochs, equal: true });
  }
  const without = nasbench('train', cell, '--table', table, ...images);
  expect([without.status, without.stderr]).toEqual([
    2,
    'nasbench: the operations of operations.ts are needed; give that file\n',
  ]);
  const alone = nasbench('train', cell, ...operations);
  expect([alone.status, alone.stderr]).toEqual([
    2,
    'nasbench: --operations is for --table TABLE; a --config file names its operationsModule\n',
  ]);
});
