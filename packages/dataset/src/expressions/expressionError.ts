import { UsageError } from '@nasbench/foundation/errors';

/** The text is not an expression: the message says at which character, what was expected and what was found. */
export class ExpressionError extends UsageError {
  override readonly name: string = 'ExpressionError';
  /** Where, counted from 1. */
  readonly position: number;

  constructor(name: string, position: number, problem: string) {
    super(`${name}: ${problem}`);
    this.position = position;
  }
}

/** A character, from 1, of an expression that messages call by this name. */
export interface Place {
  readonly name: string;
  readonly at: number;
}

/** A table has no column of that name. */
export class UnknownColumnError extends UsageError {
  override readonly name: string = 'UnknownColumnError';
  readonly column: string;
  /** The names that the table has and that are spelled most alike, nearest first. */
  readonly nearest: readonly string[];

  /** `place` says where the name stands in which expression. */
  constructor(column: string, nearest: readonly string[], place?: Place) {
    const [before, after] = place === undefined ? ['', ''] : [`${place.name}: `, ` at character ${place.at}`];
    super(`${before}no column ${quote(column)}${after}; nearest are ${nearest.join(', ')}`);
    this.column = column;
    this.nearest = nearest;
  }
}

/** Something of a user's text in a message: on one line and short. Plain names need no quotes. */
export function quote(text: string): string {
  const short = text.length <= 40 ? text : `${text.slice(0, 37)}...`;
  return /^[\w.]+$/.test(short) ? short : JSON.stringify(short);
}
