import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FileExistsError, writeFileAtomically } from '@nasbench/foundation/files';
import { beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-files-'));
});

describe('writeFileAtomically', () => {
  it('writes text, bytes and chunks, and makes folders', async () => {
    const file = path.join(folder, 'a', 'b', 'x.bin');
    await writeFileAtomically(file, [new Uint8Array([1, 2]), new Uint8Array([3])]);
    expect([...(await readFile(file))]).toEqual([1, 2, 3]);
    await writeFileAtomically(path.join(folder, 'x.txt'), 'text');
    expect(await readFile(path.join(folder, 'x.txt'), 'utf8')).toBe('text');
  });

  it('refuses an existing file unless forced, and leaves it as it was', async () => {
    const file = path.join(folder, 'x');
    await writeFile(file, 'old');
    await expect(writeFileAtomically(file, 'new')).rejects.toThrow(FileExistsError);
    expect(await readFile(file, 'utf8')).toBe('old');
    await writeFileAtomically(file, 'new', { force: true });
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('leaves nothing behind when the source of the data fails half-way', async () => {
    function* chunks(): Generator<Uint8Array> {
      yield new Uint8Array(10);
      throw new Error('source failed');
    }
    await expect(writeFileAtomically(path.join(folder, 'x'), chunks())).rejects.toThrow('source failed');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says in one line why it cannot write', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await expect(writeFileAtomically(path.join(folder, 'file', 'x'), '')).rejects.toThrow(
      /^cannot write .*x: a (file|part of the path)/,
    );
    await expect(writeFileAtomically(folder, '')).rejects.toThrow('it is a folder');
  });
});
