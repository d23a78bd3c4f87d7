import { isSafeMethod, type OutboundRequest } from './exchange.js';

/** What another host may be told of a request that is sent on to it: no credential is among these. */
const HEADERS_FOR_OTHERS: readonly string[] = ['accept', 'accept-language', 'content-type', 'user-agent'];

export const MOST_REDIRECTS = 5;

/** Where an answer sends its asker, as it stands in the answer. */
export const redirectOf = (status: number, location: string | undefined): string | undefined =>
  [301, 302, 303, 307, 308].includes(status) && location ? location : undefined;

/**
 * A request as it goes on to where it was redirected; undefined where it must not: what was meant for one host is
 * not done at another.
 */
export const redirected = (
  question: OutboundRequest,
  status: number,
  isOtherOrigin: boolean,
): OutboundRequest | undefined => {
  const keepsMethod = status === 307 || status === 308 || isSafeMethod(question.method);
  if (keepsMethod && isOtherOrigin && !isSafeMethod(question.method)) return undefined;
  const names = Object.keys(question.headers).filter(
    (name) =>
      (!isOtherOrigin || HEADERS_FOR_OTHERS.includes(name)) &&
      (keepsMethod || !['content-type', 'idempotency-key'].includes(name)),
  );
  return {
    method: keepsMethod ? question.method : 'GET',
    body: keepsMethod ? question.body : null,
    headers: Object.fromEntries(names.map((name) => [name, question.headers[name] as string])),
  };
};
