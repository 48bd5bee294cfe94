import { UsageError } from '@nasbench/foundation/errors';
import { BLOCK_ROWS } from './expressions/blocks.ts';
import { compileTyped } from './expressions/expression.ts';
import type { BenchmarkTable } from './table.ts';
import { TopRows } from './topRows.ts';

export interface Selection {
  /** A condition; see `compileExpression`. Without one, every row. */
  readonly where?: string | undefined;
  /** A number to order by: a column or an expression. Without one, the order of the table. */
  readonly sortBy?: string | undefined;
  /** Largest first; smallest first by default. */
  readonly descending?: boolean | undefined;
  /** So many rows at most; all by default. */
  readonly top?: number | undefined;
}

/**
 * Numbers of the rows that meet a condition, in order. Rows with equal keys keep the order of the table; those whose key is
 * NaN (no run is present) come last in both directions. One pass over the columns named; a few milliseconds for 423 624
 * rows and a small `top`.
 *
 * @throws ExpressionError, UnknownColumnError, UsageError if `top` is not a whole number from 0
 */
export function selectRows(table: BenchmarkTable, selection: Selection = {}): Uint32Array {
  const { where, sortBy, descending = false, top = table.rowCount } = selection;
  if (!Number.isInteger(top) || top < 0) throw new UsageError(`top must be a whole number from 0, found ${top}`);
  const isWanted = where === undefined ? undefined : compileTyped(where, 'where', 'condition').bind(table);
  const keyOf = sortBy === undefined ? undefined : compileTyped(sortBy, 'sort', 'number').bind(table);
  const sign = descending ? -1 : 1;
  const rows = new TopRows(Math.min(top, table.rowCount));
  for (let start = 0; start < table.rowCount; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, table.rowCount - start);
    const wanted = isWanted?.(start, count);
    const keys = keyOf?.(start, count);
    for (let i = 0; i < count; i++) {
      if (wanted === undefined || wanted[i] === 1) rows.put(keys === undefined ? 0 : sign * keys[i], start + i);
    }
  }
  return rows.take();
}
