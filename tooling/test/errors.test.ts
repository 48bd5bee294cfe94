import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const sources = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(path.join(root, folder)).flatMap((name) => filesOf(path.join(root, folder, name, 'src'))),
);

function filesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => path.join(folder, file));
}

it('has error classes that keep their names in minified pages', () => {
  const classes = sources.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/class (\w+) extends \w*Error \{(?:\n.*name[^=]*= '(\w+)')?/g),
  ]);
  expect(classes.length).toBeGreaterThan(20);
  expect(classes.filter(([, name, written]) => name !== written).map(([, name]) => name)).toEqual([]);
});
