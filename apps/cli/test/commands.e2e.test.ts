import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, SHARED_DATA, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

const RESNET = '0101/0010/0001/0000:conv3x3,conv3x3';
const INCEPTION = '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3';

describe('enumerate', () => {
  it('finds the whole space with the official counts', () => {
    expect(nasbenchJson('enumerate')).toMatchObject({
      cells: 423_624,
      labeledGraphs: 1_293_208,
      byVertices: [1, 7, 91, 2532, 64_542, 423_624],
    });
  });

  it("writes the reference's format: hash -> [matrix, labels], sorted, with the separators of Python's json.dumps", () => {
    const out = file('cells.json');
    nasbenchJson('enumerate', '--max-vertices', '5', '--out', out);
    const text = readFileSync(out, 'utf8');
    const cells: Record<string, [number[][], number[]]> = JSON.parse(text);
    const hashes = Object.keys(cells);
    expect(hashes).toHaveLength(2532);
    expect(hashes).toEqual(hashes.toSorted());
    expect(text).toBe(JSON.stringify(cells).replaceAll(',', ', ').replaceAll(':', ': '));
    // The first cell that the reference meets with a 3x3 convolution alone.
    expect(Object.values(cells)).toContainEqual([
      [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      [-1, 0, -2],
    ]);
  });

  it('prints people a table', () => {
    const { status, stdout } = nasbench('enumerate', '--max-vertices', '4');
    expect(status).toBe(0);
    expect(stdout).toContain('91 unique cells among 97 labeled graphs');
  });
});

describe('cell', () => {
  it('knows the Inception-like cell by text and by hash', () => {
    const facts = nasbenchJson('cell', INCEPTION, '--svg', file('inception.svg'));
    expect(facts).toMatchObject({ moduleHash: '28cfc7874f6d200472e1a9dcd8650aa0', trainableParameters: 2_694_282 });
    expect(readFileSync(file('inception.svg'), 'utf8')).toMatch(/^<svg /);
    expect(nasbenchJson('cell', '28cfc7874f6d200472e1a9dcd8650aa0')).toMatchObject({
      canonicalForm: (facts as { canonicalForm: string }).canonicalForm,
    });
  });
});

describe('from training to pictures', () => {
  const table = file('table.arrow');

  it('trains one network', () => {
    const result = nasbenchJson('train', RESNET, ...SMALL_TRAINING);
    expect(result).toMatchObject({
      status: 'completed',
      attempts: 1,
      points: [{ epochs: 0 }, { epochs: 0.5 }, { epochs: 1 }],
    });
  });

  it.skipIf(!existsSync(path.join(SHARED_DATA, 'cifar-10-batches-bin')))(
    'trains on real CIFAR-10 images and names what is missing [needs ../shared/data/cifar-10-batches-bin]',
    () => {
      const images = `cifar10:${path.join(SHARED_DATA, 'cifar-10-batches-bin')}`;
      const result = nasbenchJson('train', RESNET, ...SMALL_TRAINING, '--image-size', '16', '--images', images);
      expect(result).toMatchObject({
        status: 'completed',
        images: expect.stringMatching(/data_batch_4.*absent|absent.*data_batch_4/),
      });
    },
  );

  it('makes a table and answers questions about it', () => {
    nasbenchJson('regenerate', '--out', file('runs'), '--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '2');
    nasbenchJson('assemble', file('runs'), '--out', table);
    expect(nasbenchJson('info', table)).toMatchObject({
      cells: 7,
      provenance: 'regenerated',
      repeats: 2,
      epochs: [1],
      budgets: [{ runs: 14, failed: 0, cellsByRuns: [{ runs: 2, cells: 7 }] }],
    });
    const { rows } = nasbenchJson<{ rows: { validationAccuracy: number }[] }>('query', table, '--top', '3');
    expect(rows).toHaveLength(3);
    expect(rows.map((row) => row.validationAccuracy)).toEqual(
      rows.map((row) => row.validationAccuracy).toSorted((a, b) => b - a),
    );
    const ask = (...args: string[]) =>
      nasbenchJson<{ testAccuracy: number; repeat: number }>('query', table, '--cell', '010/001/000:conv3x3', ...args);
    const mean = (ask('--repeat', '0').testAccuracy + ask('--repeat', '1').testAccuracy) / 2;
    expect(ask('--repeat', 'mean').testAccuracy).toBeCloseTo(mean, 12);
    expect(ask('--seed', '5')).toEqual(ask('--seed', '5'));
    expect(ask('--halfway')).toMatchObject({ stopHalfway: true });
  });

  it('searches it: with all cells queried, no regret in validation is left to chance', () => {
    const summary = nasbenchJson('search', table, '--queries', '40', '--runs', '5', '--seed', 's');
    expect(summary).toMatchObject({ runs: 5, meanQueries: 40, provenance: 'regenerated' });
    expect(summary).toEqual(nasbenchJson('search', table, '--queries', '40', '--runs', '5', '--seed', 's'));
  });

  it.each(['ecdf', 'noise', 'cost', 'accuracy-time', 'curves'])(
    'draws %s as SVG, PNG and HTML with its provenance',
    (figure) => {
      for (const ending of ['svg', 'png', 'html'])
        nasbenchJson('plot', figure, table, '--out', file(`${figure}.${ending}`));
      expect(readFileSync(file(`${figure}.svg`), 'utf8')).toContain('provenance: regenerated');
      expect(
        readFileSync(file(`${figure}.png`))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
      expect(readFileSync(file(`${figure}.html`), 'utf8')).toContain('regenerated');
    },
  );

  it('reports in one page without scripts or links to elsewhere', () => {
    nasbenchJson('report', table, '--out', file('report.html'));
    const page = readFileSync(file('report.html'), 'utf8');
    expect(page).toContain('regenerated');
    expect(page).not.toMatch(/<script|<link|src=|href="http/);
  });
});
