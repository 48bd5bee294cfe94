import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

// A table that a user named goes before the one that comes with the project.
const folder = temporaryFolder();
process.env.NASBENCH_CACHE = folder;

describe('the table mini', () => {
  it('is found by its name and says where it comes from', () => {
    const { status, stdout } = nasbench('info', 'mini');
    expect(status).toBe(0);
    expect(stdout).toContain('provenance: regenerated');
    expect(stdout).toContain('2 532 cells, 3 repeats, largest budget 4 epochs');
  });

  it('is trained again to the same bits, two rows of it', () => {
    const verified = nasbenchJson<{ runs: number }>('verify', 'mini', '--rows', '2', '--seed', 'test');
    expect(verified).toMatchObject({ rows: 2, different: 0 });
    expect(verified.runs).toBeGreaterThanOrEqual(4);
  });

  it('says how many cells have how many repeats, and calls no run missing that nobody asked for', () => {
    const cellsByRuns = [
      { runs: 3, cells: 91 },
      { runs: 1, cells: 2441 },
    ];
    const { budgets } = nasbenchJson<{ budgets: unknown }>('info', 'mini');
    expect(budgets).toMatchObject([1, 4].map((epochs) => ({ epochs, runs: 2714, failed: 0, cellsByRuns })));
    expect(nasbench('info', 'mini').stdout).toMatch(/ 2 714 +0 +91 x 3 \+ 2 441 x 1 /);
    const report = path.join(folder, 'mini.html');
    nasbench('report', 'mini', '--out', report);
    const text = readFileSync(report, 'utf8');
    expect(text).toContain(
      '2532 cells trained for 1 and for 4 epochs: 91 cells 3 times, 2441 cells once; 2714 runs of each budget.',
    );
    expect(text).not.toContain('missing');
  });
});
