import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { parseCell } from '@nasbench/graph';
import { NETWORK_PRESETS, OPERATIONS, planNetwork } from '@nasbench/model';
import { afterAll, describe, expect, it } from 'vitest';
import { loadOperations } from '../src/operationsModule.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nasbench-operations-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const SEPARABLE = `
import type { Operations } from '@nasbench/model';
import { pair } from './pair.ts';
enum Kernel { Wide = 5 }
const operations: Operations = {
  'pair5x5': (builder, input, channels) => pair(builder, input, channels, Kernel.Wide),
  conv7x7: (builder, input, channels) => builder.convBnRelu(input, 7, channels),
};
export default operations;
`;

const PAIR = `
import type { PlanBuilder } from '@nasbench/model';
export const pair = (builder: PlanBuilder, input: number, channels: number, kernel: number): number =>
  builder.convBnRelu(builder.convBnRelu(input, kernel, channels), 1, channels);
`;

describe('a module of operations', () => {
  it('may be TypeScript, imports included, and is known by its checksum', async () => {
    const folder = await folderOf({ 'own.ts': SEPARABLE, 'pair.ts': PAIR });
    const { file, sha256, names, operations } = await loadOperations(path.relative('.', path.join(folder, 'own.ts')));
    expect(file).toBe(path.join(folder, 'own.ts'));
    expect(sha256).toBe(createHash('sha256').update(SEPARABLE).digest('hex'));
    expect(names).toEqual(['pair5x5', 'conv7x7']);
    expect(Object.keys(operations)).toEqual([...Object.keys(OPERATIONS), ...names]);
    const config = { ...NETWORK_PRESETS.tiny, stacks: 1, imageSize: 8, imageChannels: 1, labels: 2 };
    const { layers } = planNetwork(parseCell('010/001/000:pair5x5'), config, operations);
    expect(layers.filter(({ name }) => name.includes('vertex1')).map(({ parameters }) => parameters)).toEqual([
      16 * 16 + 32,
      25 * 16 * 16 + 32,
      16 * 16 + 32,
    ]);
    // Nothing is left beside the user's files.
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('may be JavaScript of either kind', async () => {
    const folder = await folderOf({
      'own.js': 'export default { own: (builder, input) => input };',
      'own.mjs': 'const id = await Promise.resolve(0); export default { own: (builder, input) => input + id };',
      'own.cjs': 'module.exports = { own: (builder, input) => input };',
    });
    for (const name of ['own.js', 'own.mjs', 'own.cjs'])
      expect((await loadOperations(path.join(folder, name))).names).toEqual(['own']);
  });

  it('is read anew each time', async () => {
    const folder = await folderOf({ 'own.ts': 'export default { one: () => 0 };' });
    const file = path.join(folder, 'own.ts');
    const first = await loadOperations(file);
    await writeFile(file, 'export default { two: () => 0 };');
    const second = await loadOperations(file);
    expect([first.names, second.names]).toEqual([['one'], ['two']]);
    expect(first.sha256).not.toBe(second.sha256);
  });

  it.each([
    ['is no program', 'export default {\n  own: (b => 3,\n};\n', /own\.ts: Unexpected token at \/.*own\.ts:3:1$/],
    [
      'imports what is not there',
      "import x from './absent.ts';\nexport default { x };",
      /: Cannot find module '.\/absent.ts'$/,
    ],
    ['throws', "throw new Error('two\\nlines');", /cannot load operations .*own\.ts: two lines$/],
    ['exports nothing', 'const own = () => 0;', /own\.ts have no default export, expected export default \{ name: /],
    ['exports by name', 'export const own = () => 0;', /own\.ts have no default export/],
    [
      'exports a function',
      'export default () => 0;',
      /own\.ts export a value of type function, expected export default/,
    ],
    ['exports a list', 'export default [() => 0];', /own\.ts export a list, expected/],
    ['exports null', 'export default null;', /own\.ts export null, expected/],
    ['exports an empty record', 'export default {};', /own\.ts export no operation/],
    [
      'has a value that is no function',
      'export default { own: 3 };',
      /"own" is a value of type number, expected a function$/,
    ],
    ['has a comma in a name', "export default { 'a,b': () => 0 };", /"a,b" cannot be a name, expected a letter, then/],
    ['has a name of nothing', "export default { '': () => 0 };", /"" cannot be a name/],
    ['names the input', 'export default { input: () => 0 };', /"input" cannot be a name/],
    ['names the output', 'export default { output: () => 0 };', /"output" cannot be a name/],
    [
      'shadows a standard operation',
      'export default { maxpool3x3: () => 0 };',
      /"maxpool3x3" is taken by the standard operation/,
    ],
    [
      'shadows the short name of one',
      'export default { conv3x3: () => 0 };',
      /"conv3x3" is taken by the standard operation conv3x3-bn-relu, expected another name$/,
    ],
    [
      'has a name and its short name',
      "export default { conv9x9: () => 0, 'conv9x9-bn-relu': () => 0 };",
      /"conv9x9-bn-relu" is taken by the operation conv9x9,/,
    ],
  ])('is refused in one line if it %s', async (_, text, message) => {
    const file = path.join(await folderOf({ 'own.ts': text }), 'own.ts');
    await expect(loadOperations(file)).rejects.toThrow(message);
    await expect(loadOperations(file)).rejects.toThrow(UsageError);
    await expect(loadOperations(file)).rejects.toThrow(/^.*$/);
  });

  it('is refused if it is not there or a folder', async () => {
    const folder = await folderOf({});
    const absent = path.join(folder, 'own.ts');
    await expect(loadOperations(absent)).rejects.toThrow(`cannot read operations ${absent}: no such file or folder`);
    await expect(loadOperations(folder)).rejects.toThrow(`cannot read operations ${folder}: it is a folder`);
  });
});
