import type { FieldError } from '@baton/contracts';

/** Nesting past this is nobody's data, and what follows (JSON.stringify, PostgreSQL) recurses. */
const MAX_DEPTH = 64;

const NUL = '\u0000';

/**
 * The first thing in a parsed body that PostgreSQL or JSON could not carry on faithfully: NUL characters,
 * lone surrogates, numbers out of range, prototype keys, endless nesting. Undefined where all is well.
 */
export const findUnstorable = (value: unknown, path = '', depth = 0): FieldError | undefined => {
  switch (typeof value) {
    case 'string':
      return badText(value, path);
    case 'number':
      return Number.isFinite(value) ? undefined : at(path, 'must be a number within the range of a double');
    case 'object':
      return value === null ? undefined : findInObject(value, path, depth + 1);
    default:
      return undefined;
  }
};

/** What is wrong with a text, whatever field it stands in. */
export const badText = (text: string, path: string): FieldError | undefined => {
  if (text.includes(NUL)) return at(path, 'must not hold NUL characters');
  return text.isWellFormed() ? undefined : at(path, 'must be well-formed Unicode');
};

const findInObject = (value: object, path: string, depth: number): FieldError | undefined => {
  if (depth > MAX_DEPTH) return at(path, `must not be nested deeper than ${MAX_DEPTH} levels`);
  for (const [key, child] of Object.entries(value)) {
    const childPath = path === '' ? key : `${path}.${key}`;
    const problem =
      (isPrototypeKey(key, child) ? at(childPath, 'is not allowed as a name') : undefined) ??
      badText(key, path) ??
      findUnstorable(child, childPath, depth);
    if (problem) return problem;
  }
  return undefined;
};

const isPrototypeKey = (key: string, child: unknown): boolean =>
  key === '__proto__' ||
  (key === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype'));

/** A field name that itself cannot be stored cannot be quoted back either. */
const at = (path: string, message: string): FieldError => ({
  path: path === '' ? '$' : path.replaceAll(NUL, '').toWellFormed(),
  message,
});
