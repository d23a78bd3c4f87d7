import { z } from 'zod';

import { type BatonError, PROBLEMS } from './baton-error.js';

/** RFC 9457 problem details, with the members Baton adds. */
export const ProblemDetails = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional(),
  errors: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .optional(),
});
export type ProblemDetails = z.infer<typeof ProblemDetails>;

/** The RFC 9457 body of an error; `instance` is the request it happened in. */
export const toProblemDetails = (error: BatonError, instance?: string): ProblemDetails => ({
  ...error.details,
  type: `urn:baton:problem:${error.code}`,
  title: PROBLEMS[error.code].title,
  status: PROBLEMS[error.code].status,
  detail: error.message,
  ...(instance !== undefined && { instance }),
  ...(error.errors && { errors: [...error.errors] }),
});
