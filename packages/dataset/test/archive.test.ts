import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { assert, asyncProperty, nat } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArchiveError } from '../src/download/errors.ts';
import { readTar } from '../src/download/tar.ts';
import { hasFiles, unpackArchive } from '../src/node.ts';
import { type TarItem, tarOf } from './tarFile.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nasbench-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GOOD: readonly TarItem[] = [
  { name: 'batches/', type: '5' },
  { name: 'batches/one.bin', bytes: bytes('first') },
  { name: './batches/two.bin', bytes: new Uint8Array(512 * 3).fill(7) },
  { name: 'batches/empty.txt' },
  { name: 'elsewhere/three.bin', bytes: bytes('not ours') },
];

function unpack(archive: Uint8Array, options: { force?: boolean; expected?: string[] } = {}): Promise<string[]> {
  const file = path.join(folder, 'archive.tar.gz');
  writeFileSync(file, archive);
  const { expected = ['one.bin', 'two.bin'], force = false } = options;
  return unpackArchive(file, path.join(folder, 'images'), { inner: 'batches', expected, force });
}

async function expectRefusal(archive: Uint8Array, message: RegExp, options = {}): Promise<void> {
  const error: unknown = await unpack(archive, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ArchiveError);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(readdirSync(folder)).toEqual(['archive.tar.gz']);
}

describe('unpacking', () => {
  it('gives the files of the folder that was asked for', async () => {
    expect(await unpack(gzipSync(tarOf(GOOD)))).toEqual(['one.bin', 'two.bin', 'empty.txt']);
    expect(readdirSync(folder).toSorted()).toEqual(['archive.tar.gz', 'images']);
    expect(readdirSync(path.join(folder, 'images')).toSorted()).toEqual(['empty.txt', 'one.bin', 'two.bin']);
    expect(readFileSync(path.join(folder, 'images/one.bin'), 'utf8')).toBe('first');
    expect(readFileSync(path.join(folder, 'images/two.bin')).equals(new Uint8Array(1536).fill(7))).toBe(true);
    expect(await hasFiles(path.join(folder, 'images'), ['one.bin', 'two.bin'])).toBe(true);
    expect(await hasFiles(path.join(folder, 'images'), ['three.bin'])).toBe(false);
  });

  it.skipIf(spawnSync('tar', ['--version']).status !== 0)('reads what tar makes [needs tar]', async () => {
    mkdirSync(path.join(folder, 'batches'));
    writeFileSync(path.join(folder, 'batches/one.bin'), 'first');
    writeFileSync(path.join(folder, 'batches/two.bin'), new Uint8Array(100_000));
    for (const format of ['gnu', 'ustar', 'v7']) {
      const archive = execFileSync('tar', ['-cz', `--format=${format}`, '-C', folder, 'batches']);
      expect((await unpack(archive, { force: true })).toSorted()).toEqual(['one.bin', 'two.bin']);
      expect(readFileSync(path.join(folder, 'images/two.bin'))).toHaveLength(100_000);
    }
  });

  it('touches nothing else in a folder that exists, and only with force', async () => {
    const images = path.join(folder, 'images');
    mkdirSync(images);
    writeFileSync(path.join(images, 'mine.txt'), 'mine');
    writeFileSync(path.join(images, 'one.bin'), 'old');
    await expect(unpack(gzipSync(tarOf(GOOD)))).rejects.toThrow(/images is not empty; choose another folder/);
    expect(readFileSync(path.join(images, 'one.bin'), 'utf8')).toBe('old');
    await unpack(gzipSync(tarOf(GOOD)), { force: true });
    expect(readFileSync(path.join(images, 'one.bin'), 'utf8')).toBe('first');
    expect(readFileSync(path.join(images, 'mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).toSorted()).toEqual(['archive.tar.gz', 'images']);
  });

  it.each<[string, TarItem, RegExp]>([
    [
      'a name with ..',
      { name: 'batches/../../evil' },
      /"batches\/\.\.\/\.\.\/evil" leads out of the folder, at byte 0$/,
    ],
    ['an absolute name', { name: '/etc/evil' }, /leads out/],
    ['a prefix with ..', { name: 'evil', prefix: 'batches/..' }, /leads out/],
    ['a backslash', { name: 'batches\\..\\evil' }, /leads out/],
    ['a drive', { name: 'c:evil' }, /leads out/],
    ['no name', { name: '' }, /leads out/],
    ['a symbolic link', { name: 'batches/one.bin', type: '2' }, /neither a file nor a folder \(type "2"\)/],
    ['a hard link', { name: 'batches/one.bin', type: '1' }, /neither a file/],
    ['a device', { name: 'batches/one.bin', type: '3' }, /neither a file/],
    ['a long name', { name: '././@LongLink', type: 'L' }, /neither a file/],
  ])('refuses %s', async (_, item, message) => {
    await expectRefusal(gzipSync(tarOf([item, ...GOOD])), message);
    expect(existsSync(path.join(folder, '../evil'))).toBe(false);
  });

  it('refuses what is damaged', async () => {
    const tar = tarOf(GOOD);
    const archive = gzipSync(tar);
    await expectRefusal(bytes('no gzip'), /is not a gzip file, or a damaged one/);
    await expectRefusal(new Uint8Array(), /is not a gzip file, or a damaged one/);
    await expectRefusal(archive.subarray(0, archive.length - 30), /is not a gzip file, or a damaged one/);
    await expectRefusal(gzipSync(tar.subarray(0, 1000)), /ends without its closing blocks, at byte 512/);
    await expectRefusal(gzipSync(tar.subarray(0, 2100)), /ends within .*two\.bin/);
    await expectRefusal(gzipSync(tar.subarray(0, tar.length - 1024)), /ends without its closing blocks/);
    await expectRefusal(gzipSync(bytes('x'.repeat(2000))), /not a tar header, or a damaged one, at byte 0/);
    await expectRefusal(archive, /lacks four\.bin/, { expected: ['one.bin', 'four.bin'] });
  });

  it('finds every flipped bit of a header, or gives the same files', async () => {
    const tar = tarOf(GOOD.slice(1, 2));
    await assert(
      asyncProperty(nat(511), nat(7), async (at, bit) => {
        const damaged = tar.slice();
        damaged[at] ^= 1 << bit;
        await expect(entriesOf(damaged)).rejects.toBeInstanceOf(ArchiveError);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('gives the same whatever the sizes of the chunks', async () => {
    const tar = tarOf(GOOD);
    const whole = await entriesOf(tar);
    expect(whole).toHaveLength(5);
    for (const size of [1, 7, 511, 513]) expect(await entriesOf(tar, size)).toEqual(whole);
  });
});

async function entriesOf(tar: Uint8Array, size = tar.length) {
  async function* chunks() {
    for (let at = 0; at < tar.length; at += size) yield tar.subarray(at, at + size);
  }
  const entries = [];
  for await (const entry of readTar(chunks(), 'archive')) entries.push(entry);
  return entries;
}
