import { PNG } from 'pngjs';
import { ImageFileError } from './imageFile.node.ts';
import { MOST_PIXELS } from './ownImages.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** signature, length and type of the first chunk, its 13 bytes, its checksum */
const HEADER = 8 + 8 + 13 + 4;
/** Channels without alpha by the colour type in a file: grey, RGB, palette, grey with alpha, RGB with alpha. */
const CHANNELS: Readonly<Record<number, 1 | 3>> = { 0: 1, 2: 3, 3: 3, 4: 1, 6: 3 };

/** A square image: height and width in pixels, 1 channel (grey) or 3 (RGB). */
export interface PngShape {
  readonly size: number;
  readonly channels: 1 | 3;
}

/**
 * What a PNG file's header says; nothing is decoded, so a file that claims to be huge costs nothing.
 *
 * @param file to name in errors
 * @throws ImageFileError unless it is a square PNG of at most 1024 x 1024 pixels, not interlaced, of at most 8 bits a channel
 */
export function pngShape(bytes: Uint8Array, file: string): PngShape {
  if (bytes.length === 0) throw new ImageFileError(`${file} is empty, expected a PNG image`);
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte))
    throw new ImageFileError(`${file} does not start as PNG files do, expected a PNG image`);
  if (bytes.length < HEADER)
    throw new ImageFileError(`${file} ends after ${bytes.length} bytes, within the header of a PNG image`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlaced] = [bytes[24], bytes[25], bytes[28]];
  if (width !== height || width < 1 || width > MOST_PIXELS)
    throw new ImageFileError(
      `${file} is ${width} x ${height} pixels, expected a square of at most ${MOST_PIXELS} x ${MOST_PIXELS}`,
    );
  if (depth > 8) throw new ImageFileError(`${file} has ${depth} bits a channel, expected 8`);
  if (interlaced !== 0) throw new ImageFileError(`${file} is interlaced, expected a PNG image that is not`);
  if (!Object.hasOwn(CHANNELS, colour))
    throw new ImageFileError(`${file} has colour type ${colour}, expected one of ${Object.keys(CHANNELS).join(', ')}`);
  return { size: width, channels: CHANNELS[colour] };
}

/**
 * Decodes into `pixels`, which holds size x size x channels values. Palettes become RGB, grey of 1, 2 or 4 bits is spread
 * over 0 .. 255, colour profiles and gamma are left aside.
 *
 * @param shape what {@link pngShape} gave for these bytes
 * @throws ImageFileError if the file is damaged or a pixel is not opaque
 */
export function decodePng(bytes: Uint8Array, file: string, { size, channels }: PngShape, pixels: Uint8Array): void {
  let rgba: Uint8Array;
  try {
    rgba = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).data;
  } catch (error) {
    throw new ImageFileError(`${file} is a damaged PNG image: ${oneLine(error)}`, { cause: error });
  }
  if (rgba.length !== 4 * size * size) throw new ImageFileError(`${file} is a damaged PNG image: it has two headers`);
  for (let pixel = 0; pixel < size * size; pixel++) {
    if (rgba[4 * pixel + 3] !== 255)
      throw new ImageFileError(
        `${file} is transparent at row ${Math.floor(pixel / size)}, column ${pixel % size}, expected an opaque image`,
      );
    for (let c = 0; c < channels; c++) pixels[channels * pixel + c] = rgba[4 * pixel + c];
  }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
