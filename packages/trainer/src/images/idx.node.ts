import { readFile } from 'node:fs/promises';
import { NasbenchError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';

/** A file that should hold images and does not: missing, short, or of another kind. */
export class ImageFileError extends NasbenchError {}

/** A file's bytes; a system error names the file. */
export async function readImageFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const named = withPath(error, `cannot read ${file}`);
    throw named instanceof NasbenchError ? new ImageFileError(named.message, { cause: error }) : named;
  }
}

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST: two zero bytes, type 0x08, number of dimensions, one
 * big-endian uint32 per dimension, then the values, last dimension fastest.
 *
 * @param shape expected dimensions
 * @throws ImageFileError when the file is empty, of another kind or shape, or has too few or too many bytes
 */
export async function readIdx(file: string, shape: readonly number[]): Promise<Uint8Array> {
  const bytes = await readImageFile(file);
  if (bytes.length === 0) throw new ImageFileError(`${file} is empty, expected an IDX file`);
  const header = 4 + 4 * shape.length;
  if (bytes.length < header)
    throw new ImageFileError(`${file} ends after ${bytes.length} bytes, expected an IDX header of ${header}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expectedMagic = 0x0800 + shape.length;
  if (magic !== expectedMagic)
    throw new ImageFileError(
      `${file} starts with ${hex(magic)}, expected ${hex(expectedMagic)} (IDX, unsigned bytes, ${shape.length} dimensions)`,
    );
  const found = shape.map((_, i) => view.getUint32(4 + 4 * i));
  if (found.some((length, i) => length !== shape[i]))
    throw new ImageFileError(`${file} holds ${found.join(' x ')} values, expected ${shape.join(' x ')}`);
  const expected = header + shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== expected)
    throw new ImageFileError(`${file} has ${bytes.length} bytes, expected ${expected} for ${shape.join(' x ')} values`);
  return bytes.subarray(header);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
