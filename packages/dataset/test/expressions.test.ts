import { UsageError } from '@nasbench/foundation/errors';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnNames,
  columnValues,
  compileExpression,
  ExpressionError,
  evaluateExpression,
  selectRows,
  UnknownColumnError,
} from '../src/index.ts';
import { fiveVertexTable, REPEATS } from './fiveVertexTable.ts';

const table = fiveVertexTable();

/** An expression as text, and what it should give, worked out row by row from single values. */
interface Known {
  readonly text: string;
  readonly precedence: number;
  readonly value: (row: number) => number;
}

const [OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, PRIMARY] = [1, 2, 3, 4, 5, 6, 7, 8];
/** The text as an operand: in parentheses if it binds less than its place asks. */
const within = ({ text, precedence }: Known, place: number): string => (precedence < place ? `(${text})` : text);

const runsOf = (name: string, row: number): number[] =>
  Array.from({ length: REPEATS }, (_, repeat) => table.value(name, row, repeat)).filter((value) => value !== null);
const mean = (runs: readonly number[]): number => runs.reduce((sum, run) => sum + run, 0) / runs.length;
const reductions: Record<string, (runs: number[]) => number> = {
  mean,
  std: (runs) => {
    if (runs.length < 2) return Number.NaN;
    return Math.sqrt(runs.reduce((sum, run) => sum + (run - mean(runs)) * (run - mean(runs)), 0) / (runs.length - 1));
  },
  min: (runs) => (runs.length === 0 ? Number.NaN : Math.min(...runs)),
  max: (runs) => (runs.length === 0 ? Number.NaN : Math.max(...runs)),
  count: (runs) => runs.length,
};

const runName = fc.constantFrom(...table.metricNames);
const leaf: fc.Arbitrary<Known> = fc.oneof(
  fc.constantFrom('0', '1', '.5', '0.625', '2e0', '3.', '25e-2').map((text) => ({
    text,
    precedence: PRIMARY,
    value: () => Number(text),
  })),
  fc.constantFrom('vertices', 'edge_count', 'conv3x3', 'maxpool3x3', 'trainable_parameters').map((text) => ({
    text,
    precedence: PRIMARY,
    value: (row: number) => {
      const { vertices, edges, operations } = table.recordedCell(row);
      if (text === 'vertices') return vertices;
      if (text === 'edge_count') return edges.toString(2).replaceAll('0', '').length;
      if (text === 'trainable_parameters') return table.trainableParameters(row);
      return operations.filter((operation) => operation.startsWith(text)).length;
    },
  })),
  runName.map((text) => ({ text, precedence: PRIMARY, value: (row: number) => mean(runsOf(text, row)) })),
  fc.tuple(runName, fc.constantFrom(...Object.keys(reductions))).map(([name, reduction]) => ({
    text: `${reduction}(${name})`,
    precedence: PRIMARY,
    value: (row: number) => reductions[reduction](runsOf(name, row)),
  })),
  fc.tuple(runName, fc.nat(REPEATS - 1)).map(([name, repeat]) => ({
    text: `${name}[${repeat}]`,
    precedence: PRIMARY,
    value: (row: number) => table.value(name, row, repeat) ?? Number.NaN,
  })),
);

const arithmetic: Record<string, [number, (a: number, b: number) => number]> = {
  '+': [SUM, (a, b) => a + b],
  '-': [SUM, (a, b) => a - b],
  '*': [PRODUCT, (a, b) => a * b],
  '/': [PRODUCT, (a, b) => a / b],
};
const compare: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b && !Number.isNaN(a) && !Number.isNaN(b),
};
const functions: Record<string, (...values: number[]) => number> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  min: Math.min,
  max: Math.max,
};

