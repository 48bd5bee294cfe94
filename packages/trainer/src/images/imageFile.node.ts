import { readFile } from 'node:fs/promises';
import { NasbenchError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';

/** A file or folder that should hold images and does not: missing, short, or of another kind. */
export class ImageFileError extends NasbenchError {
  override readonly name: string = 'ImageFileError';
}

/** A file's bytes; a system error names the file. */
export async function readImageFile(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw asImageFileError(error, file);
  });
}

/** What the system refused, as an ImageFileError that names the file or folder; other errors pass through. */
export function asImageFileError(error: unknown, file: string): unknown {
  if (error instanceof RangeError && 'code' in error)
    return new ImageFileError(`cannot read ${file}: ${error.message}`);
  const named = withPath(error, `cannot read ${file}`);
  return named instanceof NasbenchError ? new ImageFileError(named.message, { cause: error }) : named;
}
