import { BatonError } from '@baton/contracts';

/** SQLSTATE classes that mean "not now": connection, rollback, resources (a full disk), lock, operator, system. */
const AWAY = /^(08|40|53|55P03|57|58)/;
const AWAY_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const AWAY_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end',
];

/** An error of a lost or refused connection as `unavailable`; any other as it is. */
export const postgresError = (error: unknown): unknown => {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isAway =
    (typeof code === 'string' && (AWAY.test(code) || AWAY_SYSTEM_CODES.has(code))) ||
    (typeof message === 'string' && AWAY_MESSAGES.some((start) => message.startsWith(start)));
  return isAway ? new BatonError('unavailable', 'PostgreSQL is not reachable', { cause: error }) : error;
};