const { number, condition } = fc.letrec<{ number: Known; condition: Known }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(tie('number'), fc.constantFrom(...Object.keys(arithmetic)), tie('number')).map(([a, operator, b]) => {
      const [precedence, apply] = arithmetic[operator];
      return {
        text: `${within(a, precedence)} ${operator} ${within(b, precedence + 1)}`,
        precedence,
        value: (row: number) => apply(a.value(row), b.value(row)),
      };
    }),
    tie('number').map((a) => ({
      text: `-${within(a, SIGN)}`,
      precedence: SIGN,
      value: (row: number) => -a.value(row),
    })),
    fc.tuple(fc.constantFrom('abs', 'sqrt'), tie('number')).map(([name, a]) => ({
      text: `${name}(${a.text})`,
      precedence: PRIMARY,
      value: (row: number) => functions[name](a.value(row)),
    })),
    fc
      .tuple(fc.constantFrom('min', 'max'), fc.array(tie('number'), { minLength: 2, maxLength: 3 }))
      .map(([name, list]) => ({
        text: `${name}(${list.map((item) => item.text).join(',')})`,
        precedence: PRIMARY,
        value: (row: number) => functions[name](...list.map((item) => item.value(row))),
      })),
  ),
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .tuple(
        tie('number'),
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(compare)), tie('number')), { minLength: 1, maxLength: 2 }),
      )
      .map(([first, links]) => ({
        text: [within(first, SUM), ...links.map(([operator, item]) => `${operator}${within(item, SUM)}`)].join(' '),
        precedence: COMPARISON,
        value: (row: number) => {
          const values = [first, ...links.map(([, item]) => item)].map((item) => item.value(row));
          return Number(links.every(([operator], i) => compare[operator](values[i], values[i + 1])));
        },
      })),
    fc.tuple(fc.constantFrom('not ', '!', 'NOT '), tie('condition')).map(([word, a]) => ({
      text: `${word}${within(a, NOT)}`,
      precedence: NOT,
      value: (row: number) => 1 - a.value(row),
    })),
    fc.tuple(tie('condition'), fc.constantFrom('and', '&&', 'AND'), tie('condition')).map(([a, word, b]) => ({
      text: `${within(a, AND)} ${word} ${within(b, AND + 1)}`,
      precedence: AND,
      value: (row: number) => Math.min(a.value(row), b.value(row)),
    })),
    fc.tuple(tie('condition'), fc.constantFrom('or', '||'), tie('condition')).map(([a, word, b]) => ({
      text: `${within(a, OR)} ${word} ${within(b, OR + 1)}`,
      precedence: OR,
      value: (row: number) => Math.max(a.value(row), b.value(row)),
    })),
    fc.constantFrom('conv3x3', 'conv1x1 , maxpool3x3', 'maxpool3x3,conv3x3-bn-relu,conv3x3', '').map((list) => ({
      text: `operations = "${list}"`,
      precedence: COMPARISON,
      value: (row: number) =>
        Number(
          table
            .recordedCell(row)
            .operations.map((name) => name.replace('-bn-relu', ''))
            .join() === list.replace('-bn-relu', '').replaceAll(' ', ''),
        ),
    })),
  ),
}));

