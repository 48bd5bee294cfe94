import { NasbenchError } from '@nasbench/foundation/errors';
import { ARROW_START_BYTES, assertArrowStart } from './arrow/readFile.ts';
import { type ByteSource, memorySource } from './byteSource.ts';
import { grown } from './growingColumn.ts';

/**
 * The whole of an address in memory. What does not begin like an Arrow file, a web page for instance, is refused by its
 * first bytes, and no more of it is loaded. Throws TableFormatError for that, NasbenchError if the address cannot be read.
 */
export async function fetchSource(address: string): Promise<ByteSource> {
  try {
    const response = await fetch(address);
    if (response.ok) return memorySource(await readBody(response, address), address);
    await response.body?.cancel();
    throw new NasbenchError(`cannot read table ${address}: HTTP status ${response.status}`);
  } catch (cause) {
    if (cause instanceof NasbenchError) throw cause;
    throw new NasbenchError(`cannot read table ${address}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

async function readBody(response: Response, address: string): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  let bytes = new Uint8Array(0);
  let length = 0;
  let isArrow = false;
  try {
    for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
      bytes = grown(bytes, length + part.value.length);
      bytes.set(part.value, length);
      length += part.value.length;
      if (isArrow || length < ARROW_START_BYTES) continue;
      assertArrowStart(address, bytes.subarray(0, ARROW_START_BYTES));
      isArrow = true;
      // Of a compressed body this is too little: then the memory grows.
      bytes = grown(bytes, Number(response.headers.get('content-length') ?? 0));
    }
    return bytes.subarray(0, length);
  } finally {
    // Ends the connection if something was wrong; one that failed by itself has been told of.
    await reader.cancel().catch(() => {});
  }
}
