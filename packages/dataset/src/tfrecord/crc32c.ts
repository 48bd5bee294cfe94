/** CRC-32C (Castagnoli, reflected), eight bytes a step: table k holds the effect of a byte with k bytes after it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const crc = tables[i - 256];
    tables[i] = (crc >>> 8) ^ tables[crc & 255];
  }
  return tables;
}

/** CRC-32C of the bytes start .. end - 1 as TFRecords store it: rotated by 15 bits plus a constant, "masked". */
export function maskedCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    crc =
      TABLES[1792 | ((crc ^ bytes[i]) & 255)] ^
      TABLES[1536 | (((crc >>> 8) ^ bytes[i + 1]) & 255)] ^
      TABLES[1280 | (((crc >>> 16) ^ bytes[i + 2]) & 255)] ^
      TABLES[1024 | ((crc >>> 24) ^ bytes[i + 3])] ^
      TABLES[768 | bytes[i + 4]] ^
      TABLES[512 | bytes[i + 5]] ^
      TABLES[256 | bytes[i + 6]] ^
      TABLES[bytes[i + 7]];
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]) & 255];
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
