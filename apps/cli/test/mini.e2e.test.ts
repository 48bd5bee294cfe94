import { describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, temporaryFolder } from './nasbench.ts';

// A table that a user named goes before the one that comes with the project.
process.env.NASBENCH_CACHE = temporaryFolder();

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
});
