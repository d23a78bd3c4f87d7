import { randomPart } from './random.js';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A W3C `traceparent` of a new, sampled trace. */
export const newTraceparent = (): string =>
  `00-${randomPart(16).toString('hex')}-${randomPart(8).toString('hex')}-01`;

/** A caller's `traceparent` when it is one, a new trace when it is not. */
export const traceparentOr = (given: string | undefined): string =>
  given !== undefined && TRACEPARENT.test(given) ? given : newTraceparent();
