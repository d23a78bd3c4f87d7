import type { RecordedEvent } from '@baton/contracts';
import {
  BATON_ATTRIBUTES as BATON,
  beginSpan,
  eventAttributes,
  MESSAGING_ATTRIBUTES as MESSAGING,
  type OpenSpan,
} from '@baton/service';
import { SpanKind } from '@opentelemetry/api';

/** Who is told: the staff of a tenant on all their streams here, or one stream of a conversation. */
export type PushedTo = 'staff' | 'conversation';

/**
 * From when an event came here to when it was written to those who listen, in the event's own trace. One for all staff
 * who are told at once: there may be thousands of them.
 */
export const beginPush = (event: RecordedEvent, to: PushedTo): OpenSpan =>
  beginSpan(`push ${event.type}`, {
    kind: SpanKind.PRODUCER,
    parent: event.metadata.traceparent,
    attributes: {
      ...eventAttributes(event),
      [MESSAGING.system]: 'http',
      [MESSAGING.destination]: to,
      [MESSAGING.operation]: 'send',
    },
  });

/** @param listeners how many were told */
export const endPush = (span: OpenSpan, listeners: number): void => {
  span.set({ [BATON.listeners]: listeners });
  span.end();
};
