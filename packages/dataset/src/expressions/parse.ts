import { ExpressionError, quote } from './expressionError.ts';
import {
  type BinaryOperator,
  type Comparison,
  REDUCTIONS,
  type Syntax,
  TEXT_COLUMNS,
  type UnaryOperator,
} from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

export type ExpressionType = 'number' | 'condition';

export interface Parsed {
  readonly syntax: Syntax;
  readonly type: ExpressionType;
}

/** A text value stands only beside `=` and `!=`. */
type Text = { readonly kind: 'text'; readonly at: number; readonly value: string };
type TextName = { readonly kind: 'text-column'; readonly at: number; readonly name: (typeof TEXT_COLUMNS)[number] };
type Part = Syntax | Text | TextName;

/** Parentheses, signs and functions within one another. */
const MAX_NESTING = 50;

const COMPARISONS = new Set(['<', '<=', '>', '>=', '=', '!=']);
const FUNCTIONS = new Set<string>([...REDUCTIONS, 'abs', 'sqrt']);

/**
 * Parses an expression; what binds least comes first: `or`, `and`, `not`, comparisons, `+ -`, `* /`, signs.
 * `name` begins the messages of errors. Throws ExpressionError.
 */
export function parseExpression(text: string, name: string): Parsed {
  return new Parser(tokenize(text, name), name).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #name: string;
  #next = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[], name: string) {
    this.#tokens = tokens;
    this.#name = name;
  }

  parse(): Parsed {
    const part = this.#or();
    if (this.#token.kind !== 'end') throw this.#expected('an operator or the end', this.#token);
    const type = typeOf(part);
    if (isText(part) || type === 'text') {
      throw this.#error(part.at, `expected a number or a condition at character ${part.at}, found a text`);
    }
    return { syntax: part, type };
  }

  get #token(): Token {
    return this.#tokens[this.#next];
  }

  /** Takes the next token if it is one of these symbols. */
  #take(...symbols: readonly string[]): Token | undefined {
    const token = this.#token;
    if (token.kind !== 'symbol' || !symbols.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  #or(): Part {
    return this.#chain(['or'], () => this.#and(), 'condition');
  }

  #and(): Part {
    return this.#chain(['and'], () => this.#not(), 'condition');
  }

  #not(): Part {
    const token = this.#take('not');
    return token === undefined ? this.#comparison() : this.#unary('not', token, () => this.#not());
  }

  /** `a < b <= c` is `a < b and b <= c`. */
  #comparison(): Part {
    let left = this.#sum();
    let chain: Syntax | undefined;
    for (;;) {
      const token = this.#token;
      if (token.kind !== 'symbol' || !COMPARISONS.has(token.text)) return chain ?? left;
      this.#next++;
      const right = this.#sum();
      const link = this.#compare(token, left, right);
      chain = chain === undefined ? link : { kind: 'binary', at: chain.at, operator: 'and', left: chain, right: link };
      left = right;
    }
  }

  #sum(): Part {
    return this.#chain(['+', '-'], () => this.#product(), 'number');
  }

  #product(): Part {
    return this.#chain(['*', '/'], () => this.#sign(), 'number');
  }

  #sign(): Part {
    const token = this.#take('-');
    return token === undefined ? this.#primary() : this.#unary('negate', token, () => this.#sign());
  }

  #primary(): Part {
    const token = this.#token;
    this.#next++;
    switch (token.kind) {
      case 'number':
        return { kind: 'number', at: token.at, value: Number(token.text) };
      case 'text':
        return { kind: 'text', at: token.at, value: token.text };
      case 'name':
        return this.#named(token);
      default:
        if (token.text !== '(') throw this.#expected('a value', token);
        return this.#nested(token, () => {
          const inner = this.#or();
          this.#close(')', token);
          return inner;
        });
    }
  }

  #named(token: Token): Part {
    const { text: name, at } = token;
    if (this.#take('(') !== undefined) return this.#nested(token, () => this.#call(token));
    const textColumn = TEXT_COLUMNS.find((column) => column === name);
    if (textColumn !== undefined) return { kind: 'text-column', at, name: textColumn };
    const bracket = this.#take('[');
    if (bracket === undefined) return { kind: 'column', at, name };
    const index = this.#token;
    if (index.kind !== 'number' || !/^\d+$/.test(index.text)) throw this.#expected('a repeat, from 0', index);
    this.#next++;
    this.#close(']', bracket);
    return { kind: 'repeat', at, name, repeat: Number(index.text) };
  }

  #call(token: Token): Syntax {
    const { text: name, at } = token;
    if (!FUNCTIONS.has(name)) {
      throw this.#error(at, `no function ${quote(name)} at character ${at}; there are ${[...FUNCTIONS].join(', ')}`);
    }
    const values = [this.#or()];
    while (this.#take(',') !== undefined) values.push(this.#or());
    this.#close(')', token);
    const [first] = values;
    if (name === 'abs' || name === 'sqrt') {
      if (values.length !== 1)
        throw this.#error(at, `${name} at character ${at} takes one number, found ${values.length}`);
      return { kind: 'unary', at, operator: name, operand: this.#checked(first, 'number') };
    }
    if ((name === 'min' || name === 'max') && values.length > 1) {
      return values
        .map((value) => this.#checked(value, 'number'))
        .reduce((left, right) => ({ kind: 'binary', at, operator: name, left, right }));
    }
    if (values.length !== 1 || first.kind !== 'column') {
      throw this.#error(at, `${name} at character ${at} is over the repeats of one column: expected its name`);
    }
    return { kind: 'reduce', at, name: first.name, reduction: name as (typeof REDUCTIONS)[number] };
  }

  #chain(operators: readonly string[], operand: () => Part, type: ExpressionType): Part {
    let left = operand();
    for (;;) {
      const token = this.#take(...operators);
      if (token === undefined) return left;
      const operator = token.text as BinaryOperator;
      const checked = this.#checked(left, type);
      left = { kind: 'binary', at: checked.at, operator, left: checked, right: this.#checked(operand(), type) };
    }
  }

  #unary(operator: UnaryOperator, token: Token, operand: () => Part): Syntax {
    return this.#nested(token, () => {
      const checked = this.#checked(operand(), operator === 'not' ? 'condition' : 'number');
      return { kind: 'unary', at: token.at, operator, operand: checked };
    });
  }

  #compare(token: Token, left: Part, right: Part): Syntax {
    if (!isText(left) && !isText(right)) {
      const [a, b] = [this.#checked(left, 'number'), this.#checked(right, 'number')];
      return { kind: 'binary', at: a.at, operator: token.text as Comparison, left: a, right: b };
    }
    const [column, value] = left.kind === 'text-column' ? [left, right] : [right, left];
    if (column.kind !== 'text-column' || value.kind !== 'text' || !['=', '!='].includes(token.text)) {
      throw this.#error(
        token.at,
        `at character ${token.at}: a text is compared by = or != with ${TEXT_COLUMNS.join(' or ')}, as in operations = 'conv3x3'`,
      );
    }
    return { kind: 'text-test', at: left.at, column: column.name, value: value.value, isEqual: token.text === '=' };
  }

  #checked(part: Part, type: ExpressionType): Syntax {
    const found = typeOf(part);
    if (isText(part) || found !== type) {
      throw this.#error(part.at, `expected a ${type} at character ${part.at}, found a ${found}`);
    }
    return part;
  }

  #nested<T>(token: Token, parse: () => T): T {
    if (++this.#nesting > MAX_NESTING) {
      throw this.#error(token.at, `nested more than ${MAX_NESTING} deep at character ${token.at}`);
    }
    const result = parse();
    this.#nesting--;
    return result;
  }

  #close(symbol: string, opened: Token): void {
    if (this.#take(symbol) === undefined) {
      throw this.#expected(`${symbol} for ${opened.text} of character ${opened.at}`, this.#token);
    }
  }

  #expected(what: string, { kind, text, at }: Token): ExpressionError {
    const found = kind === 'end' ? 'the end' : quote(text);
    return this.#error(at, `expected ${what} at character ${at}, found ${found}`);
  }

  #error(at: number, problem: string): ExpressionError {
    return new ExpressionError(this.#name, at, problem);
  }
}

const isText = (part: Part): part is Text | TextName => part.kind === 'text' || part.kind === 'text-column';

function typeOf(part: Part): ExpressionType | 'text' {
  if (isText(part)) return 'text';
  if (part.kind === 'text-test') return 'condition';
  if (part.kind !== 'unary' && part.kind !== 'binary') return 'number';
  const { operator } = part;
  return operator === 'not' || operator === 'and' || operator === 'or' || COMPARISONS.has(operator)
    ? 'condition'
    : 'number';
}