describe('evaluateExpression', () => {
  const rows = Array.from({ length: table.rowCount }, (_, row) => row);

  it.each([
    ['numbers', number],
    ['conditions', condition],
  ])('gives what working out row by row gives: %s', (_, expression) => {
    fc.assert(
      fc.property(expression, ({ text, value }) => {
        fc.pre(text.length <= 2000);
        const values = evaluateExpression(table, text);
        const differing = rows.filter((row) => row % 9 === 0).find((row) => !sameNumber(values[row], value(row)));
        expect(differing).toBeUndefined();
      }),
      { seed: 201, numRuns: 150 },
    );
  });

  it('selects and sorts as filter and sort do', () => {
    const selection = fc.tuple(
      fc.option(condition, { nil: undefined }),
      fc.option(number, { nil: undefined }),
      fc.boolean(),
      fc.option(fc.nat(60), { nil: undefined }),
    );
    fc.assert(
      fc.property(selection, ([where, sortBy, descending, top]) => {
        fc.pre((where?.text.length ?? 0) <= 2000 && (sortBy?.text.length ?? 0) <= 2000);
        const keys = rows.map((row) => sortBy?.value(row) ?? 0);
        const missing = (row: number): number => Number(Number.isNaN(keys[row]));
        const expected = rows
          .filter((row) => where === undefined || where.value(row) === 1)
          .toSorted((a, b) => {
            if (missing(a) + missing(b) > 0 || keys[a] === keys[b]) return missing(a) - missing(b) || a - b;
            return keys[a] < keys[b] === descending ? 1 : -1;
          })
          .slice(0, top);
        const selected = selectRows(table, { where: where?.text, sortBy: sortBy?.text, descending, top });
        expect([...selected]).toEqual(expected);
      }),
      { seed: 202, numRuns: 30 },
    );
  });

  it('finds single cells by their hash', () => {
    const hash = table.moduleHash(1234);
    expect([...selectRows(table, { where: `module_hash = '${hash}'` })]).toEqual([1234]);
    expect(selectRows(table, { where: `module_hash != '${hash}'` })).toHaveLength(table.rowCount - 1);
    expect(selectRows(table, { where: "module_hash = 'no hash'" })).toHaveLength(0);
  });

  it('takes an absent value for NaN, with which no comparison holds', () => {
    const name = 'test_accuracy_4';
    const absent = rows.filter((row) => table.value(name, row, 1) === null);
    expect(absent.length).toBeGreaterThan(100);
    for (const operator of ['<', '<=', '>', '>=', '=', '!=']) {
      const values = evaluateExpression(table, `${name}[1] ${operator} ${name}[1]`);
      expect(absent.every((row) => values[row] === 0)).toBe(true);
    }
    expect([...selectRows(table, { where: `not ${name}[1] >= 0` })]).toEqual(absent);
  });

  it('says what an expression reads', () => {
    const expression = compileExpression('depth < 4 and std(x) > y[2] / depth or x = 1');
    expect(expression.references).toEqual(['depth', 'std(x)', 'y[2]', 'x']);
    expect(expression.type).toBe('condition');
    expect(compileExpression('-depth').type).toBe('number');
  });
});

