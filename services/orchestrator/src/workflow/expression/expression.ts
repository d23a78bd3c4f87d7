import jsonata from 'jsonata';

import { type NamesUsed, namesUsed } from './expression-names.js';
import { type SimpleExpression, type SyntaxNode, toSimpleExpression } from './simple-expression.js';

/** A JSONata expression that parses. Plain data: it may be cached and sent to a worker. */
export interface Expression {
  readonly source: string;
  /** Set where it can be evaluated in place. */
  readonly simple: SimpleExpression | null;
  readonly names: NamesUsed;
}

export class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';

  constructor(
    message: string,
    /** The expression itself. */
    readonly piece: string,
  ) {
    super(message);
  }
}

/** @throws ExpressionSyntaxError where the text is not JSONata */
export const parseExpression = (source: string): Expression => {
  const tree = syntaxTree(source);
  return { source, simple: toSimpleExpression(tree), names: namesUsed(tree) };
};

/** True where an expression can't ever hold: a node under it never runs. */
export const isNeverTrue = (expression: Expression): boolean =>
  expression.simple?.kind === 'constant' && !expression.simple.value;

const syntaxTree = (source: string): SyntaxNode => {
  try {
    return jsonata(source).ast() as unknown as SyntaxNode;
  } catch (error) {
    // JSONata throws plain objects; a parser that ran out of stack throws a RangeError.
    const { message = 'cannot be parsed', position } = error as { message?: string; position?: number };
    const at = position === undefined ? '' : ` (at character ${position})`;
    throw new ExpressionSyntaxError(`${message}${at}`, source);
  }
};
