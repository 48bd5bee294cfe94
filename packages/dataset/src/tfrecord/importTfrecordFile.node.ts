import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { withPath } from '@nasbench/foundation/files';
import { HashThread } from './hashThread.node.ts';
import { type ImportOptions, type ImportResult, importTfrecord } from './importTfrecord.ts';

const PIECE_BYTES = 2 ** 20;

/** `importTfrecord` of a file, with its checksum; large files are hashed by a thread beside. Throws NasbenchError if it cannot be read. */
export async function importTfrecordFile(
  path: string,
  options: Omit<ImportOptions, 'sha256' | 'hashChecker'> = {},
): Promise<ImportResult> {
  const thread = new HashThread();
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await importTfrecord(piecesOf(file), {
      name: path,
      ...options,
      sha256: createHash('sha256'),
      hashChecker: thread,
    });
  } catch (error) {
    throw withPath(error, `cannot read ${path}`);
  } finally {
    await Promise.all([file?.close(), thread.close()]);
  }
}

/** The file in pieces that share one buffer: a stream would ask for new memory, 2 GB of it in the end. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
