import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { withPath } from '@nasbench/foundation/files';
import { type ImportOptions, type ImportResult, importTfrecord } from './importTfrecord.ts';

/** `importTfrecord` of a file, with its checksum. Throws NasbenchError if it cannot be read. */
export async function importTfrecordFile(
  path: string,
  options: Omit<ImportOptions, 'sha256'> = {},
): Promise<ImportResult> {
  const file = createReadStream(path, { highWaterMark: 2 ** 20 });
  try {
    return await importTfrecord(file, { name: path, ...options, sha256: createHash('sha256') });
  } catch (error) {
    throw withPath(error, `cannot read ${path}`);
  } finally {
    file.destroy();
  }
}
