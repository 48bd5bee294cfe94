import { NasbenchError } from '@nasbench/foundation/errors';
import { ARROW_START_BYTES, assertArrowEnds } from './arrow/readFile.ts';
import { type ByteSource, memorySource } from './byteSource.ts';

/**
 * The whole of a blob in memory. Its ends are read first: a file that somebody chose may be of any size, and what is no
 * table is told by them.
 */
export async function blobSource(blob: Blob): Promise<ByteSource> {
  const name = blob instanceof File ? blob.name : 'table';
  const bytesOf = async (part: Blob): Promise<Uint8Array> => new Uint8Array(await part.arrayBuffer());
  try {
    assertArrowEnds(name, blob.size, await bytesOf(blob.slice(0, ARROW_START_BYTES)), await bytesOf(blob.slice(-10)));
    return memorySource(await bytesOf(blob), name);
  } catch (cause) {
    if (cause instanceof NasbenchError || !(cause instanceof Error)) throw cause;
    throw new NasbenchError(`cannot read table ${name}: ${cause.message}`, { cause });
  }
}
