import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assertWritable, FileExistsError, makeFolder, withPath, writeFileAtomically } from '@nasbench/foundation/files';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nasbench-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

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

  it('leaves nothing when it is told to stop, even after the last of the data', async () => {
    for (const last of [0, 1, 2]) {
      const stop = new AbortController();
      async function* chunks() {
        for (let chunk = 0; chunk < 3; chunk++) {
          yield Uint8Array.of(chunk);
          if (chunk === last) stop.abort(new Error('stopped'));
        }
      }
      const file = path.join(folder, 'stopped', 'file');
      await expect(writeFileAtomically(file, chunks(), { signal: stop.signal })).rejects.toThrow('stopped');
      expect(await readdir(path.join(folder, 'stopped'))).toEqual([]);
    }
  });

  it('says in one line why it cannot write', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await expect(writeFileAtomically(path.join(folder, 'file', 'x'), '')).rejects.toThrow(
      /^cannot write .*x: a (file|part of the path)/,
    );
    await expect(writeFileAtomically(folder, '')).rejects.toThrow('it is a folder');
  });

  it('replaces nothing but regular files, forced or not', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const file of [pipe, '/dev/null']) {
      await expect(writeFileAtomically(file, 'x', { force: true })).rejects.toThrow(
        `cannot write ${file}: it is not a regular file`,
      );
      await expect(assertWritable(file)).rejects.toThrow('it is not a regular file');
    }
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it('writes the file that a symbolic link points at, and keeps the link', async () => {
    const link = path.join(folder, 'link');
    await mkdir(path.join(folder, 'elsewhere'));
    await symlink(path.join('elsewhere', 'file'), link);
    await writeFileAtomically(link, 'new');
    await expect(writeFileAtomically(link, 'other')).rejects.toThrow(FileExistsError);
    await writeFileAtomically(link, 'newer', { force: true });
    expect(await readFile(path.join(folder, 'elsewhere', 'file'), 'utf8')).toBe('newer');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await readdir(folder)).toSorted()).toEqual(['elsewhere', 'link']);
  });
});

describe('makeFolder', () => {
  it('makes a folder and those above it, again and again', async () => {
    const deep = path.join(folder, 'a', 'b');
    await makeFolder(deep);
    await makeFolder(deep);
    expect(await readdir(path.join(folder, 'a'))).toEqual(['b']);
  });

  it('says what hindered it', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const made = makeFolder(path.join(folder, 'file', 'a')).catch((error: unknown) =>
      withPath(error, 'cannot make it'),
    );
    expect(String(await made)).toContain('cannot make it: a file is in the way where a folder is needed');
  });

  it('passes the words of the system on where it has none of its own, and defects as they are', () => {
    const quota = Object.assign(new Error('EDQUOT: disk quota exceeded, write'), { code: 'EDQUOT', syscall: 'write' });
    expect(String(withPath(quota, 'cannot write x'))).toBe(
      'NasbenchError: cannot write x: EDQUOT: disk quota exceeded, write',
    );
    const defect = new TypeError('x is undefined');
    expect(withPath(defect, 'cannot write x')).toBe(defect);
  });

  it.skipIf(!existsSync('/proc/self'))('ends where Node tries for ever [needs /proc]', async () => {
    await expect(makeFolder('/proc/nasbench/a/b')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
  });
});
