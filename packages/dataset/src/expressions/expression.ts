import { UsageError } from '@nasbench/foundation/errors';
import type { BenchmarkTable } from '../table.ts';
import { BLOCK_ROWS, type BlockEvaluator, bindSyntax } from './blocks.ts';
import { ExpressionError } from './expressionError.ts';
import { type ExpressionType, parseExpression } from './parse.ts';
import { referencesOf, referenceText, type Syntax } from './syntax.ts';

/** An expression that was understood; which columns there are is asked of the table that it is evaluated on. */
export class Expression {
  readonly text: string;
  readonly type: ExpressionType;
  /** What it reads, each once, in order of appearance: `depth`, `test_accuracy_108[0]`, `std(test_accuracy_108)`. */
  readonly references: readonly string[];
  readonly #syntax: Syntax;
  readonly #name: string;

  /** Internal: use `compileExpression`. */
  constructor(text: string, name: string) {
    const { syntax, type } = parseExpression(text, name);
    this.text = text;
    this.type = type;
    this.references = [...new Set(referencesOf(syntax).map(referenceText))];
    this.#syntax = syntax;
    this.#name = name;
  }

  /** Internal: rows block by block. */
  bind(table: BenchmarkTable): BlockEvaluator {
    return bindSyntax(table, this.#syntax, this.#name);
  }

  /** The value of every row; conditions are 0 and 1. Throws UnknownColumnError, ExpressionError. */
  evaluate(table: BenchmarkTable): Float64Array {
    const block = this.bind(table);
    const values = new Float64Array(table.rowCount);
    for (let start = 0; start < values.length; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, values.length - start);
      values.set(block(start, count).subarray(0, count), start);
    }
    return values;
  }
}

/**
 * Reads an expression such as `depth < 4 and mean(test_accuracy_108) > 0.93`.
 *
 * Values are numbers, names of columns (see `columnValues`: a per-run column stands for its mean over the runs that are
 * present), `x[0]` (one repeat), `mean(x)`, `std(x)` (of a sample), `min(x)`, `max(x)`, `count(x)` (over the runs of x that
 * are present), `abs(a)`, `sqrt(a)`, `min(a, b, ...)`, `max(a, b, ...)`, `+ - * /` and parentheses. Conditions are
 * comparisons `< <= > >= = !=`, also in chains (`0.9 < x <= 0.95`), `module_hash = '...'`, `operations = 'conv3x3,conv1x1'`,
 * joined by `and`, `or`, `not`. An absent value is NaN, and any comparison with it is false.
 *
 * @param text at most 2000 characters; it is interpreted, never run as code
 * @param name begins the messages of errors
 * @throws ExpressionError that says at which character what was expected
 */
export function compileExpression(text: string, name = 'expression'): Expression {
  if (typeof text !== 'string') throw new UsageError(`${name}: expected a text, found ${typeof text}`);
  return new Expression(text, name);
}

/** `compileExpression(text).evaluate(table)`: one number for every row, conditions as 0 and 1. */
export function evaluateExpression(table: BenchmarkTable, text: string): Float64Array {
  return compileExpression(text).evaluate(table);
}

/** The expression if it has the wanted type. Throws ExpressionError. */
export function compileTyped(text: string, name: string, wanted: ExpressionType): Expression {
  const expression = compileExpression(text, name);
  if (expression.type !== wanted) {
    const example = wanted === 'condition' ? 'vertices > 5' : 'test_accuracy_108';
    throw new ExpressionError(name, 1, `expected a ${wanted} such as ${example}, found a ${expression.type}`);
  }
  return expression;
}
