import {
  BatonError,
  type BodyOf,
  type LogPage,
  type logRequests,
  type RequestContext,
} from '@baton/contracts';

import type { EventStore } from './event-store.js';
import { withhold } from './withheld.js';

/** A page travels in one message; one that is larger is halved until it fits. */
const MOST_BYTES = 900_000;
/** What NATS takes at most (`max_payload: 8MB`), less the envelope: a larger event is told of without its data. */
const LARGEST_EVENT_BYTES = 7_500_000;

/**
 * Answers `event-log.read.<owner>`, personal fields sealed. A page may hold fewer events than were asked for:
 * only an empty one is the end.
 */
export const readLogPage = async (
  store: EventStore,
  ctx: RequestContext,
  body: BodyOf<(typeof logRequests)[keyof typeof logRequests]>,
): Promise<LogPage> => {
  for (let limit = body.limit; ; limit = Math.floor(limit / 2)) {
    const page = await read(store, ctx, body, limit);
    const bytes = Buffer.byteLength(JSON.stringify(page));
    if (bytes <= MOST_BYTES) return page;
    if (limit <= 1)
      return bytes <= LARGEST_EVENT_BYTES ? page : { ...page, events: page.events.map(withhold) };
  }
};

const read = async (
  store: EventStore,
  ctx: RequestContext,
  { log, stream }: BodyOf<(typeof logRequests)[keyof typeof logRequests]>,
  limit: number,
): Promise<LogPage> => {
  if (log)
    return store.sealed.log({
      streamTypes: log.stream_types,
      after: log.after,
      limit,
      ...(log.types && { types: log.types }),
    });
  if (!stream) throw new BatonError('validation-failed', 'Say which stream, or the log');
  const ref = { tenantId: ctx.tenant_id, streamType: stream.stream_type, streamId: stream.stream_id };
  return {
    events: await store.sealed.stream(ref, {
      afterVersion: stream.after_version,
      limit,
      ...(stream.types && { types: stream.types }),
    }),
    next: null,
  };
};
