import { openPath } from '#open-path';
import { blobSource } from './blobSource.ts';
import { type ByteSource, memorySource } from './byteSource.ts';
import { readTable } from './decodeTable.ts';
import { fetchSource } from './fetchSource.ts';
import type { BenchmarkTable } from './table.ts';

/** Where a table may come from. A text is a path in Node and a relative address in browsers; http(s) addresses work in both. */
export type TableLocation = string | URL | ArrayBuffer | Uint8Array | Blob;

/**
 * Opens a table. From a path only what is asked for is read, when it is asked for; everything else is held in memory whole.
 * The bytes given or the file must not change while the table is in use. Throws TableFormatError, or NasbenchError if
 * the place cannot be read.
 */
export async function openTable(location: TableLocation): Promise<BenchmarkTable> {
  return readTable(await sourceOf(location));
}

async function sourceOf(location: TableLocation): Promise<ByteSource> {
  if (location instanceof Uint8Array) return memorySource(location, 'table');
  if (location instanceof ArrayBuffer) return memorySource(new Uint8Array(location), 'table');
  if (location instanceof Blob) return blobSource(location);
  const address = String(location);
  if (location instanceof URL ? location.protocol !== 'file:' : /^(https?|blob):/.test(location)) {
    return fetchSource(address);
  }
  return openPath(location);
}
