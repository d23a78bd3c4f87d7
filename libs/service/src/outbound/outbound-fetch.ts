import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import { headersOf, type OutboundRequest, send } from './exchange.js';
import { OutboundError } from './outbound-error.js';
import type { OutboundGuard, OutboundTarget } from './outbound-guard.js';
import { MOST_REDIRECTS, redirected, redirectOf } from './redirects.js';

/**
 * A `fetch` for libraries that take one: every hop is looked at by the guard, and connected to where it was looked
 * at. Answers stream, so that server-sent events come through.
 * @throws OutboundError from the fetch, where the plain one gives a TypeError
 */
export const outboundFetch =
  (guard: OutboundGuard): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    let target = await guard.target(request.url);
    let question: OutboundRequest = {
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? null : Buffer.from(await request.arrayBuffer()),
    };
    for (let hops = 0; ; hops += 1) {
      const response = await send(target, question, request.signal);
      const location = redirectOf(response.statusCode ?? 0, response.headers.location);
      if (location === undefined || request.redirect === 'manual') return answer(response);
      response.destroy();
      if (request.redirect === 'error') throw notFollowed(target, 'none was to be followed');
      if (hops === MOST_REDIRECTS) throw notFollowed(target, `there were more than ${MOST_REDIRECTS}`);
      const next = await guard.target(location, target.url);
      const sentOn = redirected(question, response.statusCode ?? 0, target.url.origin !== next.url.origin);
      if (!sentOn) throw notFollowed(target, 'it leads an action to another host');
      question = sentOn;
      target = next;
    }
  };

/** Statuses whose answers have no body, which a Response insists on. */
const BODILESS: readonly number[] = [204, 205, 304];

const answer = (response: IncomingMessage): Response => {
  const status = response.statusCode ?? 0;
  const hasBody = !BODILESS.includes(status);
  if (!hasBody) response.resume();
  return new Response(hasBody ? (Readable.toWeb(response) as ReadableStream<Uint8Array>) : null, {
    status,
    statusText: response.statusMessage ?? '',
    headers: headersOf(response),
  });
};

const notFollowed = (target: OutboundTarget, why: string): OutboundError =>
  new OutboundError('http-failed', `${target.url.host} answered with a redirect, and ${why}`, {
    mayHaveArrived: true,
    isTrouble: false,
  });
