/** CRC-32C (Castagnoli, reflected), sixteen bytes a step: table k holds the effect of a byte with k bytes after it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
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

/**
 * CRC-32C of the bytes start .. end - 1 of a view as TFRecords store it: rotated by 15 bits plus a constant, "masked".
 */
export function maskedCrc32c(view: DataView, start: number, end: number): number {
  let crc = -1;
  let i = start;
  for (; i + 16 <= end; i += 16) {
    const a = view.getInt32(i, true) ^ crc;
    const b = view.getInt32(i + 4, true);
    const c = view.getInt32(i + 8, true);
    const d = view.getInt32(i + 12, true);
    crc =
      TABLES[3840 | (a & 255)] ^
      TABLES[3584 | ((a >>> 8) & 255)] ^
      TABLES[3328 | ((a >>> 16) & 255)] ^
      TABLES[3072 | (a >>> 24)] ^
      TABLES[2816 | (b & 255)] ^
      TABLES[2560 | ((b >>> 8) & 255)] ^
      TABLES[2304 | ((b >>> 16) & 255)] ^
      TABLES[2048 | (b >>> 24)] ^
      TABLES[1792 | (c & 255)] ^
      TABLES[1536 | ((c >>> 8) & 255)] ^
      TABLES[1280 | ((c >>> 16) & 255)] ^
      TABLES[1024 | (c >>> 24)] ^
      TABLES[768 | (d & 255)] ^
      TABLES[512 | ((d >>> 8) & 255)] ^
      TABLES[256 | ((d >>> 16) & 255)] ^
      TABLES[d >>> 24];
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ view.getUint8(i)) & 255];
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
