import {
  exchange,
  MOST_REDIRECTS,
  type OutboundAnswer,
  type OutboundGuard,
  type OutboundRequest,
  redirected,
  redirectOf,
  traceHeaders,
} from '@baton/service';

import { ToolError } from '../tool.js';

/**
 * Sends a request and follows where it is sent on to; each hop is looked at like the first.
 * @throws ToolError `too-many-redirects`, `redirect-refused`; OutboundError
 */
export const follow = async (
  guard: OutboundGuard,
  url: string,
  asked: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> => {
  let target = await guard.target(url);
  let question: OutboundRequest = { ...asked, headers: { ...traceHeaders('tools'), ...asked.headers } };
  for (let hops = 0; ; hops += 1) {
    const answer = await exchange(target, question, signal);
    const location = redirectOf(answer.status, answer.headers['location']);
    if (location === undefined) return answer;
    if (hops === MOST_REDIRECTS)
      throw new ToolError('too-many-redirects', `More than ${MOST_REDIRECTS} redirects`);
    const next = await guard.target(location, target.url);
    const sentOn = redirected(question, answer.status, target.url.origin !== next.url.origin);
    // What was approved for one host is not done at another.
    if (!sentOn)
      throw new ToolError(
        'redirect-refused',
        `The server answered ${answer.status} and sends the request on to another host`,
      );
    question = sentOn;
    target = next;
  }
};
