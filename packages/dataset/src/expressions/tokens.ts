import { ExpressionError, quote } from './expressionError.ts';

/** The pieces of an expression; `at` counts characters from 1. */
export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'symbol' | 'end';
  /** As written, of a text without its quotes; other spellings of an operator (`&&`, `AND`, `==`) as the one used here. */
  readonly text: string;
  readonly at: number;
}

/** No question about a table needs more: longer texts are mistakes or attacks. */
const MAX_LENGTH = 2000;

const SPACE = /\s+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_]\w*/y;
const TEXT = /'([^']*)'|"([^"]*)"/y;
const SYMBOL = /<=|>=|==|!=|&&|\|\||[-+*/<>=!()[\],]/y;

const SPELLINGS: Readonly<Record<string, string>> = { '==': '=', '&&': 'and', '||': 'or', '!': 'not' };
const WORDS = new Set(['and', 'or', 'not']);

/** Cuts a text into tokens, the last of which is the end. `name` begins the messages of errors. Throws ExpressionError. */
export function tokenize(text: string, name: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw new ExpressionError(
      name,
      MAX_LENGTH + 1,
      `expected an expression of at most ${MAX_LENGTH} characters, found ${text.length}`,
    );
  }
  const tokens: Token[] = [];
  let position = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    return pattern.exec(text);
  };
  for (;;) {
    position += match(SPACE)?.[0].length ?? 0;
    const at = position + 1;
    if (position === text.length) return [...tokens, { kind: 'end', text: '', at }];
    const number = match(NUMBER);
    const word = match(NAME);
    const quoted = match(TEXT);
    const symbol = match(SYMBOL);
    const found = number ?? word ?? quoted ?? symbol;
    if (found === null) {
      const problem = /['"]/.test(text[position]) ? 'expected a closing quote for' : 'unexpected';
      throw new ExpressionError(name, at, `${problem} ${JSON.stringify(text[position])} at character ${at}`);
    }
    position += found[0].length;
    if (number !== null) tokens.push({ kind: 'number', text: checkNumber(number[0], text, position, at, name), at });
    else if (quoted !== null) tokens.push({ kind: 'text', text: quoted[1] ?? quoted[2], at });
    else if (word !== null && !WORDS.has(word[0].toLowerCase())) tokens.push({ kind: 'name', text: word[0], at });
    else {
      const written = found[0].toLowerCase();
      tokens.push({ kind: 'symbol', text: SPELLINGS[written] ?? written, at });
    }
  }
}

function checkNumber(number: string, text: string, end: number, at: number, name: string): string {
  // `5x` is a slip, not 5 and x.
  if (/[\w.]/.test(text.charAt(end))) {
    throw new ExpressionError(
      name,
      at,
      `expected a number at character ${at}, found ${quote(text.slice(at - 1, end + 1))}`,
    );
  }
  if (!Number.isFinite(Number(number))) {
    throw new ExpressionError(name, at, `the number ${quote(number)} at character ${at} is too large`);
  }
  return number;
}
