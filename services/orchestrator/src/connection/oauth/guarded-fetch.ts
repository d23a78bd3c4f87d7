import type { GuardFamily } from '@baton/service';

/** A bulkhead and a breaker for each host: a provider that is down costs nobody its time-outs. */
export const guardedFetch =
  (send: typeof fetch, family: GuardFamily): typeof fetch =>
  (input, init) => {
    const request = new Request(input, init);
    return family.run(new URL(request.url).host, () => send(request), {
      signal: request.signal,
      isTroubled: ({ status }) => status >= 500,
    });
  };
