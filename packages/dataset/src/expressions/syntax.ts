/** Over the runs of a row that are present. */
export const REDUCTIONS = ['mean', 'std', 'min', 'max', 'count'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

export const TEXT_COLUMNS = ['module_hash', 'operations'] as const;
type TextColumn = (typeof TEXT_COLUMNS)[number];

export type UnaryOperator = 'negate' | 'abs' | 'sqrt' | 'not';
export type BinaryOperator = '+' | '-' | '*' | '/' | 'min' | 'max' | Comparison | 'and' | 'or';
export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';

/**
 * What an expression is made of. `at` is the character where it begins, from 1.
 *
 * ```
 * depth < 4 and std(x) > 0.01      and(<(column depth, number 4), >(reduce std x, number 0.01))
 * 1 < y <= 2                       and(<(number 1, column y), <=(column y, number 2))
 * ```
 */
export type Syntax =
  | { readonly kind: 'number'; readonly at: number; readonly value: number }
  /** One value a row; of a per-run column its mean. */
  | { readonly kind: 'column'; readonly at: number; readonly name: string }
  | { readonly kind: 'repeat'; readonly at: number; readonly name: string; readonly repeat: number }
  | { readonly kind: 'reduce'; readonly at: number; readonly name: string; readonly reduction: Reduction }
  | { readonly kind: 'unary'; readonly at: number; readonly operator: UnaryOperator; readonly operand: Syntax }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Syntax;
      readonly right: Syntax;
    }
  | {
      readonly kind: 'text-test';
      readonly at: number;
      readonly column: TextColumn;
      readonly value: string;
      readonly isEqual: boolean;
    };

/** The part of a syntax that reads a per-run or per-row column. */
export type Reference = Extract<Syntax, { kind: 'column' | 'repeat' | 'reduce' }>;

/** A reference as text: `depth`, `x[0]`, `mean(x)`; an expression of its own. */
export function referenceText(reference: Reference): string {
  if (reference.kind === 'repeat') return `${reference.name}[${reference.repeat}]`;
  return reference.kind === 'reduce' ? `${reference.reduction}(${reference.name})` : reference.name;
}

/** All references in the order of the text; one that occurs twice comes twice. */
export function referencesOf(syntax: Syntax): Reference[] {
  switch (syntax.kind) {
    case 'column':
    case 'repeat':
    case 'reduce':
      return [syntax];
    case 'unary':
      return referencesOf(syntax.operand);
    case 'binary':
      return [...referencesOf(syntax.left), ...referencesOf(syntax.right)];
    default:
      return [];
  }
}
