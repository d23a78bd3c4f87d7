import type { z } from 'zod';

import { BatonError, type FieldError } from './baton-error.js';

/** zod's issues as Baton's `errors: [{path, message}]`; `path` is dotted, `$` for the whole value. */
export const toFieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.map((issue) => ({
    path: issue.path.length === 0 ? '$' : issue.path.map(String).join('.'),
    message: issue.message,
  }));

/**
 * Parses what came from outside this process.
 * @throws BatonError `validation-failed`, naming each field
 */
export const parseOrThrow = <S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BatonError('validation-failed', `${what} is not valid`, { errors: toFieldErrors(parsed.error) });
};
