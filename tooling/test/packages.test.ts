import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** The built packages as they would be published: manifests, exports and types. */
const root = path.resolve(import.meta.dirname, '../..');
const run = (binary: string, ...args: string[]): string =>
  execFileSync(path.join(root, 'node_modules/.bin', binary), args, { cwd: root, encoding: 'utf8' });

describe.each(readdirSync(path.join(root, 'packages')))('%s', (name) => {
  it('has a manifest that publint accepts', () => {
    expect(run('publint', '--strict', `packages/${name}`)).toContain('All good!');
  });

  it('has types that resolve for ES modules and bundlers', () => {
    expect(() => run('attw', '--pack', `packages/${name}`, '--profile', 'esm-only', '--quiet')).not.toThrow();
  });
});