describe('what is no expression', () => {
  it.each<[string, number, string]>([
    ['', 1, 'where: expected a value at character 1, found the end'],
    ['depth <', 8, 'where: expected a value at character 8, found the end'],
    ['depth < < 3', 9, 'where: expected a value at character 9, found "<"'],
    ['(depth < 3', 11, 'where: expected ) for ( of character 1 at character 11, found the end'],
    ['depth < 3)', 10, 'where: expected an operator or the end at character 10, found ")"'],
    ['depth 3', 7, 'where: expected an operator or the end at character 7, found 3'],
    ['depth < 5x', 9, 'where: expected a number at character 9, found 5x'],
    ['depth < 1.2.3', 9, 'where: expected a number at character 9, found 1.2.'],
    ['depth < 1e999', 9, 'where: the number 1e999 at character 9 is too large'],
    ['depth % 2 = 0', 7, 'where: unexpected "%" at character 7'],
    ["operations = 'conv3x3", 14, 'where: expected a closing quote for "\'" at character 14'],
    ["depth = 'three'", 7, 'at character 7: a text is compared by = or != with module_hash or operations'],
    ["operations < 'conv3x3'", 12, 'a text is compared by = or !='],
    ['operations', 1, 'expected a number or a condition at character 1, found a text'],
    ['operations + 1 > 2', 1, 'expected a number at character 1, found a text'],
    ['(depth < 3) + 1 > 0', 2, 'expected a number at character 2, found a condition'],
    ['depth and width', 1, 'expected a condition at character 1, found a number'],
    ['not depth', 5, 'expected a condition at character 5, found a number'],
    ['depth', 1, 'where: expected a condition such as vertices > 5, found a number'],
    ['eval(1) > 0', 1, 'no function eval at character 1; there are mean, std, min, max, count, abs, sqrt'],
    ['mean(1 + 2) > 0', 1, 'mean at character 1 is over the repeats of one column: expected its name'],
    ['mean(depth) > 0', 1, 'depth at character 1 has one value a row: it stands without repeats'],
    ['depth[0] > 0', 1, 'depth at character 1 has one value a row'],
    ['abs(1, 2) > 0', 1, 'abs at character 1 takes one number, found 2'],
    ['test_accuracy_4[3] > 0', 1, 'test_accuracy_4[3] at character 1: expected a repeat of 0 .. 2'],
    ['test_accuracy_4[-1] > 0', 17, 'expected a repeat, from 0 at character 17, found "-"'],
    ['test_accuracy_4[0.5] > 0', 17, 'expected a repeat, from 0 at character 17, found 0.5'],
    ['test_accuracy_4[0 > 0', 19, 'expected ] for [ of character 16 at character 19, found ">"'],
    ['depth > 1; process', 10, 'unexpected ";" at character 10'],
    ['constructor.constructor', 12, 'unexpected "." at character 12'],
    [`${'('.repeat(51)}1${')'.repeat(51)} > 0`, 51, 'nested more than 50 deep at character 51'],
    [`${'-'.repeat(500)}1 > 0`, 51, 'nested more than 50 deep at character 51'],
    [`${'not '.repeat(400)}depth > 0`, 201, 'nested more than 50 deep at character 201'],
    ['1 '.repeat(5e5), 2001, 'expected an expression of at most 2000 characters, found 1000000'],
    [`depth > ${'9'.repeat(400)}`, 9, 'is too large'],
  ])('case %#', (where, position, message) => {
    const error = errorOf(() => selectRows(table, { where }));
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(200);
    expect((error as ExpressionError).position).toBe(position);
  });

  it('survives as long an expression as it takes, in good time', () => {
    const before = performance.now();
    expect(evaluateExpression(table, `0${'+1'.repeat(999)}`)[2000]).toBe(999);
    expect(evaluateExpression(table, `1>0${' or 1>0'.repeat(280)}`)[5]).toBe(1);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('fails with nothing but its own errors, whatever the text', () => {
    const pieces = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      ',',
      '-',
      '<',
      '=',
      '!',
      'and',
      'not',
      'mean(',
      'min(',
      "'",
      '1',
      '0x',
      'depth',
      '__proto__',
      'x',
      '\n',
      '\0',
      '½',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(text, (where) => {
        const error = errorOf(() => evaluateExpression(table, where));
        if (error.message === 'no error') return;
        expect([ExpressionError, UnknownColumnError]).toContain(error.constructor);
        expect(error.message).not.toMatch(/[\n\0]/);
      }),
      { seed: 203, numRuns: 1000 },
    );
  });

  it('offers the names that are spelled most alike', () => {
    const error = errorOf(() => selectRows(table, { where: '1 < tst_acuracy_12' })) as UnknownColumnError;
    expect(error).toBeInstanceOf(UnknownColumnError);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/^where: no column tst_acuracy_12 at character 5; nearest are test_accuracy_12, /);
    expect(error.nearest[0]).toBe('test_accuracy_12');
    expect(errorOf(() => evaluateExpression(table, 'validation_accuracy')).message).toMatch(
      /validation_accuracy_(4|12)/,
    );
    expect(errorOf(() => evaluateExpression(table, 'conv_3x3')).message).toContain('nearest are conv3x3');
    expect(errorOf(() => columnValues(table, '__proto__')).message).toMatch(/^no column __proto__; nearest are /);
    for (const name of columnNames(table)) expect(evaluateExpression(table, name)).toHaveLength(table.rowCount);
  });
});

function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  return new Error('no error');
}

const sameNumber = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));
