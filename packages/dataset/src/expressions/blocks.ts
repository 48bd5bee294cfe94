import { operationFromShortName } from '@nasbench/graph';
import { cellValues } from '../columnValues.ts';
import { compareHashes, isModuleHash, writeHash } from '../hashBytes.ts';
import type { BenchmarkTable } from '../table.ts';
import type { MetricColumn } from '../tableSource.ts';
import { ExpressionError, type Place } from './expressionError.ts';
import { pickRepeat, REDUCE_ROWS } from './repeatReductions.ts';
import type { BinaryOperator, Reference, Syntax, UnaryOperator } from './syntax.ts';

/** Rows that are computed together: their values stay in the processor's first cache. */
export const BLOCK_ROWS = 1024;

/** Computes `count` rows (at most BLOCK_ROWS) from `start` on, conditions as 0 and 1; valid until the next call. */
export type BlockEvaluator = (start: number, count: number) => Float64Array;

/**
 * Binds an expression to the columns of a table: a closure for each of its parts, each a loop over a block.
 * Throws UnknownColumnError, ExpressionError for a repeat that the table does not have or brackets on a column without.
 */
export function bindSyntax(table: BenchmarkTable, syntax: Syntax, name: string): BlockEvaluator {
  // A part writes into the buffer of its slot; while its left side waits there, the right side uses the next slot.
  const buffers: Float64Array[] = [];
  const bufferOf = (slot: number): Float64Array => (buffers[slot] ??= new Float64Array(BLOCK_ROWS));

  const bind = (part: Syntax, slot: number): BlockEvaluator => {
    const out = bufferOf(slot);
    switch (part.kind) {
      case 'number':
        return () => out.fill(part.value);
      case 'text-test': {
        const test = textTest(table, part);
        return (start, count) => {
          for (let i = 0; i < count; i++) out[i] = test(start + i) === part.isEqual ? 1 : 0;
          return out;
        };
      }
      case 'unary': {
        const operand = bind(part.operand, slot);
        const apply = UNARY[part.operator];
        return (start, count) => {
          operand(start, count);
          apply(out, count);
          return out;
        };
      }
      case 'binary': {
        const left = bind(part.left, slot);
        const right = bind(part.right, slot + 1);
        const other = bufferOf(slot + 1);
        const apply = BINARY[part.operator];
        return (start, count) => {
          left(start, count);
          right(start, count);
          apply(out, other, count);
          return out;
        };
      }
      default:
        return bindReference(table, part, name, out);
    }
  };
  return bind(syntax, 0);
}

function bindReference(table: BenchmarkTable, part: Reference, name: string, out: Float64Array): BlockEvaluator {
  const place = { name, at: part.at };
  if (part.kind === 'column' && !table.hasColumn(part.name)) {
    const values = cellValues(table, part.name, place);
    return (start, count) => {
      out.set(values.subarray(start, start + count));
      return out;
    };
  }
  const column = runColumn(table, part, place);
  if (part.kind === 'repeat') {
    if (part.repeat >= column.repeats) {
      throw new ExpressionError(
        name,
        part.at,
        `${part.name}[${part.repeat}] at character ${part.at}: expected a repeat of 0 .. ${column.repeats - 1}`,
      );
    }
    return (start, count) => {
      pickRepeat(column, part.repeat, start, count, out);
      return out;
    };
  }
  const reduce = REDUCE_ROWS[part.kind === 'reduce' ? part.reduction : 'mean'];
  return (start, count) => {
    reduce(column, start, count, out);
    return out;
  };
}

function runColumn(table: BenchmarkTable, part: Reference, place: Place): MetricColumn {
  if (table.hasColumn(part.name)) return table.column(part.name);
  // Tells an unknown name from one without repeats.
  cellValues(table, part.name, place);
  throw new ExpressionError(
    place.name,
    part.at,
    `${part.name} at character ${part.at} has one value a row: it stands without repeats`,
  );
}

/** Whether the text of a row is the given one. */
function textTest(table: BenchmarkTable, { column, value }: Extract<Syntax, { kind: 'text-test' }>) {
  const { moduleHashes, operations, operationLists } = table.cells;
  if (column === 'module_hash') {
    const wanted = new Uint8Array(16);
    if (!isModuleHash(value)) return () => false;
    writeHash(wanted, 0, value);
    return (row: number) => compareHashes(moduleHashes, row, wanted, 0) === 0;
  }
  const { space } = table.metadata;
  const names = value.split(',').map((operation) => operationFromShortName(operation.trim(), space));
  const isWanted = operationLists.map((list) => list.join(',') === names.join(','));
  return (row: number) => isWanted[operations[row]];
}

const UNARY: Readonly<Record<UnaryOperator, (a: Float64Array, count: number) => void>> = {
  negate: (a, count) => {
    for (let i = 0; i < count; i++) a[i] = -a[i];
  },
  abs: (a, count) => {
    for (let i = 0; i < count; i++) a[i] = Math.abs(a[i]);
  },
  sqrt: (a, count) => {
    for (let i = 0; i < count; i++) a[i] = Math.sqrt(a[i]);
  },
  not: (a, count) => {
    for (let i = 0; i < count; i++) a[i] = 1 - a[i];
  },
};

/**
 * a := a operator b, a loop for each operator: one loop over a function of two numbers would call it for every row.
 * Comparisons with NaN, which stands for an absent value, are false; so is that of inequality.
 */
const BINARY: Readonly<Record<BinaryOperator, (a: Float64Array, b: Float64Array, count: number) => void>> = {
  '+': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] += b[i];
  },
  '-': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] -= b[i];
  },
  '*': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] *= b[i];
  },
  '/': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] /= b[i];
  },
  min: (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = Math.min(a[i], b[i]);
  },
  max: (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = Math.max(a[i], b[i]);
  },
  '<': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = a[i] < b[i] ? 1 : 0;
  },
  '<=': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = a[i] <= b[i] ? 1 : 0;
  },
  '>': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = a[i] > b[i] ? 1 : 0;
  },
  '>=': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = a[i] >= b[i] ? 1 : 0;
  },
  '=': (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = a[i] === b[i] ? 1 : 0;
  },
  '!=': (a, b, count) => {
    // Of doubles, unequal ones never have the difference 0.
    for (let i = 0; i < count; i++) a[i] = Math.abs(a[i] - b[i]) > 0 ? 1 : 0;
  },
  and: (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] *= b[i];
  },
  or: (a, b, count) => {
    for (let i = 0; i < count; i++) a[i] = Math.max(a[i], b[i]);
  },
};
