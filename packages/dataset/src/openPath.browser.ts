import type { ByteSource } from './byteSource.ts';
import { fetchSource } from './fetchSource.ts';

/** In a browser a path is an address relative to the page. */
export async function openPath(path: string | URL): Promise<ByteSource> {
  return fetchSource(String(path));
}
