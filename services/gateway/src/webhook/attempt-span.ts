import {
  BATON_ATTRIBUTES as BATON,
  beginSpan,
  eventAttributes,
  HTTP_ATTRIBUTES as HTTP,
  type OpenSpan,
} from '@baton/service';
import { SpanKind } from '@opentelemetry/api';

import { type Attempt, verdictOf } from './attempt.js';
import type { DueDelivery, Lane } from './lane.repository.js';

/** A try at a delivery, in the trace of what it tells: each try is a request of its own. */
export const attemptSpan = ({ webhookId }: Lane, { event, delivery_id, tries }: DueDelivery): OpenSpan =>
  beginSpan('POST webhook', {
    kind: SpanKind.CLIENT,
    parent: event.metadata.traceparent,
    attributes: {
      ...eventAttributes(event),
      [HTTP.method]: 'POST',
      [BATON.webhook]: webhookId,
      [BATON.delivery]: delivery_id,
      ...(tries > 0 && { [HTTP.resends]: tries }),
    },
  });

/** Ends it with what came back; where it went is its owner's to know. */
export const endAttempt = (span: OpenSpan, attempt: Attempt): void => {
  const { statusCode } = attempt;
  if (statusCode !== null) span.set({ [HTTP.status]: statusCode });
  span.end(verdictOf(attempt) === 'delivered' ? undefined : String(statusCode ?? 'no-answer'));
};
