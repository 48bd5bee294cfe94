import { NasbenchError, UsageError } from '@nasbench/foundation/errors';

/** What was wrong with a cell, for callers that treat the causes differently. */
export type InvalidCellReason =
  | 'not-square'
  | 'not-binary'
  | 'not-upper-triangular'
  | 'label-count'
  | 'too-few-vertices'
  | 'disconnected'
  | 'too-many-vertices'
  | 'too-many-edges'
  | 'unknown-operation'
  | 'input-output-labels'
  | 'malformed-text'
  | 'malformed-encoding';

/** A matrix, text, packed form or encoding that is no cell, or a cell outside the search space in question. */
export class InvalidCellError extends NasbenchError {
  override readonly name: string = 'InvalidCellError';
  readonly reason: InvalidCellReason;

  constructor(reason: InvalidCellReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The limits of a search space make no sense, or its size is beyond what can be held. */
export class InvalidSpaceError extends UsageError {
  override readonly name: string = 'InvalidSpaceError';
}

/** The value as it appears in a message: on one line, and short however large it is. */
export function quote(value: unknown): string {
  const text = describe(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}
