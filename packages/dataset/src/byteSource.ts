/** Bytes that are read where they are needed, synchronously, so that a query never has to wait. */
export interface ByteSource {
  /** Names the file or origin in messages. */
  readonly name: string;
  readonly byteLength: number;
  /** `length` bytes from `offset`; the caller stays within byteLength. A view of memory where possible: do not write. */
  read(offset: number, length: number): Uint8Array;
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
