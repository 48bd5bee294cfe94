/** Bytes that are read where they are needed, synchronously, so that a query never has to wait. */
export interface ByteSource {
  /** Names the file or origin in messages. */
  readonly name: string;
  readonly byteLength: number;
  /** A part of the source, which must lie within it. */
  region(offset: number, length: number): ByteRegion;
}

/** A part of a source that is read piece by piece, into its final place. Do not write into it. */
export interface ByteRegion {
  /** All bytes of the region; those not yet ensured are zeros. */
  readonly bytes: Uint8Array;
  /** Makes the bytes start .. end - 1 of the region present. */
  ensure(start: number, end: number): void;
}

/** A source over bytes in memory, of which every region is a view. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    region: (offset, length) => ({ bytes: bytes.subarray(offset, offset + length), ensure: () => {} }),
  };
}

/** A whole part at once. */
export function readBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  const region = source.region(offset, length);
  region.ensure(0, length);
  return region.bytes;
}
