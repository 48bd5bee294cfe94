import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const PACKAGES = ['foundation', 'terminal', 'graph', 'kernels', 'model', 'trainer', 'dataset', 'search', 'viz'];

/** Which packages of this repository each one may use. The order is that of ARCHITECTURE.md, from the bottom up. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'packages/foundation': [],
  'packages/graph': ['foundation'],
  'packages/kernels': ['foundation'],
  'packages/model': ['foundation', 'graph'],
  'packages/trainer': ['foundation', 'graph', 'kernels', 'model'],
  'packages/dataset': ['foundation', 'graph', 'model'],
  'packages/search': ['foundation', 'graph', 'dataset'],
  'packages/viz': ['foundation', 'graph', 'model', 'dataset', 'search'],
  // Beside the stack.
  'packages/terminal': ['foundation', 'graph'],
  // Apps use packages, never one another; only the command puts them together.
  'apps/query': PACKAGES,
  'apps/regenerate': PACKAGES,
  'apps/search': PACKAGES,
  'apps/plot': PACKAGES,
  'apps/surrogate': PACKAGES,
  'apps/explorer': PACKAGES,
  'apps/cli': [...PACKAGES, 'app-query', 'app-regenerate', 'app-search', 'app-plot', 'app-surrogate', 'explorer'],
};

/** Packages that also run in a browser: `node:` only in files named *.node.ts and in the ./node entry. */
const BROWSER_PACKAGES = ['graph', 'kernels', 'model', 'dataset', 'search', 'viz'];

const root = path.resolve(import.meta.dirname, '../..');

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(root, folder, file));
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]);
}

/** Whether a relative import ends outside the package. */
const leaves = (folder: string, file: string, name: string): boolean =>
  name.startsWith('.') && !path.resolve(path.dirname(file), name).startsWith(path.join(root, folder) + path.sep);

describe.each(Object.entries(LAYERS))('%s', (folder, allowed) => {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  const isAllowed = (name: string): boolean => {
    const [, used] = /^@nasbench\/([^/]+)/.exec(name) ?? [];
    return used === undefined || `@nasbench/${used}` === manifest.name || allowed.includes(used);
  };

  it('declares only packages below it', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(declared.filter((name) => !isAllowed(name))).toEqual([]);
  });

  it('imports only packages below it, and no files of others', () => {
    const page = `${folder}/page`;
    const files = [...sources(`${folder}/src`), ...(existsSync(path.join(root, page)) ? sources(page) : [])];
    expect(files.length).toBeGreaterThan(0);
    const upward = files.flatMap((file) =>
      imports(file)
        .filter((name) => !isAllowed(name) || leaves(folder, file, name))
        .map((name) => `${path.relative(root, file)} imports ${name}`),
    );
    expect(upward).toEqual([]);
  });
});

it('every package has a place in the layers', () => {
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(path.join(root, group)).map((name) => `${group}/${name}`),
  );
  expect(folders.toSorted()).toEqual(Object.keys(LAYERS).toSorted());
});

it.each([...BROWSER_PACKAGES.map((name) => `packages/${name}/src`), 'apps/explorer/page'])(
  '%s needs no Node outside its .node.ts files',
  (folder) => {
    const needsNode = (name: string): boolean =>
      /^node:|^@nasbench\/(terminal|foundation\/(files|cleanUp)|[^/]+\/node)$/.test(name);
    const offenders = sources(folder)
      .filter((file) => !file.endsWith('.node.ts') && !file.endsWith('/src/node.ts'))
      .filter((file) => imports(file).some(needsNode) || /\bBuffer\b/.test(readFileSync(file, 'utf8')));
    expect(offenders).toEqual([]);
  },
);
