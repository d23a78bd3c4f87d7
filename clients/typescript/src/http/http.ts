import createOpenApiClient, { type Client, type Middleware } from 'openapi-fetch';

import type { paths } from '../generated/api.js';
import { ConnectionError, problemOf } from './problem.js';
import { DEFAULT_RETRIES, isPassing, isRepeatable, pause, pauseMs, type RetryPolicy } from './retry.js';
import { type TokenProvider, TokenSource } from './token-source.js';

export interface ClientOptions {
  /** Where the gateway is, without a path: `https://support.example.com`. In a browser empty for the page's own origin. */
  readonly baseUrl: string;
  /** An API key, a staff token or a conversation token; a function is asked again when a token is refused. */
  readonly token: TokenProvider;
  /** In place of the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Changes to {@link DEFAULT_RETRIES}. */
  readonly retries?: Partial<RetryPolicy>;
  /** How long one attempt of a call may take, in milliseconds; longer than the longest `Prefer: wait`. 75,000 unless told. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 75_000;

/** How everything goes out: with a token, an idempotency key, and again where that is safe. */
export interface Http {
  readonly baseUrl: string;
  /** Every call of the API by its path, typed. Throws {@link BatonProblem} or {@link ConnectionError}; `data` is there. */
  readonly api: Client<paths>;
  /**
   * One attempt with the token of the moment, and a second with a new one where that was refused.
   * Resolves with whatever was answered; rejects where nothing was.
   */
  send(request: Request): Promise<Response>;
  readonly retries: RetryPolicy;
}

export const createHttp = (options: ClientOptions): Http => {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const retries = { ...DEFAULT_RETRIES, ...options.retries };
  const token = new TokenSource(options.token);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  // A browser's fetch must be called on its window.
  const platformFetch = options.fetch ?? globalThis.fetch.bind(globalThis);

  const send = async (request: Request): Promise<Response> => {
    const held = await token.get();
    const first = await platformFetch(authorized(request.clone(), held));
    if (first.status !== 401 || !(await token.renew(held))) return first;
    await first.body?.cancel();
    return platformFetch(authorized(request.clone(), await token.get()));
  };

  const call = async (request: Request): Promise<Response> => {
    for (let failures = 1; ; failures += 1) {
      let waitMs: number | undefined;
      try {
        const response = await send(withTimeout(request, timeoutMs));
        if (response.ok) return response;
        const problem = await problemOf(response);
        waitMs =
          isPassing(response.status) && isRepeatable(request)
            ? pauseMs(retries, failures, problem.retryAfterMs)
            : undefined;
        if (waitMs === undefined) throw problem;
      } catch (error) {
        if (request.signal.aborted) throw request.signal.reason;
        if (!isNoAnswer(error)) throw error;
        waitMs = isRepeatable(request) ? pauseMs(retries, failures) : undefined;
        if (waitMs === undefined)
          throw new ConnectionError('The server could not be reached', { cause: error });
      }
      await pause(waitMs, request.signal);
    }
  };

  const api = createOpenApiClient<paths>({ baseUrl, fetch: call });
  api.use(IDEMPOTENT_POSTS);
  return { baseUrl, api, send, retries };
};

/** A POST that is repeated must be known as the same: one key for all its attempts. */
const IDEMPOTENT_POSTS: Middleware = {
  onRequest({ request }) {
    if (request.method === 'POST' && !request.headers.has('idempotency-key'))
      request.headers.set('idempotency-key', randomKey());
    return request;
  },
};

/** `crypto.randomUUID` is kept from pages without TLS; random values are not. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

const authorized = (request: Request, token: string): Request => {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
};

const withTimeout = (request: Request, ms: number): Request =>
  new Request(request.clone(), { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ms)]) });

/** Fetch rejects with a TypeError where it got no answer, and with the timeout's own error. By name: a page may have many realms. */
export const isNoAnswer = (error: unknown): boolean =>
  ['TypeError', 'TimeoutError', 'NetworkError'].includes((error as { name?: string } | null)?.name ?? '');
