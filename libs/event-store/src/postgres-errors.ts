import { BatonError, isBatonError } from '@baton/contracts';

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** SQLSTATE 23505. */
export const isUniqueViolation = (error: unknown): boolean => codeOf(error) === '23505';

/** Classes 08 (connection), 40 (rollback), 53 (resources), 55P03 (lock), 57 (operator), 58 (system): try again. */
const PASSING = /^(08...|40...|53...|55P03|57...|58...|25006)$/;
const NETWORK = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT)$/;

/** A database that is down, restarting or full becomes `unavailable`; everything else stays what it is. */
export const toUnavailable = (error: unknown): unknown => {
  if (isBatonError(error)) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  const passing =
    (code !== undefined && (PASSING.test(code) || NETWORK.test(code))) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i.test(
      message,
    );
  return passing
    ? new BatonError('unavailable', 'The database is not reachable', { cause: error, retryAfterMs: 1000 })
    : error;
};
