import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/**
 * Runs every ```ts block of every package's README as a module of its own, against the built package, the way a user
 * would; what `console.log(...); // => text` prints must be that text.
 */
const root = path.resolve(import.meta.dirname, '../..');

interface Example {
  readonly name: string;
  /** a package that can import what the example imports */
  readonly folder: string;
  readonly code: string;
}

function examplesOf(folder: string): Example[] {
  const readme = path.join(root, folder, 'README.md');
  if (!existsSync(readme)) return [];
  return [...readFileSync(readme, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map((match, i) => ({
    name: `${folder === '.' ? 'root' : folder} README, example ${i + 1}`,
    folder: folder === '.' ? 'benchmarks' : folder,
    code: match[1],
  }));
}

const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(path.join(root, group)).map((name) => `${group}/${name}`),
);

it.each(['.', ...folders].flatMap(examplesOf))('$name prints what it says', ({ name, folder, code }) => {
  // Inside the package's own folder, so that it can import itself by name; dist is never committed.
  const work = path.join(root, folder, 'dist', '.readme');
  mkdirSync(work, { recursive: true });
  const file = path.join(work, `${name.replace(/\W+/g, '-')}.ts`);
  writeFileSync(file, code);
  const printed = execFileSync(process.execPath, ['--import', 'tsx', file], { cwd: root, encoding: 'utf8' });
  rmSync(file);
  const expected = [...code.matchAll(/console\.log\(.*\/\/ => (.*)$/gm)].map((match) => match[1].trim());
  expect(printed.trimEnd().split('\n').filter(Boolean)).toEqual(expected);
});

it('every package and app has a README', () => {
  expect(folders.filter((folder) => !existsSync(path.join(root, folder, 'README.md')))).toEqual([]);
});
