import type { TableMetadata } from '../metadata.ts';

/** What a table cannot show in columns, but a TFRecord file must get back; kept in the metadata if a file has any of it. */
export interface TfrecordForm {
  /** base64 without line breaks; the official form has them. */
  readonly base64?: 'plain';
  /** By `checkpointKey`, ascending. */
  readonly checkpointPaths?: Readonly<Record<string, string>>;
}

/** `point`: 0 start, 1 half, 2 end. */
export function checkpointKey(hash: string, epochs: number, repeat: number, point: number): string {
  return `${hash} ${epochs} ${repeat} ${point}`;
}

export function formOf({ tfrecord }: TableMetadata): TfrecordForm {
  return tfrecord ?? {};
}
