import { crc32, deflateSync } from 'node:zlib';

/** A PNG writer of our own, so that the reader is checked against the format and not against itself. */

export interface PngOptions {
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha */
  readonly colour?: number;
  /** bits of a sample */
  readonly depth?: number;
  /** RGB triples */
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
  readonly interlaced?: boolean;
  /** what the header says instead of the real size */
  readonly claimed?: readonly [width: number, height: number];
}

const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** @param values rows of samples; filter type y mod 5 is used for row y, so that all five occur */
export function png(width: number, height: number, values: ArrayLike<number>, options: PngOptions = {}): Buffer {
  const { colour = 0, depth = 8, palette, transparency, interlaced = false, claimed = [width, height] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed[0], 0);
  header.writeUInt32BE(claimed[1], 4);
  header.set([depth, colour, 0, 0, Number(interlaced)], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    ...(transparency ? [chunk('tRNS', Buffer.from(transparency))] : []),
    chunk('IDAT', deflateSync(filtered(packed(width, height, values, SAMPLES[colour], depth), SAMPLES[colour], depth))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Rows of bytes: samples of less than 8 bits fill them from the highest bit. */
function packed(
  width: number,
  height: number,
  values: ArrayLike<number>,
  samples: number,
  depth: number,
): Uint8Array[] {
  const bytes = Math.ceil((width * samples * depth) / 8);
  return Array.from({ length: height }, (_, y) => {
    const row = new Uint8Array(bytes);
    for (let i = 0; i < width * samples; i++) {
      const value = values[y * width * samples + i];
      const bit = i * depth;
      if (depth === 16) row.set([value >> 8, value & 255], 2 * i);
      else row[bit >> 3] |= value << (8 - depth - (bit & 7));
    }
    return row;
  });
}

function filtered(rows: readonly Uint8Array[], samples: number, depth: number): Buffer {
  const back = Math.max(1, (samples * depth) >> 3);
  return Buffer.concat(
    rows.map((row, y) => {
      const type = y % 5;
      const above = rows[y - 1] ?? new Uint8Array(row.length);
      const line = Buffer.alloc(row.length + 1);
      line[0] = type;
      for (let i = 0; i < row.length; i++) {
        const [a, b, c] = [i < back ? 0 : row[i - back], above[i], i < back ? 0 : above[i - back]];
        line[i + 1] = (row[i] - [0, a, b, (a + b) >> 1, paeth(a, b, c)][type]) & 255;
      }
      return line;
    }),
  );
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}
