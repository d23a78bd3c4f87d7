import { STATUS_CODES } from 'node:http';

import { BatonError, isBatonError, type ProblemCode } from '@baton/contracts';
import { HttpException } from '@nestjs/common';

/** What the HTTP layer itself refuses (Fastify, its parser and router, Nest), by status. */
const BY_STATUS: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['validation-failed', 'The request is not valid'],
  404: ['not-found', 'There is no such route'],
  405: ['method-not-allowed', 'The route does not know this method'],
  413: ['body-too-large', 'The body is larger than 1 MiB'],
  414: ['validation-failed', 'A part of the path is too long'],
  415: ['unsupported-media-type', 'The body must be application/json'],
  431: ['validation-failed', 'The headers are too large'],
  503: ['unavailable', 'The gateway is shutting down'],
};

interface Thrown {
  readonly statusCode?: unknown;
  readonly cause?: unknown;
}

/** Anything thrown on the way of a request as the one error Baton answers with; undefined for a bug of ours. */
export const toBatonError = (thrown: unknown): BatonError | undefined => {
  if (isBatonError(thrown)) return thrown;
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { cause } = thrown as Thrown;
  if (isBatonError(cause)) return cause;
  const status = thrown instanceof HttpException ? thrown.getStatus() : (thrown as Thrown).statusCode;
  if (typeof status !== 'number' || status < 400 || (status >= 500 && status !== 503)) return undefined;
  const [code, message] = BY_STATUS[status] ?? ['validation-failed', STATUS_CODES[status] ?? 'Refused'];
  return new BatonError(code, message, { cause: thrown });
};
