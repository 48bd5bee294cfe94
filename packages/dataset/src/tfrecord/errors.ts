import { NasbenchError } from '@nasbench/foundation/errors';

/** A TFRecord file cannot be read, or holds a record that a table could not give back. */
export class TfrecordError extends NasbenchError {
  override readonly name: string = 'TfrecordError';
  /** Number of the record, the first is 0. */
  readonly record: number;
  /** Where in the file: the damaged field of a frame, else the first byte of the record's data. */
  readonly byteOffset: number;

  constructor(source: string, record: number, byteOffset: number, problem: string, options?: ErrorOptions) {
    super(`${source}: record ${record}, byte ${byteOffset}: ${problem}`, options);
    this.record = record;
    this.byteOffset = byteOffset;
  }
}

/** A text in a message: quoted, control characters escaped, cut. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
