import { ImageFileError, readImageFile } from './imageFile.node.ts';

/** Unsigned bytes of any number of dimensions, last dimension fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST: two zero bytes, type 0x08, number of dimensions, one
 * big-endian uint32 per dimension, then the values.
 *
 * @throws ImageFileError when the file is empty, of another kind or number of dimensions, or has too few or too many bytes
 */
export async function readIdxArray(file: string, dimensions: number): Promise<IdxArray> {
  const bytes = await readImageFile(file);
  if (bytes.length === 0) throw new ImageFileError(`${file} is empty, expected an IDX file`);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header)
    throw new ImageFileError(`${file} ends after ${bytes.length} bytes, expected an IDX header of ${header}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expectedMagic = 0x0800 + dimensions;
  if (magic !== expectedMagic)
    throw new ImageFileError(
      `${file} starts with ${hex(magic)}, expected ${hex(expectedMagic)} (IDX, unsigned bytes, ${dimensions} dimensions)`,
    );
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = header + shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== expected)
    throw new ImageFileError(`${file} has ${bytes.length} bytes, expected ${expected} for ${shape.join(' x ')} values`);
  return { shape, values: bytes.subarray(header) };
}

/**
 * The values of an IDX file whose dimensions are known.
 *
 * @throws ImageFileError as {@link readIdxArray}, or when the file holds another shape
 */
export async function readIdx(file: string, wanted: readonly number[]): Promise<Uint8Array> {
  const { shape, values } = await readIdxArray(file, wanted.length);
  if (shape.some((length, i) => length !== wanted[i]))
    throw new ImageFileError(`${file} holds ${shape.join(' x ')} values, expected ${wanted.join(' x ')}`);
  return values;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
