import { NasbenchError } from '@nasbench/foundation/errors';
import { type ByteSource, memorySource } from './byteSource.ts';

/** The whole of an address in memory. */
export async function fetchSource(address: string): Promise<ByteSource> {
  let response: Response;
  try {
    response = await fetch(address);
    if (response.ok) return memorySource(new Uint8Array(await response.arrayBuffer()), address);
  } catch (cause) {
    throw new NasbenchError(`cannot read table ${address}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  throw new NasbenchError(`cannot read table ${address}: HTTP status ${response.status}`);
}
