import { type Expression, parseExpression } from './expression.js';
import { lexTemplate } from './template-lexer.js';

/**
 * A YAML value whose strings may hold `{{ }}`, compiled. A string that is nothing but one `{{ }}` keeps the
 * type of its value; elsewhere values are written into the text.
 */
export type Template =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Template])[] };

/** @throws TemplateSyntaxError, ExpressionSyntaxError */
export const compileText = (text: string): Template => {
  const parts = lexTemplate(text);
  const [only, ...others] = parts.filter((part) => part.kind === 'expression' || part.text.trim() !== '');
  if (only?.kind === 'expression' && others.length === 0)
    return { kind: 'expression', expression: parseExpression(only.source) };
  if (parts.every((part) => part.kind === 'text')) return { kind: 'constant', value: text };
  return {
    kind: 'text',
    parts: parts.map((part) => (part.kind === 'text' ? part.text : parseExpression(part.source))),
  };
};

export const expressionTemplate = (expression: Expression): Template => ({ kind: 'expression', expression });

/** Every expression of a template, in the order in which {@link fillTemplate} takes their values. */
export const expressionsOf = (template: Template): readonly Expression[] => {
  switch (template.kind) {
    case 'constant':
      return [];
    case 'expression':
      return [template.expression];
    case 'text':
      return template.parts.filter((part) => typeof part !== 'string');
    case 'list':
      return template.items.flatMap(expressionsOf);
    case 'map':
      return template.entries.flatMap(([, item]) => expressionsOf(item));
  }
};

/** The value of a template, from the values of its expressions; undefined where a lone expression gives nothing. */
export const fillTemplate = (template: Template, values: readonly unknown[]): unknown => {
  const remaining = values[Symbol.iterator]();
  const next = (): unknown => remaining.next().value;
  const fill = (part: Template): unknown => {
    switch (part.kind) {
      case 'constant':
        return part.value;
      case 'expression':
        return next();
      case 'text':
        return part.parts.map((piece) => (typeof piece === 'string' ? piece : asText(next()))).join('');
      case 'list':
        return part.items.map((item) => fill(item) ?? null);
      case 'map':
        return Object.fromEntries(
          part.entries
            .map(([key, item]) => [key, fill(item)] as const)
            .filter(([, value]) => value !== undefined),
        );
    }
  };
  return fill(template);
};

/** How a value stands in text: nothing for nothing, structures as JSON. */
export const asText = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? '' : JSON.stringify(value);
    default:
      return '';
  }
};
