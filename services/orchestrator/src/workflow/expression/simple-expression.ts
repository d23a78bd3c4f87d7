/**
 * The part of JSONata that is evaluated in place, without a trip to the worker: constants, paths of plain names,
 * comparisons, and/or and ?: over them. It is compiled from JSONata's own syntax tree, and gives up (never guesses)
 * as soon as a value is not a scalar or a plain object, where JSONata's sequences and errors begin. A property test
 * holds it against JSONata itself.
 */
export type SimpleExpression =
  | { readonly kind: 'constant'; readonly value: Scalar }
  | { readonly kind: 'path'; readonly names: readonly string[] }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: SimpleExpression;
      readonly right: SimpleExpression;
    }
  | {
      readonly kind: 'logic';
      readonly operator: 'and' | 'or';
      readonly left: SimpleExpression;
      readonly right: SimpleExpression;
    }
  | {
      readonly kind: 'choice';
      readonly condition: SimpleExpression;
      readonly then: SimpleExpression;
      readonly otherwise: SimpleExpression | null;
    };

type Scalar = string | number | boolean | null;
type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** The simple evaluation cannot tell; JSONata must. */
export const GIVES_UP = Symbol('gives up');

/** A node of JSONata's syntax tree, as far as it matters here. */
export interface SyntaxNode {
  readonly type: string;
  readonly value?: unknown;
  readonly [key: string]: unknown;
}

/** Null where the expression is more than this evaluator takes. */
export const toSimpleExpression = (node: SyntaxNode): SimpleExpression | null => {
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return hasOnly(node, ['type', 'value', 'position'])
        ? { kind: 'constant', value: node.value as Scalar }
        : null;
    case 'path':
      return toPath(node);
    case 'binary':
      return toBinary(node);
    case 'condition':
      return toChoice(node);
    default:
      return null;
  }
};

export const evaluateSimple = (
  expression: SimpleExpression,
  scope: Readonly<Record<string, unknown>>,
): unknown => {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'path':
      return follow(expression.names, scope);
    case 'comparison':
      return compare(
        expression.operator,
        evaluateSimple(expression.left, scope),
        evaluateSimple(expression.right, scope),
      );
    case 'logic': {
      const left = truth(evaluateSimple(expression.left, scope));
      if (left === GIVES_UP || left === (expression.operator === 'or')) return left;
      return truth(evaluateSimple(expression.right, scope));
    }
    case 'choice': {
      const condition = truth(evaluateSimple(expression.condition, scope));
      if (condition === GIVES_UP) return GIVES_UP;
      const chosen = condition ? expression.then : expression.otherwise;
      return chosen === null ? undefined : evaluateSimple(chosen, scope);
    }
  }
};

const hasOnly = (node: SyntaxNode, keys: readonly string[]): boolean =>
  Object.keys(node).every((key) => keys.includes(key));

const toPath = (node: SyntaxNode): SimpleExpression | null => {
  const steps = node['steps'] as readonly SyntaxNode[];
  const plain =
    hasOnly(node, ['type', 'steps']) &&
    steps.every((step) => step.type === 'name' && hasOnly(step, ['type', 'value', 'position']));
  return plain ? { kind: 'path', names: steps.map((step) => String(step.value)) } : null;
};

const COMPARISONS: readonly unknown[] = ['=', '!=', '<', '<=', '>', '>='];

const toBinary = (node: SyntaxNode): SimpleExpression | null => {
  if (!hasOnly(node, ['type', 'value', 'position', 'lhs', 'rhs'])) return null;
  const isLogic = node.value === 'and' || node.value === 'or';
  if (!isLogic && !COMPARISONS.includes(node.value)) return null;
  const left = toSimpleExpression(node['lhs'] as SyntaxNode);
  const right = toSimpleExpression(node['rhs'] as SyntaxNode);
  if (!left || !right) return null;
  return isLogic
    ? { kind: 'logic', operator: node.value, left, right }
    : { kind: 'comparison', operator: node.value as Comparison, left, right };
};

const toChoice = (node: SyntaxNode): SimpleExpression | null => {
  if (!hasOnly(node, ['type', 'position', 'condition', 'then', 'else'])) return null;
  const condition = toSimpleExpression(node['condition'] as SyntaxNode);
  const then = toSimpleExpression(node['then'] as SyntaxNode);
  const otherwise = node['else'] === undefined ? null : toSimpleExpression(node['else'] as SyntaxNode);
  if (!condition || !then || (node['else'] !== undefined && !otherwise)) return null;
  return { kind: 'choice', condition, then, otherwise };
};

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const follow = (names: readonly string[], scope: Readonly<Record<string, unknown>>): unknown => {
  let value: unknown = scope;
  for (const name of names) {
    if (Array.isArray(value)) return GIVES_UP;
    if (!isPlainObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return Array.isArray(value) ? GIVES_UP : value;
};

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object';

const compare = (operator: Comparison, left: unknown, right: unknown): unknown => {
  if (left === GIVES_UP || right === GIVES_UP) return GIVES_UP;
  if (operator === '=' || operator === '!=') {
    if (left === undefined || right === undefined) return false;
    if (!isScalar(left) || !isScalar(right)) return GIVES_UP;
    return (left === right) === (operator === '=');
  }
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  // Other types are an error in JSONata; it words it.
  return comparable ? ordered(operator, left, right) : GIVES_UP;
};

const ordered = (
  operator: '<' | '<=' | '>' | '>=',
  left: string | number,
  right: string | number,
): boolean => {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
};

const truth = (value: unknown): boolean | typeof GIVES_UP => {
  if (value === GIVES_UP || !isScalar(value)) return GIVES_UP;
  if (typeof value === 'number') return Number.isFinite(value) ? value !== 0 : GIVES_UP;
  return Boolean(value);
};
