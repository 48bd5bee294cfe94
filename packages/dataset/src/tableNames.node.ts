import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { writeFileAtomically } from '@nasbench/foundation/files';
import { cacheFolder } from './download/cacheFolder.node.ts';
import { openTable } from './openTable.ts';
import { type ExpansionOptions, surrogateTableFile } from './surrogate/surrogateFile.node.ts';
import type { BenchmarkTable } from './table.ts';

/** Names that stand for tables wherever a path may: what a user imports, and what comes with the project. */
export const TABLE_NAMES = ['official', 'mini', 'surrogate'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

const isTableName = (text: string): text is TableName => TABLE_NAMES.some((name) => name === text);

/** Where a named table is kept if it has no place elsewhere. */
export const namedTableFile = (name: TableName): string => path.join(cacheFolder(), 'tables', `${name}.arrow`);

/** Says where a named table is, if it is not at `namedTableFile`. */
const referenceFile = (name: TableName): string => path.join(cacheFolder(), 'tables', `${name}.json`);

/** Tables that come with this package, and the model of `surrogate`. */
const PACKAGED = fileURLToPath(new URL('../tables/', import.meta.url));

/** Makes a name stand for the table in this file, which stays where it is. */
export async function nameTable(name: TableName, file: string): Promise<void> {
  if (path.resolve(file) === namedTableFile(name)) await rm(referenceFile(name), { force: true });
  else await writeFileAtomically(referenceFile(name), JSON.stringify({ path: path.resolve(file) }), { force: true });
}

export interface NamedTableOptions extends ExpansionOptions {
  /** Folder of the tables that come with this package. */
  readonly packaged?: string;
}

/**
 * The file of a table given by name: what a user named, or what comes with this package. `surrogate` comes as a model, which
 * is made a table in the cache folder the first time. Anything else is a path or address already (`./official` is a file).
 * Throws UsageError, and NasbenchError if the surrogate cannot be made.
 */
export async function tablePath(
  nameOrPath: string,
  { packaged = PACKAGED, ...expansion }: NamedTableOptions = {},
): Promise<string> {
  if (!isTableName(nameOrPath)) return nameOrPath;
  const named = await readReference(nameOrPath);
  const file = named ?? namedTableFile(nameOrPath);
  if (await isThere(file)) return file;
  const shipped = path.join(packaged, `${nameOrPath}.arrow`);
  // A table that a user named and that is gone is not made up for by another one.
  if (named === undefined) {
    if (nameOrPath === 'surrogate') return surrogateTableFile(path.join(packaged, 'surrogate.json'), expansion);
    if (await isThere(shipped)) return shipped;
  }
  const advice = nameOrPath === 'official' ? '; import the official file first, with --as official' : '';
  throw new UsageError(`there is no table ${nameOrPath} at ${file}${advice}`);
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** `openTable` of a path, an address or one of TABLE_NAMES. */
export async function openNamedTable(nameOrPath: string, options: NamedTableOptions = {}): Promise<BenchmarkTable> {
  return openTable(await tablePath(nameOrPath, options));
}

async function readReference(name: TableName): Promise<string | undefined> {
  const file = referenceFile(name);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { path: target }: { path?: unknown } = JSON.parse(text);
    if (typeof target === 'string') return target;
  } catch {
    // Falls through to the message.
  }
  throw new NasbenchError(`${file}: expected {"path": TABLE}, found ${text.slice(0, 60)}`);
}
