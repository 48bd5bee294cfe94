import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { withPath, writeFileAtomically } from '@nasbench/foundation/files';
import { ArchiveError } from './errors.ts';
import { readTar } from './tar.ts';

/**
 * Unpacks the files of one folder of a `.tar.gz` archive; the folder appears when all of them are there. In a folder that
 * exists, files of the same names are replaced with `force`, and nothing else is touched.
 *
 * @param inner name of the archive's folder, which is left off
 * @param expected files that must be in it
 * @returns the names of the files
 * @throws ArchiveError if the archive is damaged, leads out of the folder or lacks a file
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  {
    inner,
    expected,
    force = false,
  }: { readonly inner: string; readonly expected: readonly string[]; readonly force?: boolean },
): Promise<string[]> {
  await assertFreeFolder(folder, force);
  const temporary = path.join(path.dirname(path.resolve(folder)), `.${path.basename(folder)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    const names = await unpackInto(temporary, archive, inner);
    const absent = expected.filter((name) => !names.includes(name));
    if (absent.length > 0) throw new ArchiveError(`${archive} lacks ${absent.join(', ')}`);
    if ((await entriesOf(folder)).length === 0) await rename(temporary, folder);
    else for (const name of names) await rename(path.join(temporary, name), path.join(folder, name));
    return names;
  } catch (error) {
    throw withPath(error, `cannot write ${folder}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Refuses a folder with something in it, unless `force`. */
export async function assertFreeFolder(folder: string, force: boolean): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory()) throw new UsageError(`cannot write ${folder}: it is a file, expected a folder`);
  if (!force && (await entriesOf(folder)).length > 0) {
    throw new UsageError(`${folder} is not empty; choose another folder or pass --force to replace files in it`);
  }
}

/** Whether a folder has files of all these names. */
export async function hasFiles(folder: string, names: readonly string[]): Promise<boolean> {
  const present = await entriesOf(folder);
  return names.every((name) => present.includes(name));
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function unpackInto(folder: string, archive: string, inner: string): Promise<string[]> {
  const names: string[] = [];
  const source = createReadStream(archive);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const entry of readTar(source.pipe(gunzip), archive)) {
      if (entry.kind === 'folder') continue;
      const [first, name, ...deeper] = entry.name.split('/').filter((part) => part !== '.');
      if (first !== inner || name === undefined || deeper.length > 0) continue;
      await writeFileAtomically(path.join(folder, name), entry.bytes);
      names.push(name);
    }
  } catch (error) {
    if (error instanceof NasbenchError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_'))
      throw new ArchiveError(`${archive} is not a gzip file, or a damaged one`, { cause: error });
    throw withPath(error, `cannot read ${archive}`);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  return names;
}
