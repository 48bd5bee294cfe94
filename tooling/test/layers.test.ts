import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** From the bottom up; a package imports only from earlier lines. `terminal` and the apps stand beside the stack. */
const LAYERS: Record<string, readonly string[]> = {
  foundation: [],
  graph: ['foundation'],
  model: ['foundation', 'graph'],
  trainer: ['foundation', 'graph', 'model'],
  dataset: ['foundation', 'graph', 'model'],
  search: ['foundation', 'graph', 'dataset'],
  viz: ['foundation', 'graph', 'model', 'dataset', 'search'],
  terminal: ['foundation', 'graph'],
};

/** Packages that also run in a browser: `node:` only in files named *.node.ts and in the ./node entry. */
const BROWSER_PACKAGES = ['graph', 'model', 'dataset', 'search', 'viz'];

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

describe.each(Object.entries(LAYERS))('layer %s', (layer, allowed) => {
  it('imports only downwards', () => {
    const files = sources(`packages/${layer}/src`);
    expect(files.length).toBeGreaterThan(0);
    const upward = files.flatMap((file) =>
      imports(file)
        .map((name) => /^@nasbench\/([^/]+)/.exec(name)?.[1])
        .filter((name) => name !== undefined && name !== layer && !allowed.includes(name))
        .map((name) => `${path.relative(root, file)} imports @nasbench/${name}`),
    );
    expect(upward).toEqual([]);
  });
});

it('every package has a place in the layers', () => {
  expect(readdirSync(path.join(root, 'packages')).toSorted()).toEqual(Object.keys(LAYERS).toSorted());
});

it.each(BROWSER_PACKAGES)('%s needs no Node outside its .node.ts files', (name) => {
  const offenders = sources(`packages/${name}/src`)
    .filter((file) => !file.endsWith('.node.ts') && !file.endsWith('/src/node.ts'))
    .filter(
      (file) => imports(file).some((from) => from.startsWith('node:')) || /\bBuffer\b/.test(readFileSync(file, 'utf8')),
    );
  expect(offenders).toEqual([]);
});
